"""A Confluence space becomes runbooks: nothing that was written is lost, and every old link leads on."""

import re
import shutil

import pytest
from bs4 import BeautifulSoup
from django.core.management import call_command
from django.urls import reverse

from runbooks import document
from runbooks.importing.confluence import convert_space, is_confluence_export
from runbooks.importing.opening import opened
from runbooks.models import Attachment, Runbook
from runbooks.rendering import render
from tests.runbooks.importing.confluence_space import (
    INDEX,
    LATENCY,
    POOL,
    cloud_space,
    page,
    server_space,
)

LATENCY_FILE = "ops/payments/checkout-latency-above-5-s-errors.md"


@pytest.fixture
def space(tmp_path):
    return server_space(tmp_path / "export")


@pytest.fixture
def converted(space, tmp_path):
    report = convert_space(space, tmp_path / "out")
    return report, tmp_path / "out"


@pytest.fixture
def one_page(tmp_path):
    """A space of one page with this body: what becomes of it, and the report."""

    def convert(body, *, raw=None, title="A page", **more):
        root = tmp_path / "one"
        shutil.rmtree(root, ignore_errors=True)
        root.mkdir()
        tree = f'<ul><li><a href="7.html">{title}</a></li></ul>'
        (root / "index.html").write_text(INDEX.format(name="Ops", key="OPS", tree=tree))
        written = raw if raw is not None else page(title, body, space="Ops", **more).encode()
        (root / "7.html").write_bytes(written)
        out = tmp_path / "one-out"
        shutil.rmtree(out, ignore_errors=True)
        report = convert_space(root, out)
        texts = [file.read_text().split("\n---\n", 1)[1].strip() for file in out.rglob("*.md")]
        return (texts or [""])[0], report

    return convert


def said(html):
    """The words of a page as a reader sees them."""
    soup = BeautifulSoup(html, "html.parser")
    for unseen in soup.select("script, .toc-macro"):
        unseen.decompose()
    return words(soup.get_text(" "))


def words(text):
    return [word.casefold() for word in re.findall(r"\w+", text)]


class TestWhatIsAnExport:
    def test_the_folder_or_the_only_folder_in_it(self, space, tmp_path):
        assert is_confluence_export(space)
        around = tmp_path / "zip"
        shutil.copytree(space, around / "OPS")
        assert is_confluence_export(around)

    def test_no_other_folder(self, tmp_path):
        (tmp_path / "index.html").write_text("<h1>A site</h1>")
        (tmp_path / "a.md").write_text("# A")
        assert not is_confluence_export(tmp_path)
        with pytest.raises(OSError, match="no HTML export"):
            convert_space(tmp_path, tmp_path / "out")


class TestTheTree:
    def test_pages_lie_in_folders_as_in_the_space(self, converted):
        _, out = converted
        assert sorted(f.relative_to(out).as_posix() for f in out.rglob("*.md")) == [
            "ops/operations-home/index.md",
            LATENCY_FILE,
            "ops/payments/index.md",
            "ops/payments/pool-exhausted.md",
            "ops/runbooks/index.md",
            "ops/runbooks/kafka.md",
            "ops/runbooks/kafka/consumer-lag.md",
        ]

    def test_the_page_that_groups_them_names_the_service_and_one_for_all_runbooks_does_not(
        self, converted
    ):
        _, out = converted
        services = {
            file.stem: document.parse(file.read_text()).meta.services for file in out.rglob("*.md")
        }
        assert services["pool-exhausted"] == ("Payments",)
        assert services["consumer-lag"] == services["kafka"] == ("Kafka",)

    def test_the_old_addresses_and_who_wrote_it_are_facts_of_the_page(self, converted):
        _, out = converted
        meta = document.parse((out / LATENCY_FILE).read_text()).meta
        assert meta.title == "Checkout latency above 5 s & errors"
        assert meta.source_url == "https://wiki.shop.example/pages/viewpage.action?pageId=65601"
        plus = "Checkout+latency+above+5+s+%26+errors"
        assert meta.unknown["aliases"] == [
            f"https://wiki.shop.example/display/OPS/{plus}",
            f"https://wiki.shop.example/spaces/OPS/pages/65601/{plus}",
        ]
        assert meta.unknown["created_by"] == "Yash Patel"
        assert meta.unknown["changed_by"] == "Mira Chen"
        assert meta.unknown["changed_on"] == "2023-10-03"

    def test_a_wiki_whose_address_no_page_tells_is_asked_for(self, one_page, tmp_path):
        _, report = one_page("<p>Hello.</p>")
        assert any("--source-base" in note for note in report.notes)
        convert_space(tmp_path / "one", tmp_path / "based", base="https://wiki.shop.example/wiki/")
        assert (
            "https://wiki.shop.example/wiki/display/OPS/A+page"
            in next((tmp_path / "based").rglob("*.md")).read_text()
        )

    def test_titles_that_fold_to_one_name_or_to_none_stay_apart(self, tmp_path):
        root = tmp_path / "twins"
        root.mkdir()
        titles = {"1": "Disk full?", "2": "Disk full!", "3": "???", "4": "README", "5": "Security"}
        tree = "".join(f'<li><a href="{n}.html">{t}</a></li>' for n, t in titles.items())
        (root / "index.html").write_text(INDEX.format(name="O", key="O", tree=f"<ul>{tree}</ul>"))
        for number, title in titles.items():
            (root / f"{number}.html").write_text(page(title, f"<p>Text {number}</p>"))
        assert convert_space(root, tmp_path / "out").pages == 5
        assert {file.stem for file in (tmp_path / "out").rglob("*.md")} == {
            *("disk-full", "disk-full-2", "page-3", "readme-4", "security-5"),
        }


