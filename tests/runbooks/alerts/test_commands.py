"""manage.py import_rules and alert_links, as a team and its CI run them."""

from __future__ import annotations

import json
import os
import shutil
import socket
import stat
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from portal.accounts.models import ApiToken, AuditEntry
from runbooks.alerts.models import Rule
from runbooks.models import Alias, Runbook
from runbooks.naming import slug_of
from tests.factories import UserFactory, published
from tests.serving import answering

pytestmark = pytest.mark.django_db

RULES = """# our rules
groups:
- name: api
  rules:
  - alert: ApiLatencyHigh   # slow
    expr: latency > 5
    labels: {severity: warning, namespace: shop}
  - alert: QueueStuck
    expr: queue > 10
    annotations:
      runbook_url: "https://wiki.example/gone"
"""
LINK = "/a/ApiLatencyHigh?instance={{ $labels.instance | urlquery }}&namespace=shop"


@pytest.fixture(autouse=True)
def an_address_that_everybody_can_reach(settings) -> None:
    settings.SITE_URL = "https://runbooks.example"


@pytest.fixture
def rules(tmp_path) -> Path:
    path = tmp_path / "rules" / "api.yaml"
    path.parent.mkdir()
    path.write_text(RULES)
    return path


def run(*arguments: object) -> tuple[str, str, int]:
    """(what it printed, what it said beside that, its exit status)"""
    out, err, status = StringIO(), StringIO(), 0
    try:
        call_command(*(str(argument) for argument in arguments), stdout=out, stderr=err)
    except CommandError as error:
        err.write(str(error))
        status = error.returncode
    return out.getvalue(), err.getvalue(), status


def test_the_audit_trail_says_that_rules_came_by_the_command(rules) -> None:
    run("import_rules", rules, "--dry-run")
    assert not AuditEntry.objects.exists()
    run("import_rules", rules)
    run("import_rules", rules)  # changes nothing
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.via, entry.by) == ("import.done", "command", None)
    assert entry.after == {"kind": "rules", "added": 2, "changed": 0, "removed": 0, "unchanged": 0}


def test_import_rules_says_what_came_in_and_what_leads_nowhere(rules):
    published()
    out, err, status = run("import_rules", rules)
    assert (err, status) == ("", 0)
    assert "1 file: 2 alerts, 0 recording rules skipped." in out
    assert "Rules: 2 added" in out
    assert "1 alert without a live runbook.\n  QueueStuck" in out
    assert "  QueueStuck: https://wiki.example/gone" in out
    assert "Nothing has changed since the last import." in run("import_rules", rules)[0]


def test_import_rules_counts_alerts_and_the_rules_that_fire_them(rules):
    rules.write_text(RULES + RULES.partition("groups:\n")[2].replace("latency > 5", "latency > 9"))
    assert "1 file: 2 alerts in 4 rules, " in run("import_rules", rules, "--dry-run")[0]
    report = json.loads(run("import_rules", rules, "--json")[0])
    assert (report["alerts"], report["rules"], report["added"]) == (2, 4, 4)


def test_import_rules_reports_as_json(rules):
    report = json.loads(run("import_rules", rules, "--json", "--dry-run")[0])
    assert (report["dry_run"], report["files"], report["added"]) == (True, 1, 2)
    assert [rule["alert"] for rule in report["without_runbook"]] == ["ApiLatencyHigh", "QueueStuck"]
    assert not Rule.objects.exists()
    run("import_rules", rules)
    rules.write_text(RULES.replace("latency > 5", "latency > 8"))
    report = json.loads(run("import_rules", rules, "--json")[0])
    assert [(c["alert"], c["field"], c["before"], c["after"]) for c in report["changes"]] == [
        ("ApiLatencyHigh", "threshold", "> 5", "> 8")
    ]


def test_import_rules_takes_files_folders_and_patterns_and_each_file_once(rules):
    (rules.parent / "deep").mkdir()
    (rules.parent / "deep" / "more.yml").write_text(
        "groups: [{name: g, rules: [{alert: A, expr: up}]}]"
    )
    (rules.parent / "values.yaml").write_text("replicas: 3\n")
    (rules.parent / "README.md").write_text("# no rules")
    out, err, _ = run("import_rules", rules, rules.parent, f"{rules.parent}/*.yaml")
    assert "2 files: 3 alerts" in out
    assert err == ""  # a folder and a pattern may hold other files too
    err = run("import_rules", rules.parent / "values.yaml", rules)[1]
    assert "values.yaml: It holds no rule groups" in err


