"""The library as files: byte for byte, stable, and never a file touched that is not ours."""

import json

import pytest
from django.utils import timezone

from runbooks import publishing
from runbooks.exporting import export_runbooks
from runbooks.importing.importing import import_runbooks
from runbooks.importing.planning import Options
from runbooks.models import Attachment, Runbook
from tests.factories import UserFactory, published, runbook_text

pytestmark = pytest.mark.django_db

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


@pytest.fixture(autouse=True)
def yash(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "uploads"
    return UserFactory(username="yash")


def tree(tmp_path, name, files):
    for path, content in files.items():
        file = tmp_path / name / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return tmp_path / name


def bring(root, yash):
    return import_runbooks(root, Options(now=timezone.now(), owner=yash, publish_as=yash))


def files_of(folder):
    return {
        f.relative_to(folder).as_posix(): (f.read_bytes(), f.stat().st_mtime_ns)
        for f in folder.rglob("*")
        if f.is_file()
    }


def test_a_runbook_is_written_as_it_was_typed(tmp_path, yash):
    text = (
        runbook_text().replace("\n## Resolution", "\r\n## Resolution")
        + "{{< odd >}}\n:::note\nx\n:::\n"
    )
    published(text=text, owner=yash)
    export_runbooks(tmp_path / "out")
    assert (tmp_path / "out" / "api-latency.md").read_bytes() == text.encode()


def test_what_the_product_wrote_is_taken_back_byte_for_byte(tmp_path, yash):
    """Even where it holds what an import of somebody else's file would put in other words."""
    text = runbook_text(title="ApiLatencyHigh") + "\n:::note\nx\n:::\n"
    published(text=text, owner=yash)
    export_runbooks(tmp_path / "out")
    assert bring(tmp_path / "out", yash).count("unchanged") == 1
    (tmp_path / "out" / "api-latency.md").rename(tmp_path / "out" / "other.md")
    manifest = tmp_path / "out" / ".drillbook.json"
    manifest.write_text(manifest.read_text().replace("api-latency.md", "other.md"))
    bring(tmp_path / "out", yash)
    assert Runbook.objects.get(slug="other").live_revision.text == text


def test_a_second_export_touches_no_file(tmp_path, yash):
    bring(tree(tmp_path, "in", {"x.md": "# It fails\n![g](img/g.png)\n", "img/g.png": PNG}), yash)
    export_runbooks(tmp_path / "out")
    before = files_of(tmp_path / "out")
    assert set(before) == {"x.md", "img/g.png", ".drillbook.json"}
    report = export_runbooks(tmp_path / "out")
    assert (report.written, report.unchanged) == ([], 3)
    assert files_of(tmp_path / "out") == before


def test_an_edit_made_in_git_comes_back_as_an_edit_of_that_revision(tmp_path, yash):
    runbook = published(text=runbook_text(owner="yash"), owner=yash)
    out = tmp_path / "out"
    export_runbooks(out)
    file = out / "api-latency.md"
    file.write_text(file.read_text().replace("below 160", "below 150"))
    report = bring(out, yash)
    assert report.count("changed") == 1
    runbook.refresh_from_db()
    assert runbook.live_revision.number == 2


def test_an_edit_of_an_older_revision_waits_for_a_person(tmp_path, yash):
    runbook = published(text=runbook_text(owner="yash"), owner=yash)
    out = tmp_path / "out"
    export_runbooks(out)
    text = runbook.live_revision.text.replace("quit", "leave") + "more\n"
    publishing.accept(publishing.propose(text=text, kind="edit", runbook=runbook, by=yash), by=yash)
    file = out / "api-latency.md"
    file.write_text(file.read_text().replace("below 160", "below 150"))
    assert bring(out, yash).count("proposed") == 1


def test_attachments_that_cannot_lie_where_they_are_named_lie_elsewhere_and_come_back(
    tmp_path, yash
):
    root = tree(
        tmp_path,
        "in",
        {
            "a/x.md": "# It fails\n![g](../img/g.png)\n",
            "b/y.md": "# It hurts\n![g](g.png)\n",
            "c/z.md": "# It burns\n![g](g.png)\n",
            "img/g.png": PNG,
            "b/g.png": PNG + b"b",
            "c/g.png": PNG + b"c",
        },
    )
    bring(root, yash)
    out = tmp_path / "out"
    report = export_runbooks(out)
    assert len(report.notes) == 2
    assert not (tmp_path / "img").exists()
    assert bring(out, yash).count("unchanged") == 3
    kept = {
        (a.runbook.slug, a.path): a.sha256 for a in Attachment.objects.select_related("runbook")
    }
    assert len(kept) == 3


def test_files_of_runbooks_that_are_gone_are_removed_only_when_asked(tmp_path, yash):
    published(slug="a", owner=yash)
    published(slug="b", owner=yash)
    out = tmp_path / "out"
    out.mkdir()
    (out / "mine.md").write_text("my own notes")
    export_runbooks(out)
    Runbook.objects.filter(slug="b").update(state="retired")
    assert export_runbooks(out).left == ["b.md"]
    assert (out / "b.md").exists()
    assert export_runbooks(out, prune=True).removed == ["b.md"]
    assert sorted(f.name for f in out.iterdir()) == [".drillbook.json", "a.md", "mine.md"]


def test_a_file_that_somebody_changed_is_not_removed(tmp_path, yash):
    published(slug="b", owner=yash)
    out = tmp_path / "out"
    export_runbooks(out)
    Runbook.objects.update(state="retired")
    (out / "b.md").write_text("precious")
    report = export_runbooks(out, prune=True)
    assert (report.removed, report.left) == ([], ["b.md"])
    assert (out / "b.md").read_text() == "precious"


def test_a_forged_manifest_removes_nothing_outside_the_folder(tmp_path, yash):
    outside = tmp_path / "outside.txt"
    outside.write_text("x")
    out = tmp_path / "out"
    export_runbooks(out)
    manifest = out / ".drillbook.json"
    data = json.loads(manifest.read_text())
    digest = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
    data["files"] = {"../outside.txt": digest, str(outside): digest}
    manifest.write_text(json.dumps(data))
    export_runbooks(out, prune=True)
    assert outside.exists()


@pytest.mark.parametrize("content", ["", "[]", "{", '{"written_by": 3}', "null"])
def test_a_broken_manifest_is_as_good_as_none(tmp_path, yash, content):
    published(owner=yash)
    out = tmp_path / "out"
    out.mkdir()
    (out / ".drillbook.json").write_text(content)
    export_runbooks(out, prune=True)
    assert (out / "api-latency.md").exists()


def test_a_link_in_the_folder_does_not_lead_the_export_out_of_it(tmp_path, yash):
    bring(tree(tmp_path, "in", {"x.md": "# It fails\n![g](img/g.png)\n", "img/g.png": PNG}), yash)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "x.md").write_text("not ours")
    out = tmp_path / "out"
    out.mkdir()
    (out / "img").symlink_to(elsewhere)
    (out / "x.md").symlink_to(elsewhere / "x.md")
    export_runbooks(out)
    assert (elsewhere / "x.md").read_text() == "not ours"
    assert [f.name for f in elsewhere.iterdir()] == ["x.md"]
    assert not (out / "x.md").is_symlink()