class TestMacros:
    def test_a_servers_page_reads_like_one_that_was_written_here(self, converted):
        text = (converted[1] / LATENCY_FILE).read_text()
        for expected in (
            "## Symptoms\n\nThe alert `CheckoutLatencyHigh` fires, owner Yash Patel (@yash). **SEV 2** ⚠️",
            "![Latency graph.png](attachments/65601/latency-graph.png)",
            "> **Warning: Production**\n>\n> Never restart \\<primary> before [Diagnosis](#diagnosis).",
            '   ```bash\n   psql -c "select count(*)\n     from pg_stat_activity" | tee /tmp/out\n   ```',
            "[Pool exhausted?](pool-exhausted.md)",
            "[the dashboard](https://grafana.shop.example/d/1?a=b&c=d)",
            "**Only in the EU**\n\nAsk the EU desk_one \\* first.",
            "````\n```\nFATAL: too many clients\n```\n````",
            "- [x] Raise the limit\n- [ ] Write the alert 09 Oct 2023",
            "[OPS-12](https://jira.shop.example/browse/OPS-12) - Pool too small (In Progress)",
            "Topology of the pools",
            "## Attachments\n\n- [notes.md](attachments/65601/notes.md.txt)",
            "## Comments\n\n> Check the replica first, it lags on Mondays.\n>\n> Posted by leila",
        ):
            assert expected in text
        assert "alert(" not in text
        assert "Not yet written" in text

    def test_merged_cells_say_their_words_in_each_place(self, converted):
        text = (converted[1] / LATENCY_FILE).read_text()
        assert (
            "| Region | Pool | Size |\n| --- | --- | --- |\n| EU | read | 80 \\| 90 |\n"
            "| EU | write | • 40<br>• 60 at night |\n| US | US | 200 |"
        ) in text

    def test_a_table_with_code_or_a_table_in_it_becomes_a_list(self, converted):
        text = (converted[1] / "ops/payments/pool-exhausted.md").read_text()
        assert "- **Step:** Scale\n\n  **Do:** Scale down:\n\n  ```yaml\n  replicas: 2" in text
        assert "  | inner one | inner two |" in text
        assert "> **Info:** Takes two minutes." in text
        assert "> **Remember**\n>\n> Tell @Leila Haddad 😀" in text

    def test_cloud_writes_the_same_shape_with_its_own_addresses(self, tmp_path):
        report = convert_space(cloud_space(tmp_path / "cloud"), tmp_path / "out")
        assert (report.base, report.pages) == ("https://shop.atlassian.net/wiki", 2)
        text = (tmp_path / "out/plt/dns-does-not-resolve.md").read_text()
        assert "  ```\n  dig api\n  ```" in text  # Java is what Confluence says of every code
        assert "- Decision: We keep two resolvers." in text

    def test_what_is_not_known_is_named_by_page_and_its_text_stays(self, converted):
        report, _ = converted
        title = "Checkout latency above 5 s & errors"
        assert report.unconverted == {title: ["drawio"]}
        assert report.broken_links == [(title, "999.html"), (title, "javascript:alert(1)")]
        lines = list(report.sentences())
        assert lines[0] == "The Confluence space Operations: 7 pages, 2 attachments."
        assert f"{title}: of these macros only the text came along: drawio." in lines

    def test_code_that_confluence_5_kept_in_a_script_is_code(self, one_page):
        text, _ = one_page(
            '<script type="syntaxhighlighter" class="theme: Confluence; brush: sql; gutter: false">'
            "<![CDATA[select 1 < 2;]]></script><script>alert(1)</script>"
        )
        assert text == "```sql\nselect 1 < 2;\n```"

    @pytest.mark.parametrize("body", [LATENCY, POOL])
    def test_no_word_of_a_page_is_lost(self, one_page, body):
        text, _ = one_page(body)
        kept = words(text)
        missing = [word for word in said(body) if word not in kept]
        assert missing == []

    @pytest.mark.parametrize(
        ("html", "text"),
        [
            ("<p># not a heading</p>", "\\# not a heading"),
            ("<p>1. not a step</p>", "1\\. not a step"),
            (
                "<p>a <b>bold:</b>text, snake_case and &lt;b&gt;</p>",
                "a **bold:**text, snake_case and \\<b>",
            ),
            ("<p>one<br/>two<br/></p>", "one\\\ntwo"),
            ("<ul><li>a</li><ul><li>b</li></ul></ul>", "- a\n  - b"),
            ('<ol start="4"><li>a<p>b</p></li><li>c</li></ol>', "4. a\n\n   b\n5. c"),
            ("<p>see https://a.example/_x_/y*z.</p>", "see <https://a.example/_x_/y*z>."),
            ("<p>[ERROR] pool ~ [full]: [a](b)</p>", "\\[ERROR\\] pool ~ \\[full\\]: \\[a\\](b)"),
            ("<p>2023 [ERROR] pool ~ full</p><h2>C #</h2>", "2023 [ERROR] pool ~ full\n\n## C \\#"),
            ("<table><tr><td><p>framed</p></td></tr></table>", "framed"),
            (
                "<table><tr><th>Key</th><td>v</td></tr><tr><th>B</th><td>w</td></tr></table>",
                "|  |  |\n| --- | --- |\n| **Key** | v |\n| **B** | w |",
            ),
            ("<p>a\u200b b\xa0c</p>", "a b c"),
            (
                '<h3>A</h3><p><a href="#x">t</a></p><h4><span id="x"></span>B</h4>',
                "## A\n\n[t](#a)\n\n### B",
            ),
        ],
    )
    def test_text_stays_text_and_structure_structure(self, one_page, html, text):
        assert one_page(html)[0] == text


