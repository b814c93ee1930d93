"""The demo library is a model of the format: what it says of itself is held to be true."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from runbooks import checks, document, rendering, variables
from runbooks.demo.reading import DemoRevision, DemoRunbook, read_demo, take_back

DEMO = read_demo()
RUNBOOKS = {runbook.slug: runbook for runbook in DEMO.runbooks}
DOCUMENTS = {slug: document.parse(runbook.text) for slug, runbook in RUNBOOKS.items()}
USERNAMES = {person.username for person in DEMO.people}
#: Alerts that no runbook answers, so that /coverage has something true to show.
UNANSWERED = {
    "GiftCardBalanceMismatch",
    "KafkaUnderReplicatedPartitions",
    "NodeClockSkew",
    "SettlementBatchLate",
    "WafBlocksHigh",  # its runbook_url leads nowhere, too
}
DEAD_LINK = "WafBlocksHigh"

every_runbook = pytest.mark.parametrize("slug", sorted(RUNBOOKS))


def rules() -> dict[str, Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {}
    for file in DEMO.rules:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
        for group in content.get("spec", content)["groups"]:
            found |= {rule["alert"]: rule for rule in group["rules"]}
    return found


RULES = rules()


def labels_of(rule: Mapping[str, Any]) -> set[str]:
    """The labels that a firing of this rule has, as far as its text tells."""
    names = set(rule["labels"])
    for listed in re.findall(r"\b(?:by|on|group_left) \(([^)]*)\)", rule["expr"]):
        names |= {name.strip() for name in listed.split(",")}
    names |= set(re.findall(r'"(\w+)", "\$1"', rule["expr"]))
    for text in rule["annotations"].values():
        names |= set(re.findall(r"\$labels\.(\w+)", text))
    return names


def prose(body: str) -> str:
    """The words of a runbook without its commands and its variables."""
    return re.sub(r"\{\{.*?\}\}", "", re.sub(r"```.*?```", "", body, flags=re.DOTALL))


def revisions() -> list[tuple[str, int, DemoRevision]]:
    return [
        (runbook.slug, number, revision)
        for runbook in DEMO.runbooks
        for number, revision in enumerate(runbook.revisions, start=1)
    ]


def test_the_library_is_about_two_dozen_runbooks() -> None:
    assert 20 <= len(RUNBOOKS) <= 32


@pytest.mark.parametrize(
    ("slug", "number", "revision"), revisions(), ids=lambda value: str(value)[:40]
)
def test_every_revision_reads_without_a_problem_and_without_a_finding(
    slug: str, number: int, revision: DemoRevision
) -> None:
    parsed = document.parse(revision.text)
    facts = checks.Facts(owner_active=True)
    assert parsed.problems == ()
    assert checks.check(parsed, imported=False, facts=facts) == []


@every_runbook
def test_the_title_is_what_is_seen_and_is_said_once_in_the_library(slug: str) -> None:
    title = DOCUMENTS[slug].meta.title
    assert not checks.title_is_a_fix(title)
    assert [other for other, parsed in DOCUMENTS.items() if parsed.meta.title == title] == [slug]


@every_runbook
def test_the_front_matter_says_all_that_the_format_knows(slug: str) -> None:
    meta = DOCUMENTS[slug].meta
    for field in ("services", "alerts", "severity", "dashboards", "related", "also", "access"):
        assert getattr(meta, field), field
    assert meta.review_every
    assert meta.unknown == {}
    assert all(step.after_minutes is not None for step in meta.escalation)
    assert all(access.how and access.check for access in meta.access.values())


@every_runbook
def test_all_eight_sections_are_there_in_order(slug: str) -> None:
    assert [section.name for section in DOCUMENTS[slug].sections] == [
        *("symptoms", "trigger", "impact", "diagnosis"),
        *("mitigation", "resolution", "prevention", "escalation"),
    ]


@every_runbook
def test_owner_services_and_related_runbooks_exist(slug: str) -> None:
    meta = DOCUMENTS[slug].meta
    assert meta.owner in USERNAMES
    assert set(meta.services) <= {service.slug for service in DEMO.services}
    assert set(meta.related) <= RUNBOOKS.keys() - {slug}


@every_runbook
def test_links_between_runbooks_lead_somewhere(slug: str) -> None:
    linked = re.findall(r"\]\(([\w-]+)\.md\)", DOCUMENTS[slug].body)
    assert set(linked) <= RUNBOOKS.keys() - {slug}


@every_runbook
def test_its_alerts_have_rules(slug: str) -> None:
    assert {alert.name for alert in DOCUMENTS[slug].meta.alerts} <= RULES.keys()


def test_only_the_alerts_meant_to_be_unanswered_have_no_runbook() -> None:
    answered = {alert.name for parsed in DOCUMENTS.values() for alert in parsed.meta.alerts}
    assert RULES.keys() - answered == UNANSWERED


def test_every_old_address_in_the_rules_is_that_of_a_runbook_but_one() -> None:
    addresses = {parsed.meta.source_url for parsed in DOCUMENTS.values()}
    dead = {
        name
        for name, rule in RULES.items()
        if rule["annotations"].get("runbook_url", "") not in {"", *addresses}
    }
    assert dead == {DEAD_LINK}


@every_runbook
def test_each_step_can_be_done_and_tested(slug: str) -> None:
    for step in DOCUMENTS[slug].steps:
        assert step.commands, step.label
        assert step.expect, step.label
        assert step.tier_stated, step.label


@every_runbook
def test_each_diagnosis_step_says_where_to_go_in_both_cases(slug: str) -> None:
    diagnosis = [step for step in DOCUMENTS[slug].steps if step.section == "diagnosis"]
    assert len(diagnosis) >= 3
    for step in diagnosis:
        assert step.tier == "observe", step.label
        assert re.search(r"\bIf\b.+\bOtherwise\b", step.expect or "", re.DOTALL), step.label


@every_runbook
def test_steps_that_are_named_exist(slug: str) -> None:
    # "R2 of [another runbook]" is that runbook's step.
    own = re.sub(r"[DMR]\d of \[", "", DOCUMENTS[slug].body)
    labels = {step.label for step in DOCUMENTS[slug].steps}
    assert set(re.findall(r"\b[DMR]\d\b", own)) <= labels


@every_runbook
def test_nothing_is_destroyed_before_somebody_has_looked(slug: str) -> None:
    parsed = DOCUMENTS[slug]
    looked = 0
    for step in parsed.steps:
        if step.tier == "destructive":
            assert step.section == "resolution", step.label
            assert looked >= 3, step.label
            assert "no undo" in step.markdown.lower(), step.label
        looked += step.tier == "observe"


@every_runbook
def test_a_change_says_how_to_undo_it(slug: str) -> None:
    for step in DOCUMENTS[slug].steps:
        assert bool(step.undo) == (step.tier == "change"), step.label


@every_runbook
def test_access_that_a_step_needs_is_explained_and_none_is_explained_in_vain(slug: str) -> None:
    parsed = DOCUMENTS[slug]
    needed = {name for step in parsed.steps for name in step.access}
    assert needed == set(parsed.meta.access)


@every_runbook
def test_a_change_needs_access(slug: str) -> None:
    for step in DOCUMENTS[slug].steps:
        assert step.access or step.tier == "observe", step.label


@every_runbook
def test_a_variable_comes_from_the_alert_or_is_named_in_the_words(slug: str) -> None:
    parsed = DOCUMENTS[slug]
    given = {label for alert in parsed.meta.alerts for label in labels_of(RULES[alert.name])}
    words = prose(parsed.body)
    for name in parsed.variables:
        assert name in given or re.search(rf"\b{name}\b", words), name


@every_runbook
def test_a_variable_stands_where_quoting_keeps_it_in_its_place(slug: str) -> None:
    for step in DOCUMENTS[slug].steps:
        for text in [*(command.text for command in step.commands), step.undo or ""]:
            assert set(variables.contexts(text, "sh")) <= {"bare"}, step.label


@every_runbook
def test_a_shell_can_read_each_command(slug: str) -> None:
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("bash is not on this machine")
    commands = [c.text for step in DOCUMENTS[slug].steps for c in step.commands]
    text = re.sub(r"\{\{ *(\w+) *\}\}", r"\1", "\n".join(commands))
    read = subprocess.run([bash, "-n"], input=text, capture_output=True, text=True, check=False)
    assert (read.returncode, read.stderr) == (0, "")


@every_runbook
def test_the_page_says_in_two_lines_whether_it_is_the_right_one(slug: str) -> None:
    parsed = DOCUMENTS[slug]
    drawn = rendering.render(
        parsed, keys={step.label: step.label for step in parsed.steps}, attachments={}
    )
    assert len(drawn.here_if) == 2
    symptoms = next(section for section in parsed.sections if section.name == "symptoms")
    assert "Not this?" in symptoms.markdown


@every_runbook
def test_prevention_is_work_with_a_state_or_a_risk_with_a_reason(slug: str) -> None:
    section = next(s for s in DOCUMENTS[slug].sections if s.name == "prevention")
    items = [line for line in section.markdown.splitlines() if line.startswith("- ")]
    assert len(items) >= 2
    for item in items:
        assert re.match(r"- \[[A-Z]+-\d+\]\(https://\S+\) .+ Status: \w+", item) or re.match(
            r"- Accepted risk: .+\. .+", item
        ), item


def test_every_name_that_is_asked_or_paged_is_under_example() -> None:
    texts = [runbook.text for runbook in DEMO.runbooks]
    texts += [file.read_text(encoding="utf-8") for file in DEMO.rules]
    hosts = {host for text in texts for host in re.findall(r"https?://([\w.$-]+)", text)}
    inside = re.compile(r"(?:.+\.example|.+\.svc|localhost|\$c\.id\.marigoldpost\.example)")
    assert [host for host in sorted(hosts) if not inside.fullmatch(host)] == []
    assert all(person.email.endswith("@marigoldpost.example") for person in DEMO.people)
    # +44 20 7946 0xxx is kept free for stories.
    phones = {phone for text in texts for phone in re.findall(r"\+\d[\d ]{8,}\d", text)}
    assert [phone for phone in sorted(phones) if not phone.startswith("+44 20 7946 0")] == []


def test_people_and_services_name_each_other_rightly() -> None:
    teams = {team.slug for team in DEMO.teams}
    assert all(set(person.teams) <= teams and person.teams for person in DEMO.people)
    assert {team.lead for team in DEMO.teams} <= USERNAMES
    for service in DEMO.services:
        assert service.team in teams
        assert service.owner in USERNAMES


def test_the_past_is_told_by_people_of_the_company_and_in_order() -> None:
    for runbook in DEMO.runbooks:
        days = [revision.days_ago for revision in runbook.revisions]
        assert days == sorted(days, reverse=True)
        assert len(set(days)) == len(days)
        assert {r.by for r in runbook.revisions} <= USERNAMES
        assert {r.proposed_by for r in runbook.revisions} <= USERNAMES
        assert all(revision.why for revision in runbook.revisions)
    assert sum(len(runbook.revisions) > 1 for runbook in DEMO.runbooks) >= 8


def test_an_edit_that_does_not_fit_the_text_is_refused() -> None:
    with pytest.raises(ValueError, match="“dog” stands 0 times"):
        take_back("a cat", [{"replace": "dog", "with": "cat"}])
    with pytest.raises(ValueError, match="“a” stands 2 times"):
        take_back("a cat", [{"replace": "a", "with": "the"}])


def test_reviews_are_fresh_due_late_and_missing() -> None:
    left = [_days_left(runbook) for runbook in DEMO.runbooks if runbook.reviewed]
    assert sum(days < 0 for days in left) >= 3
    assert sum(0 <= days <= 14 for days in left) >= 3
    assert sum(days > 14 for days in left) >= 10
    assert any(runbook.reviewed is None for runbook in DEMO.runbooks)


def _days_left(runbook: DemoRunbook) -> int:
    assert runbook.reviewed
    return (DOCUMENTS[runbook.slug].meta.review_every or 90) - runbook.reviewed.days_ago


def test_prometheus_takes_the_rules(tmp_path: Path) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not on this machine")
    for file in DEMO.rules:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
        plain = tmp_path / file.name
        plain.write_text(yaml.safe_dump(content.get("spec", content)), encoding="utf-8")
        checked = subprocess.run(
            [promtool, "check", "rules", plain], capture_output=True, text=True, check=False
        )
        assert checked.returncode == 0, checked.stderr


@every_runbook
def test_the_runbooks_that_it_is_mistaken_for_are_the_first_related_ones(slug: str) -> None:
    parsed = DOCUMENTS[slug]
    symptoms = next(section for section in parsed.sections if section.name == "symptoms")
    asked = symptoms.markdown.partition("Not this?")[2]
    mistaken = list(dict.fromkeys(re.findall(r"\]\(([\w-]+)\.md\)", asked)))
    assert list(parsed.meta.related[: len(mistaken)]) == mistaken