def test_import_rules_goes_on_after_a_bad_file_and_names_line_and_reason(rules):
    bad = rules.parent / "bad.yaml"
    bad.write_text("groups:\n- name: [\n")
    _, err, status = run("import_rules", bad, rules, rules.parent / "absent.yaml")
    assert (status, Rule.objects.count()) == (0, 2)
    assert f"{bad}:3: It cannot be read as YAML" in err
    assert "absent.yaml: there is no such file, folder or pattern." in err
    assert run("import_rules", bad)[2] == 1


def test_a_folder_without_a_file_that_it_had_loses_that_files_rules(rules):
    other = rules.parent / "other.yaml"
    shutil.copy(rules, other)
    run("import_rules", rules.parent)
    other.unlink()
    out, _, _ = run("import_rules", rules.parent)
    assert "2 removed" in out
    assert Rule.objects.count() == 2


def test_a_named_origin_is_the_same_from_another_checkout(rules, tmp_path):
    run("import_rules", rules.parent, "--origin", "cluster-a")
    elsewhere = tmp_path / "builds" / "17"
    shutil.copytree(rules.parent, elsewhere)
    out, _, _ = run("import_rules", elsewhere, "--origin", "cluster-a")
    assert "Nothing has changed" in out
    assert set(Rule.objects.values_list("origin", flat=True)) == {"cluster-a:api.yaml"}


def test_alert_links_check_fails_and_names_file_line_and_alert(rules):
    published()
    run("import_rules", rules)
    out, err, status = run("alert_links", rules, "--check")
    assert status == 1
    assert out.splitlines() == [
        f"{rules}:5: The alert ApiLatencyHigh carries no link to its runbook api-latency: --write sets it.",
        f"{rules}:8: The alert QueueStuck has no runbook; its link leads nowhere in this portal: "
        "https://wiki.example/gone",
    ]
    assert "1 problem." in err
    assert rules.read_text() == RULES


def test_a_dead_link_of_an_alert_with_a_runbook_is_named_at_its_own_line(rules):
    published(alert="QueueStuck")
    out, _, status = run("alert_links", rules, "--check", "--format", "github")
    assert status == 1
    assert (
        f"::error file={rules},line=11,title=Runbook link::The link of QueueStuck leads nowhere in this "
        "portal: https://wiki.example/gone" in out
    )
    found = json.loads(run("alert_links", rules, "--check", "--format", "json")[0])["findings"]
    assert [(f["code"], f["line"]) for f in found] == [("no-runbook", 5), ("dead-link", 11)]


def test_a_rule_whose_link_leads_here_needs_no_name(rules):
    published(slug="queue", alert="Other")
    rules.write_text(RULES.replace("https://wiki.example/gone", "https://runbooks.example/r/queue"))
    out, _, _ = run("alert_links", rules, "--check")
    assert "QueueStuck" not in out


def test_a_link_to_a_host_that_the_portal_does_not_know_fails_unless_it_is_allowed(rules):
    """Its last part is a runbook's name; whether anything is there, nobody here can say."""
    published()
    published(slug="queue", alert="Other")
    rules.write_text(RULES.replace("https://wiki.example/gone", "https://gone.example/queue"))
    out, _, status = run("alert_links", rules, "--check")
    assert status == 1
    assert (
        f"{rules}:11: The link of QueueStuck leads to an address that this portal does not know: "
        "https://gone.example/queue" in out
    )
    out, _, status = run("alert_links", rules, "--check", "--allow-foreign")
    assert (status, "QueueStuck" in out) == (0, False)


def test_an_old_address_that_the_library_names_is_known(rules):
    published(slug="queue", alert="QueueStuck")
    published()
    runbook = Runbook.objects.get(slug="queue")
    old = "wiki.example/gone"
    Alias.objects.create(kind=Alias.Kind.ADDRESS, folded=old, runbook=runbook)
    assert run("alert_links", rules, "--check")[2] == 0