class TestHostileInput:
    def test_scripts_and_their_links_never_arrive(self, one_page):
        body = (
            '<p><a href=" JaVaScript:alert(1)">a</a> <a href="data:text/html,x">b</a>'
            '<img src="x" onerror="alert(1)"><iframe src="https://evil.example/x"></iframe></p>'
            "<style>p{}</style><svg><script>alert(2)</script></svg>"
        )
        text, report = one_page(body)
        assert text == "a b<https://evil.example/x>"
        assert len(report.broken_links) >= 2
        drawn = render(document.parse(f"## Diagnosis\n1. {text}\n"))
        assert "javascript" not in drawn.steps_html.lower()

    def test_nesting_without_end_becomes_text(self, one_page):
        deep = 3000
        text, report = one_page(f"{'<div><b>' * deep}bottom{'</b></div>' * deep}<p>after</p>")
        assert words(text) == ["bottom", "after"]
        assert any("nested too deeply" in sentence for _, sentence in report.left_out)

    def test_lists_and_tables_without_end_are_read(self, one_page):
        body = "<ul><li>x" * 500 + "<table><tr><td>y" * 500
        text, _ = one_page(body)
        assert words(text).count("x") == 500
        assert words(text).count("y") == 500

    def test_a_page_of_five_megabytes_is_converted(self, one_page):
        row = "<tr><td>node one</td><td>is *fine*</td></tr>"
        body = f"<table>{row * 1_000}</table><ol>{'<li>look at <b>it</b></li>' * 5_000}</ol>"
        text, _ = one_page(f"{body}<p>{'word ' * 1_000_000}</p>")
        assert text.count("is \\*fine\\*") == 1_000
        assert "5000. look at **it**" in text
        assert text.count("word") == 1_000_000

    @pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
    def test_letters_survive_other_encodings(self, one_page, encoding):
        html = page("A page", "<p>Überlast im Büro</p>", space="Ops").replace("UTF-8", encoding)
        text, _ = one_page("", raw=html.encode(encoding))
        assert text == "Überlast im Büro"

    def test_bytes_that_are_no_text_are_replaced_and_named(self, one_page):
        raw = page("A page", "<p>Look \0 at it</p>", space="Ops").encode()
        text, report = one_page("", raw=raw.replace(b"Look", b"Look \xff\xfe\x81"))
        assert "at it" in text
        assert any("not UTF-8" in sentence for _, sentence in report.left_out)

    def test_nothing_outside_the_export_is_copied(self, one_page, tmp_path):
        (tmp_path / "secret.txt").write_text("secret")
        body = '<p><a href="attachments/../../secret.txt">a</a><img src="../secret.txt"></p>'
        text, report = one_page(body)
        assert text == "a"
        assert report.attachments == 0

    def test_a_file_that_is_missing_or_no_page_is_named(self, space, tmp_path):
        (space / "65602.html").unlink()
        (space / "Kafka_65605.html").write_text("<html><p>nothing here</p></html>")
        report = convert_space(space, tmp_path / "out")
        assert {name for name, _ in report.left_out} == {"65602.html", "Kafka"}


