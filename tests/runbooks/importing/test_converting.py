"""Front matter of every kind that teams have: what it says is read, and nothing of it is lost."""

import re
from datetime import date
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbooks import document
from runbooks.frontmatter import read_front_matter
from runbooks.importing.converting import addresses, convert, keep_owner, read_date, reviewed_on

STEPS = "## Diagnosis\n\n- Look at `kubectl get pods`.\n"


def brought(text, *, stem="page", **more):
    """The converted file, and how it is read."""
    converted = convert(dedent(text), stem=stem, **more)
    return converted, document.parse(converted.text, fallback_title=stem)


def test_hugo_with_yaml_keeps_its_keys_and_its_words():
    converted, parsed = brought(
        """\
        ---
        title: Kube Pod Crash Looping
        weight: 20
        draft: false
        aliases: [/old/crash]
        ---

        # KubePodCrashLooping

        ## Meaning

        Pod is in CrashLoop.
        """,
        stem="KubePodCrashLooping",
    )
    assert parsed.meta.title == "Kube pod crash looping"
    assert [alert.name for alert in parsed.meta.alerts] == ["KubePodCrashLooping"]
    assert parsed.meta.unknown["weight"] == 20
    assert "# KubePodCrashLooping\n" in converted.text
    assert [section.name for section in parsed.sections] == ["symptoms"]
    assert list(addresses(read_front_matter(converted.text).data)) == ["/old/crash"]
    assert not converted.draft


def test_hugo_with_toml_is_read_and_written_as_toml():
    converted, parsed = brought(
        '+++\ntitle = "NodeDown"\ndraft = true\nweight = 3\n+++\n' + STEPS, stem="NodeDown"
    )
    assert converted.draft
    assert converted.text.startswith("+++\n")
    assert parsed.meta.title == "Node down"
    assert [alert.name for alert in parsed.meta.alerts] == ["NodeDown"]
    assert len(parsed.steps) == 1


def test_docusaurus_has_a_label_where_there_is_no_title():
    _, parsed = brought(
        """\
        ---
        id: queue
        sidebar_label: Orders pile up in the queue
        keywords: [rabbitmq, backlog]
        ---
        import Tabs from '@theme/Tabs';

        :::note
        Only in the EU.
        :::
        """
    )
    assert parsed.meta.title == "Orders pile up in the queue"
    assert parsed.meta.also == ("rabbitmq", "backlog")
    assert "> **Note**" in parsed.body


def test_govuk_dates_are_the_last_review_and_the_interval():
    converted, parsed = brought(
        """\
        ---
        title: Publishing fails
        last_reviewed_on: 2026-03-04
        review_in: 6 months
        owner_slack: "#govuk-2ndline"
        ---
        Words.
        """
    )
    assert reviewed_on(read_front_matter(converted.text).data) == date(2026, 3, 4)
    assert parsed.meta.review_every == 180
    assert parsed.meta.unknown["owner_slack"] == "#govuk-2ndline"


def test_robusta_has_its_symptom_as_title_and_a_body_made_of_its_words():
    _, parsed = brought(
        """\
        ---
        id: r1
        title: KubeDNSErrorsHigh
        symptom: Names do not resolve in the cluster
        instruction: |
          1. Restart nothing yet.
          2. Look at CoreDNS.
        alerts: [KubeDNSErrorsHigh]
        ---
        """
    )
    assert parsed.meta.title == "Names do not resolve in the cluster"
    assert [section.name for section in parsed.sections] == ["symptoms", "diagnosis"]
    assert [step.label for step in parsed.steps] == ["D1", "D2"]


def test_a_holmes_catalogue_says_what_people_search_with():
    _, parsed = brought("# DNS\n\nWords.\n", described="Resolving names fails")
    assert parsed.meta.also == ("Resolving names fails",)


def test_oncall_mcp_keys():
    converted, parsed = brought(
        """\
        ---
        title: Disk fills
        category: storage
        severity: P1
        keywords: [disk, enospc]
        last_updated: 2026-01-01
        version: 3
        ---
        Words.
        """
    )
    assert (parsed.meta.severity, parsed.meta.also) == ("critical", ("disk", "enospc"))
    assert parsed.meta.unknown["category"] == "storage"
    assert reviewed_on(read_front_matter(converted.text).data) is None


@pytest.mark.parametrize("key", ["alert: {}", "alerts: [{}]", "alertname: {}", "Alerts:\n  - {}"])
@pytest.mark.parametrize("service", ["service: api", "services: [api]", "component: api"])
def test_alert_and_service_in_one_word_or_as_a_list(key, service):
    _, parsed = brought(f"---\ntitle: It fails\n{key.format('ApiDown')}\n{service}\n---\nWords.\n")
    assert [alert.name for alert in parsed.meta.alerts] == ["ApiDown"]
    assert parsed.meta.services == ("api",)