def test_beside_a_link_to_this_portal_another_may_lead_elsewhere(rules):
    published()
    published(slug="queue", alert="QueueStuck")
    own = '"https://runbooks.example/a/QueueStuck"\n      runbook: https://gone.example/queue'
    rules.write_text(RULES.replace('"https://wiki.example/gone"', own))
    assert run("alert_links", rules, "--check")[2] == 0


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "[::1]:8000", "0.0.0.0"])
def test_links_to_ones_own_machine_are_written_only_when_they_are_meant(rules, settings, host):
    settings.SITE_URL = f"http://{host}"
    published()
    _, err, status = run("alert_links", rules, "--write")
    assert status == 2
    assert f"The links would lead to http://{host}: nobody but you could follow them." in err
    assert rules.read_text() == RULES
    assert run("alert_links", rules, "--write", "--local")[2] == 0
    assert f"http://{host}/a/ApiLatencyHigh?" in rules.read_text()
    assert "ApiLatencyHigh" not in run("alert_links", rules, "--check")[0]
    settings.SITE_URL = "https://runbooks.example"
    out, _, status = run("alert_links", rules, "--check", "--allow-foreign")
    assert status == 1
    assert "The link of ApiLatencyHigh leads to the machine of whoever follows it: http://" in out


def test_the_address_in_links_can_be_said_with_the_command(rules, settings):
    settings.SITE_URL = "http://127.0.0.1:8000"
    published()
    published(slug="queue", alert="QueueStuck")
    address = ("--site-url", "https://runbooks.example")
    assert run("alert_links", rules, "--write", *address)[2] == 0
    assert f"https://runbooks.example{LINK}" in rules.read_text()
    assert run("alert_links", rules, "--check", *address)[2] == 0
    _, err, status = run("alert_links", rules, "--write", "--site-url", "runbooks.example")
    assert (status, "--site-url takes an address" in err) == (1, True)


def test_alert_links_write_sets_the_link_with_the_labels_that_the_runbook_needs(rules, settings):
    published()
    rules.chmod(0o640)
    _, err, status = run("alert_links", rules.parent, "--write")
    assert status == 0
    assert "1 link set, 0 as they were, 1 without a runbook left alone." in err
    link = f"      runbook_url: {settings.SITE_URL}{LINK}\n"
    added = f"    annotations:\n{link}  - alert: QueueStuck"
    assert rules.read_text() == RULES.replace("  - alert: QueueStuck", added)
    assert stat.S_IMODE(rules.stat().st_mode) == 0o640
    assert os.listdir(rules.parent) == ["api.yaml"]  # noqa: PTH208
    before = rules.stat().st_mtime_ns
    assert "0 links set, 1 as they were" in run("alert_links", rules, "--write")[1]
    assert rules.stat().st_mtime_ns == before


def test_what_was_written_is_alive_after_the_next_import(rules, settings):
    published()
    run("alert_links", rules, "--write")
    run("import_rules", rules)
    rule = Rule.objects.get(alert="ApiLatencyHigh")
    assert (rule.link_state, rule.runbook.slug) == ("live", "api-latency")
    assert run("alert_links", rules, "--check")[0].count("ApiLatencyHigh") == 0


def test_write_all_links_alerts_without_a_runbook_to_the_page_that_helps(rules, settings):
    run("alert_links", rules, "--write", "--all")
    assert f'runbook_url: "{settings.SITE_URL}/a/QueueStuck"' in rules.read_text()
    out, _, status = run("alert_links", rules, "--check")
    assert status == 1
    assert out.count("QueueStuck") == 1


def test_a_byte_order_mark_stays_and_a_link_to_a_file_stays_one(rules, tmp_path):
    published()
    rules.write_bytes(b"\xef\xbb\xbf" + RULES.replace("\n", "\r\n").encode())
    link = tmp_path / "link.yaml"
    link.symlink_to(rules)
    run("alert_links", link, "--write")
    assert link.is_symlink()
    data = rules.read_bytes()
    assert data.startswith(b"\xef\xbb\xbf# our")
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert b"/a/ApiLatencyHigh" in data