@pytest.mark.django_db
class TestImporting:
    @pytest.fixture
    def imported(self, space, yash, capsys):
        call_command("import_runbooks", str(space), owner="yash", publish_as="yash")
        return capsys.readouterr().out

    def test_the_command_knows_an_export_by_itself(self, imported):
        assert set(Runbook.objects.live().values_list("slug", flat=True)) == {
            *("checkout-latency-above-5-s-errors", "pool-exhausted", "kafka", "consumer-lag"),
        }
        assert "The Confluence space Operations: 7 pages, 2 attachments." in imported
        assert "of these macros only the text came along: drawio" in imported

    def test_its_files_and_services_come_along(self, imported):
        runbook = Runbook.objects.get(slug="checkout-latency-above-5-s-errors")
        assert [service.slug for service in runbook.services.all()] == ["payments"]
        assert set(Attachment.objects.values_list("path", flat=True)) == {
            "attachments/65601/latency-graph.png",
            "attachments/65601/notes.md.txt",
        }

    @pytest.mark.parametrize(
        "old",
        [
            "https://wiki.shop.example/pages/viewpage.action?pageId=65602",
            "https://wiki.shop.example/spaces/OPS/pages/65602/Pool+exhausted",
            "https://wiki.shop.example/display/OPS/Pool+exhausted%3F",
        ],
    )
    def test_an_old_link_finds_the_runbook(self, imported, client, yash, old):
        client.force_login(yash)
        answer = client.get(reverse("search:search"), {"q": old}).content.decode()
        assert "/r/pool-exhausted" in answer
        assert "/r/kafka" not in answer

    def test_a_second_run_changes_nothing(self, imported, space, capsys):
        call_command("import_runbooks", str(space), owner="yash", publish_as="yash")
        assert "4 unchanged" in capsys.readouterr().out

    def test_a_zip_of_it_is_read_too(self, space, tmp_path):
        packed = shutil.make_archive(str(tmp_path / "OPS-export"), "zip", space)
        with opened(tmp_path / "OPS-export.zip") as found:
            assert found.from_confluence
            assert (found.folder / LATENCY_FILE).is_file()
        assert not found.folder.exists()
        assert packed.endswith(".zip")

    def test_a_damaged_zip_is_a_sentence(self, tmp_path):
        (tmp_path / "bad.zip").write_bytes(b"PK not at all")
        with pytest.raises(OSError, match="no ZIP"), opened(tmp_path / "bad.zip"):
            pass
