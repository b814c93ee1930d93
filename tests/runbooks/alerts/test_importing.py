"""Rules come in, are linked, and stay true whichever comes first."""

from __future__ import annotations

import pytest

from runbooks import hooks
from runbooks.alerts.importing import Source, import_rules
from runbooks.alerts.models import Rule
from runbooks.gaps import record_gap
from runbooks.models import AlertName, AlertText, Alias, Gap, IndexCounter
from tests.factories import published, runbook_text

pytestmark = pytest.mark.django_db

RULES = """
groups:
- name: api
  rules:
  - alert: ApiLatencyHigh
    expr: latency > 5
    for: 10m
    labels: {severity: warning, service: api-server}
    annotations:
      summary: "Latency of {{ $labels.pod }} is high"
      runbook_url: https://wiki.example/runbooks/api-latency
  - record: api:latency
    expr: sum(latency)
  - alert: QueueStuck
    expr: queue > 10
    annotations: {description: Nobody reads the queue, runbook_url: https://wiki.example/gone}
"""


def rules(text: str = RULES, origin: str = "rules/api.yaml") -> list[Source]:
    return [Source(origin, text.encode())]


def test_a_rule_is_stored_as_its_file_says():
    import_rules(rules())
    rule = Rule.objects.get(alert="ApiLatencyHigh")
    assert (rule.expr, rule.pending_for, rule.severity, rule.group) == (
        "latency > 5",
        "10m",
        "medium",
        "api",
    )
    assert rule.labels == {"severity": "warning", "service": "api-server"}
    assert rule.annotations["summary"] == "Latency of {{ $labels.pod }} is high"
    assert rule.service_word == "api-server"
    assert rule.origin == "rules/api.yaml"


def test_a_second_import_changes_nothing_and_says_so():
    published()
    first = import_rules(rules())
    assert (first.added, first.recording, first.alerts) == (2, 1, 2)
    stamps = list(Rule.objects.values_list("pk", "imported_at"))
    counter = IndexCounter.current()
    second = import_rules(rules())
    assert second.nothing_changed
    assert second.unchanged == 2
    assert list(Rule.objects.values_list("pk", "imported_at")) == stamps
    assert IndexCounter.current() == counter


def test_what_changed_in_a_rule_is_reported_for_its_review():
    import_rules(rules())
    report = import_rules(
        rules(
            RULES.replace("latency > 5", "latency > 8")
            .replace("for: 10m", "for: 5m")
            .replace("severity: warning", "severity: critical")
            .replace("queue > 10", "max(queue) > 10")
        )
    )
    assert report.changed == 2
    assert {(c.alert, c.field, c.before, c.after) for c in report.changes} == {
        ("ApiLatencyHigh", "threshold", "> 5", "> 8"),
        ("ApiLatencyHigh", "for", "10m", "5m"),
        ("ApiLatencyHigh", "severity", "medium", "critical"),
        ("QueueStuck", "expr", "queue > 10", "max(queue) > 10"),
    }


def test_a_new_wording_is_no_change_that_a_review_waits_for():
    import_rules(rules())
    report = import_rules(rules(RULES.replace("latency > 5", "latency\n      >   5  # slow")))
    assert report.changes == []


def test_a_rule_that_its_file_no_longer_has_is_removed():
    import_rules(rules())
    report = import_rules(rules(RULES[: RULES.index("  - alert: QueueStuck")]))
    assert report.removed == 1
    assert [rule.alert for rule in Rule.objects.all()] == ["ApiLatencyHigh"]
    assert not AlertText.objects.filter(folded="queuestuck").exists()


def test_rules_of_other_files_are_left_alone():
    import_rules(rules())
    import_rules(rules("groups: []", origin="rules/other.yaml"))
    assert Rule.objects.count() == 2


def test_a_file_that_left_its_folder_takes_its_rules_along():
    import_rules(rules(origin="/r/a.yaml") + rules(origin="/r/b.yaml"))
    report = import_rules(rules(origin="/r/a.yaml"), gone_under=["/r/"])
    assert report.removed == 2
    assert set(Rule.objects.values_list("origin", flat=True)) == {"/r/a.yaml"}