def test_unreadable_files_fail_the_check(rules):
    rules.write_text("groups: [")
    out, _, status = run("alert_links", rules, "--check")
    assert status == 1
    assert f"{rules}:1: It cannot be read as YAML" in out


def test_one_of_check_and_write_must_be_said(rules):
    with pytest.raises(CommandError, match="one of the arguments --check --write is required"):
        call_command("alert_links", str(rules))


@pytest.mark.django_db(transaction=True)
def test_a_teams_ci_asks_a_portal_over_the_network(rules, live_server, settings):
    settings.SITE_URL = "https://runbooks.example"
    published()
    _, secret = ApiToken.create_for(UserFactory(), name="ci")
    out, _, status = run(
        "alert_links", rules, "--check", "--portal", live_server.url + "/", "--token", secret
    )
    assert status == 1
    assert "The alert QueueStuck has no runbook" in out
    _, _, status = run(
        "alert_links", rules, "--write", "--portal", live_server.url, "--token", secret
    )
    assert status == 0
    assert f"https://runbooks.example{LINK}" in rules.read_text()
    _, err, status = run("alert_links", rules, "--check", "--portal", live_server.url)
    assert status == 2
    assert "answers 401: Sign in, or send a token" in err


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ((500, b"<html>"), "answers 500: it is down"),
        ((429, b'{"error": "Slow down."}'), "answers 429: Slow down."),
        ((200, b"<html>"), "but not as a portal does"),
        ((200, b'{"alerts": []}'), "cannot be read: is it the same version?"),
        ((200, b'{"site_url": "x", "alerts": []}'), "did not answer each question"),
    ],
)
def test_a_portal_that_misbehaves_is_a_sentence_and_changes_no_file(rules, answer, sentence):
    with answering(*answer) as address:
        _, err, status = run("alert_links", rules, "--write", "--portal", address, "--token", "t")
    assert status == 2
    assert sentence in err
    assert rules.read_text() == RULES


def test_a_token_is_not_carried_to_another_host(rules):
    with answering(302, b"", Location="https://evil.example/take?token") as address:
        _, err, status = run("alert_links", rules, "--check", "--portal", address, "--token", "t")
    assert status == 2
    assert "sends on to https://evil.example/take" in err


def test_a_portal_that_is_not_there_is_a_sentence(rules):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    _, err, status = run("alert_links", rules, "--check", "--portal", f"http://127.0.0.1:{port}")
    assert status == 2
    assert "does not answer" in err
    assert run("alert_links", rules, "--check", "--portal", "file:///etc/passwd")[2] == 2


def test_every_real_alert_that_has_a_runbook_resolves(corpus, tmp_path, client, settings):
    settings.READ_WITHOUT_LOGIN = True
    owner = UserFactory()
    run("import_rules", corpus / "rules")
    for path in sorted((corpus / "runbooks").glob("*.md")):
        published(slug=slug_of(path.stem), text=path.read_text(), owner=owner, kind="import")
    out, _, _ = run("import_rules", corpus / "rules")
    assert "Nothing has changed since the last import." in out
    facts = [json.loads(line) for line in (corpus / "docs.jsonl").read_text().splitlines()]
    expected = {alert: slug_of(doc["slug"]) for doc in facts for alert in doc["alerts"]}
    for alert, slug in expected.items():
        response = client.get(f"/a/{alert}?namespace=shop&pod=api-1")
        assert response.status_code == 302, alert
        assert response["Location"] == f"/r/{slug}?namespace=shop&pod=api-1"
    fired = {rule.alert: rule for rule in Rule.objects.select_related("runbook")}
    led = {alert: rule.runbook.slug for alert, rule in fired.items() if rule.runbook}
    assert led == {alert: slug for alert, slug in expected.items() if alert in fired}
    assert len(led) == 105
    rules = tmp_path / "rules"
    shutil.copytree(corpus / "rules", rules)
    run("alert_links", rules, "--write")
    run("import_rules", rules, "--origin", "written")
    for rule in Rule.objects.filter(origin__startswith="written", alert__in=led):
        assert (rule.link_state, rule.runbook.slug) == ("live", led[rule.alert])