def test_a_file_without_front_matter_gets_one_and_keeps_its_body():
    body = "# TargetDown\n\nSome text.\n\n" + STEPS
    converted, parsed = brought(body, stem="TargetDown")
    assert parsed.meta.title == "Target down"
    assert converted.text.endswith(f"---\n{body}")


def test_a_page_with_a_good_heading_needs_no_front_matter():
    text = "# Orders are stuck\n\nWords.\n"
    assert convert(text, stem="orders-stuck").text == text


def test_a_page_without_any_title_is_called_by_its_file():
    assert brought("Words.\n", stem="orders-are-stuck")[1].meta.title == "Orders are stuck"


def test_the_folder_names_the_service_only_when_asked():
    assert brought("Words.\n", service="payments")[1].meta.services == ("payments",)
    assert brought("---\nservice: api\n---\nW\n", service="payments")[1].meta.services == ("api",)


def test_alerts_that_are_stated_as_none_stay_none():
    assert brought("---\nalerts: []\n---\n# NodeDown\n", stem="NodeDown")[1].meta.alerts == ()


def test_a_heading_in_a_code_block_is_no_title():
    assert brought("```\n# TargetDown\n```\n", stem="page")[1].meta.alerts == ()


def test_everyone_whom_a_file_names_as_owner_may_be_it():
    text = "---\nowner: team-payments\nmaintainers: [yash, leila]\n---\nW\n"
    assert convert(text, stem="x").owners == ("team-payments", "yash", "leila")


def test_a_team_in_the_owner_line_is_kept_as_team():
    text = "---\nowner: team-payments\ntitle: x\n---\nW\n"
    assert "team: team-payments\n" in keep_owner(text, "team-payments")
    there = text.replace("title: x", "team: payments")
    assert "owner_before: team-payments\n" in keep_owner(there, "team-payments")


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2026-03-04", date(2026, 3, 4)),
        ("2026-03-04T02:17:00Z", date(2026, 3, 4)),
        ("2026/3/4", date(2026, 3, 4)),
        ("4 March 2026", date(2026, 3, 4)),
        ("March 4, 2026", date(2026, 3, 4)),
        ("2026-13-40", None),
        ("soon", None),
        (None, None),
        ("9" * 500, None),
    ],
)
def test_dates_as_people_write_them(written, day):
    assert read_date(written) == day


@pytest.mark.parametrize(
    "content", [b"", b"  \n", b"\xff\xfe\x00", b"---\na: [\n---\n", b"---\n- a\n---\n", b"a\0b"]
)
def test_what_cannot_be_a_runbook_is_refused_with_a_line(content):
    with pytest.raises(document.DocumentError) as caught:
        convert(content, stem="x")
    assert caught.value.problems[0].line


def test_a_bomb_of_aliases_is_refused():
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{b}: &{b} [{','.join([f'*{a}'] * 9)}]\n"
        for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    with pytest.raises(document.DocumentError):
        convert(f"---\n{bomb}---\nW\n", stem="x")


WORD = re.compile(r"\w+")
FRONT = st.lists(
    st.sampled_from(
        [
            "title: Kube Pod Down",
            "title: The queue grows",
            "weight: 3",
            "alert: KubePodDown",
            "service: api",
            "owner: team-a",
            "keywords: [one, two]",
            "last_reviewed_on: 2026-01-02",
            "description: It hurts",
            "severity: warning",
        ]
    ),
    unique_by=lambda line: line.partition(":")[0],
)
BODY = st.lists(
    st.sampled_from(
        [
            "# KubePodDown",
            "## Meaning",
            "words here",
            "- a step",
            "```sh\nls -l\n```",
            "",
            "| a | b |",
            "*x*",
        ]
    )
)


@given(FRONT, BODY, st.sampled_from(["KubePodDown", "kube-pod-down", "page"]))
def test_no_word_is_lost_and_a_second_import_of_the_result_changes_nothing(front, body, stem):
    text = ("---\n" + "\n".join(front) + "\n---\n" if front else "") + "\n".join(body) + "\nend\n"
    once = convert(text, stem=stem).text
    words = [word.casefold() for word in WORD.findall(once)]
    for word in WORD.findall(text):
        assert word.casefold() in words
    assert once.endswith("\n".join(body) + "\nend\n")
    assert convert(once, stem=stem).text == once


@pytest.mark.parametrize(
    "part",
    [
        "{{<" + " " * 9_000,
        "{{< a ",
        "{/* ",
        "# #",
        "#",
        "`",
        ":::note\n",
        "!!! a\n    ",
        "[a](b) ",
        "- > ",
    ],
)
def test_a_hostile_megabyte_is_converted(part):
    text = "# " + part * min(1_000_000 // len(part), 25_000 if "\n" in part else 1_000_000)
    converted = convert(text, stem="x")
    assert len(converted.text) > len(text) // 2