def test_a_file_that_became_unreadable_keeps_its_rules():
    import_rules(rules())
    report = import_rules(rules("groups: [\n"), gone_under=["rules/"])
    assert Rule.objects.count() == 2
    assert report.problems[0].line == 2
    assert "cannot be read as YAML" in report.problems[0].message


def test_a_broken_rule_stops_neither_its_file_nor_the_others():
    broken = RULES.replace("    expr: queue > 10\n", "")
    import_rules(rules())
    report = import_rules([*rules(broken), *rules(origin="rules/other.yaml")])
    assert [p.message for p in report.problems] == [
        "The alert “QueueStuck” in group “api” has no `expr`."
    ]
    assert report.problems[0].line == 14
    assert Rule.objects.filter(alert="QueueStuck").count() == 2  # the stored one is not lost


def test_a_dry_run_reports_and_keeps_nothing():
    published()
    report = import_rules(rules(), dry_run=True)
    assert report.added == 2
    assert [rule.alert for rule in report.dead_links] == ["QueueStuck"]
    assert not Rule.objects.exists()
    assert not AlertText.objects.exists()


def test_alike_rules_of_one_name_are_told_apart_by_their_labels():
    text = "groups:\n- name: g\n  rules:\n" + "".join(
        f"  - {{alert: Burn, expr: 'x > {n}', labels: {{window: {window}}}}}\n"
        for n, window in ((1, "1h"), (2, "6h"), (3, "1d"))
    )
    import_rules(rules(text))
    report = import_rules(rules(text.replace("x > 2", "x > 9")))
    assert (report.changed, report.unchanged, report.added, report.removed) == (1, 2, 0, 0)
    assert Rule.objects.get(labels={"window": "6h"}).expr == "x > 9"


def test_a_link_leads_by_the_last_part_of_its_path_whatever_its_case():
    runbook = published(slug="api-latency", alert="SomethingElse")
    import_rules(rules(RULES.replace("runbooks/api-latency", "runbooks/API-Latency.md#fix")))
    rule = Rule.objects.get(alert="ApiLatencyHigh")
    assert (rule.runbook, rule.link_state) == (runbook, "live")


@pytest.mark.parametrize(
    "annotation",
    [
        "runbook: https://wiki.example/x/api-latency/",
        "playbook: docs/api-latency.md",
        "runbookUrl: ./api-latency.html",
        "runbook_url_internal: http://127.0.0.1:8000/r/api-latency",
        "RUNBOOK_URL: http://127.0.0.1:8000/a/SomethingElse?pod={{ $labels.pod | urlquery }}",
        "runbook-url: /r/api-latency",
        "runbook_url: https://old.example/pages/viewpage/4711?x=1",
        "runbook_url: see https://wiki.example/x/api-latency for details",
        "runbook_url: https://wiki.example/nothing\n      runbook: https://wiki.example/api-latency",
    ],
)
def test_all_the_annotations_that_teams_use_lead(annotation, settings):
    settings.SITE_URL = "http://127.0.0.1:8000"
    runbook = published(slug="api-latency", alert="SomethingElse")
    Alias.objects.create(
        kind=Alias.Kind.ADDRESS, folded="old.example/pages/viewpage/4711", runbook=runbook
    )
    text = RULES.replace("runbook_url: https://wiki.example/runbooks/api-latency", annotation)
    import_rules(rules(text))
    assert Rule.objects.get(alert="ApiLatencyHigh").runbook == runbook


def test_a_relative_link_leads_by_the_end_of_one_known_address():
    runbook = published(slug="x", alert="SomethingElse")
    Alias.objects.create(
        kind=Alias.Kind.ADDRESS, folded="git.example/ops/docs/kube/kubernetes", runbook=runbook
    )
    text = RULES.replace("https://wiki.example/runbooks/api-latency", "docs/kube/kubernetes.md#api")
    import_rules(rules(text))
    assert Rule.objects.get(alert="ApiLatencyHigh").runbook == runbook


def test_without_a_link_the_name_leads_first_as_stated_then_as_a_slug():
    stated = published(slug="api-latency", alert="APILATENCYHIGH")
    by_slug = published(slug="queuestuck", alert="Other")
    text = RULES.replace("wiki.example/runbooks/api-latency", "wiki.example/gone")
    report = import_rules(rules(text))
    assert Rule.objects.get(alert="ApiLatencyHigh").runbook == stated
    assert Rule.objects.get(alert="QueueStuck").runbook == by_slug
    assert report.without_runbook == []
    assert len(report.dead_links) == 2


def test_a_runbook_answers_to_the_alerts_that_rules_lead_to_it_with():
    runbook = published(slug="api-latency", alert="SomethingElse")
    import_rules(rules())
    name = AlertName.objects.get(folded="apilatencyhigh")
    assert (name.runbook, name.name, name.stated) == (runbook, "ApiLatencyHigh", False)
    import_rules(rules(RULES.replace("https://wiki.example/runbooks/api-latency", "")))
    assert not AlertName.objects.filter(folded="apilatencyhigh").exists()


def test_our_own_link_keeps_what_an_older_link_had_said(settings):
    """`alert_links --write` puts /a/<alert> where a link stood: what that link knew must not be lost."""
    runbook = published(slug="api-latency", alert="SomethingElse")
    import_rules(rules())
    ours = f"{settings.SITE_URL}/a/ApiLatencyHigh"
    import_rules(rules(RULES.replace("https://wiki.example/runbooks/api-latency", ours)))
    rule = Rule.objects.get(alert="ApiLatencyHigh")
    assert (rule.runbook, rule.link_state) == (runbook, "live")


def test_a_runbook_published_after_its_rules_finds_them():
    report = import_rules(rules())
    assert len(report.without_runbook) == 2
    by_link = published(slug="api-latency", alert="SomethingElse")
    by_name = published(slug="whatever", alert="queuestuck")
    assert Rule.objects.get(alert="ApiLatencyHigh").runbook == by_link
    assert Rule.objects.get(alert="ApiLatencyHigh").link_state == "live"
    assert Rule.objects.get(alert="QueueStuck").runbook == by_name
    assert AlertName.objects.filter(folded="apilatencyhigh", stated=False).exists()


def test_a_runbook_published_with_its_old_address_revives_links_to_it():
    import_rules(rules(RULES.replace("runbooks/api-latency", "display/OPS/4711")))
    text = runbook_text(owner="ana", alert="Other").replace(
        "severity: high", "severity: high\nsource_url: https://wiki.example/display/ops/4711/"
    )
    from tests.factories import UserFactory

    runbook = published(slug="x", text=text, owner=UserFactory(username="ana"))
    rule = Rule.objects.get(alert="ApiLatencyHigh")
    assert (rule.runbook, rule.link_state) == (runbook, "live")


def test_a_runbook_that_no_longer_names_an_alert_lets_its_rules_go():
    published(slug="whatever", alert="QueueStuck")
    import_rules(rules())
    assert Rule.objects.get(alert="QueueStuck").runbook is not None
    published(slug="whatever", alert="Other")
    assert Rule.objects.get(alert="QueueStuck").runbook is None


def test_a_gap_closes_when_a_runbook_answers_its_alert():
    record_gap(kind=Gap.Kind.ALERT, words="QueueStuck")
    runbook = published(slug="whatever", alert="QueueStuck")
    assert Gap.objects.get().closed_by == runbook


def test_search_is_told_whose_words_changed_inside_the_transaction(monkeypatch):
    told: list[list[int]] = []
    monkeypatch.setattr(hooks, "on_facts_changed", [told.append])
    runbook = published(slug="api-latency", alert="ApiLatencyHigh")
    before = IndexCounter.current()
    import_rules(rules())
    assert told == [[runbook.pk]]
    assert IndexCounter.current() > before
    told.clear()
    import_rules(rules(RULES.replace("is high", "is far too high")))
    assert told == [[runbook.pk]]


def test_search_finds_a_runbook_by_the_words_of_its_alerts():
    from runbooks.search.finding import find

    published(slug="api-latency", alert="ApiLatencyHigh")
    import_rules(rules(RULES.replace("is high", "makes shoppers abandon their baskets")))
    results = find("shoppers abandon baskets").results
    assert [result.slug for result in results] == ["api-latency"]


def test_the_texts_of_several_rules_with_one_name_are_kept_together():
    text = "groups:\n- name: g\n  rules:\n" + "".join(
        f"  - {{alert: Burn, expr: x, annotations: {{summary: {word}}}}}\n"
        for word in ("fast", "slow", "fast")
    )
    import_rules(rules(text))
    assert AlertText.objects.get().summary == "fast\nslow"
