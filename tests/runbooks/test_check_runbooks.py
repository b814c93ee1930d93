"""manage.py check_runbooks: a team's CI, and the live library."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from portal.accounts.models import ApiToken
from runbooks import asking_portals, debts
from runbooks.models import Debt, KnownName, Service
from tests.factories import ServiceFactory, TeamFactory, UserFactory, published
from tests.serving import answering

GOOD = """\
---
title: Gateway answers 502
owner: yash
services: [edge-gateway]
alerts: [GatewayErrorsHigh]
escalation: [{ after: 15m, to: "@edge-oncall", how: "page edge-primary" }]
---
## Symptoms
`GatewayErrorsHigh` fires; customers read "502 Bad Gateway".
## Diagnosis
1. Look. {.observe}
   ```sh
   kubectl -n edge get pods
   ```
   Expect: six Running.
## Prevention
- [PR-1](https://git.example/1) alert earlier. Status: merged.
"""
VAGUE = GOOD.replace("## Prevention", "2. Check the logs.\n## Prevention")
DESTROYS = GOOD.replace("kubectl -n edge get pods", "kubectl -n edge delete pod gateway-0")


def run(*arguments: object, **options: object) -> tuple[str, str, int]:
    """(standard output, what was said besides, exit status)."""
    out, err = StringIO(), StringIO()
    try:
        call_command("check_runbooks", *map(str, arguments), stdout=out, stderr=err, **options)
    except CommandError as error:
        return out.getvalue(), err.getvalue() + str(error), error.returncode
    return out.getvalue(), err.getvalue(), 0


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "edge").mkdir()
    (tmp_path / "gateway-502.md").write_text(GOOD)
    return tmp_path


# None of these may touch a database: pytest-django refuses it to them.


def test_a_good_folder_has_no_finding(folder):
    assert run(folder) == ("", "1 runbook checked: no finding.\n", 0)


def test_a_finding_is_told_with_file_line_code_and_what_to_do(folder):
    file = folder / "edge" / "vague.md"
    file.write_text(VAGUE.replace("Gateway answers", "Edge answers"))
    out, err, status = run(folder)
    assert f"{file}:16: vague-step: D2 is vague: “Check the logs.”" in out
    assert "\n    Write it down" in out
    assert "near-copy" in out, "the files of a folder know of each other"
    assert status == 0, "it would not stop publishing"
    assert "2 runbooks checked: 3 findings." in err


def test_what_would_stop_publishing_fails_the_check_and_any_finding_can(folder):
    (folder / "gateway-502.md").write_text(VAGUE)
    assert run(folder)[2] == 0
    assert run(folder, "--fail-on", "any")[2] == 1
    (folder / "gateway-502.md").write_text(DESTROYS)
    out, err, status = run(folder)
    assert status == 1
    assert "tier-too-low (stops publishing): D1 runs “kubectl -n edge delete pod" in out
    assert "1 of which stops publishing" in err
    assert run(folder, "--fail-on", "never")[2] == 0


def test_imported_files_are_judged_as_imported_ones(folder):
    file = folder / "gateway-502.md"
    file.write_text(GOOD.replace("Gateway answers 502", "Restart the gateway pod"))
    assert run(folder)[2] == 1
    out, _, status = run(folder, "--imported")
    assert status == 0
    assert "title-is-a-fix: The title" in out


def test_only_what_is_new_is_told_against_an_older_copy(folder, tmp_path_factory):
    before = tmp_path_factory.mktemp("before")
    (before / "gateway-502.md").write_text(VAGUE)
    newer = VAGUE.replace("1. Look.", "0. First read this.\n1. Look.").replace(
        "Check the logs.", "Check the logs.\n3. Fix the issue."
    )
    (folder / "gateway-502.md").write_text(newer)
    out, _, _ = run(folder, "--before", before)
    assert "Check the logs" not in out
    assert "Fix the issue" in out
    assert run(before, "--before", before) == ("", "1 runbook checked: no finding.\n", 0)


def test_a_program_reads_them_as_json(folder):
    (folder / "gateway-502.md").write_text(VAGUE)
    told = json.loads(run(folder, "--format", "json")[0])
    assert told["runbooks"] == 1
    (finding,) = told["findings"]
    assert finding["file"].endswith("gateway-502.md")
    assert (finding["code"], finding["line"], finding["blocking"]) == ("vague-step", 16, False)


def test_github_shows_them_beside_the_line_and_no_text_breaks_out(folder):
    file = folder / "a,b.md"
    file.write_text(VAGUE.replace("Check the logs.", "Check the logs, 100% ::error::x."))
    out, _, _ = run(file, "--format", "github")
    assert out.startswith(
        f"::warning file={str(folder).replace(',', '%2C')}/a%2Cb.md,line=16,title=vague-step::"
    )
    assert "100%25" in out
    assert out.count("\n") == 1
    file.write_text(DESTROYS)
    assert run(file, "--format", "github")[0].startswith("::error file=")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"\xff\xfe", "The file is not UTF-8"),
        (b"---\ntitle: [\n---\n", "cannot be read"),
        (b"a\0b", "NUL"),
    ],
)
def test_a_file_that_is_no_runbook_fails_with_its_line_and_the_others_are_checked(
    folder, data, says
):
    (folder / "bad.md").write_bytes(data)
    (folder / "gateway-502.md").write_text(VAGUE)
    out, _, status = run(folder)
    assert status == 1
    assert "bad.md:" in out
    assert "unreadable (stops publishing)" in out
    assert says in out
    assert "vague-step" in out


def test_a_link_to_a_missing_file_is_found_and_a_related_slug_is_not_doubted(folder):
    text = GOOD.replace("owner: yash", "owner: yash\nrelated: [in-another-repository]")
    (folder / "gateway-502.md").write_text(
        text.replace("1. Look.", "1. Look, not [there](gone.md).")
    )
    out, _, _ = run(folder)
    assert "“gone.md” leads to no live runbook" in out
    assert "in-another-repository" not in out


def test_what_cannot_be_done_is_said(folder):
    assert run()[2] == 2
    assert "one of the two" in run(folder, "--live")[1]
    assert "needs --live" in run(folder, "--store")[1]
    assert "are for a folder" in run("--live", "--imported")[1]
    assert run(folder / "nowhere")[2] == 2
    assert "cannot be read" in run(folder / "nowhere")[1]
    assert "begins with https://" in run(folder, "--portal", "ftp://x")[1]


def test_an_empty_folder_says_so(tmp_path):
    out, err, status = run(tmp_path)
    assert (out, status) == ("", 0)
    assert "There are no Markdown files" in err


# --- what only the portal knows


@pytest.mark.django_db
def test_the_facts_are_the_names_that_the_portal_knows(client):
    user = UserFactory(username="Yash", email="yash@shop.example")
    UserFactory(username="gone", is_active=False)
    TeamFactory(slug="edge", name="Edge")
    runbook = published(owner=user)
    debts.know(KnownName.Kind.TOOL, ["flagctl"], by=user)
    debts.know(KnownName.Kind.HANDLE, ["@edge-oncall"], by=user)
    client.force_login(user)
    told = client.get(reverse("runbooks:facts_api")).json()
    assert told["people"] == ["yash"], "and no addresses"
    assert set(told["teams"]) == {"edge", "edge-oncall"}
    assert told["tools"] == ["flagctl"]
    assert told["channels"] is None, "the portal knows of none, and says nothing about any"
    assert told["slugs"] == [runbook.slug]
    assert told["services"] == ["api-server"]


@pytest.mark.django_db
def test_the_facts_are_for_readers_and_name_nothing_private(client):
    team = TeamFactory()
    service = ServiceFactory(slug="secret-service", name="secret-service", team=team, private=True)
    hidden = published(slug="hidden")
    hidden.services.set([service])
    Service.objects.exclude(pk=service.pk).delete()
    assert client.get("/api/v1/facts").status_code == 401
    client.force_login(UserFactory())
    told = client.get("/api/v1/facts").json()
    assert (told["services"], told["slugs"]) == (None, [])
    member = UserFactory()
    member.teams.add(team)
    client.force_login(member)
    told = client.get("/api/v1/facts").json()
    assert (told["services"], told["slugs"]) == (["secret-service"], ["hidden"])


@pytest.mark.django_db
def test_the_facts_cost_a_fixed_number_of_queries(client, django_assert_max_num_queries):
    client.force_login(UserFactory())
    for number in range(3):
        published(slug=f"r{number}", title=f"Title {number} is seen", alert=f"Alert{number}")
    with django_assert_max_num_queries(12):
        client.get("/api/v1/facts")


@pytest.mark.django_db(transaction=True)
def test_a_teams_ci_asks_the_portal_for_names(folder, live_server):
    user = UserFactory(username="yash")
    published(slug="postgres-slow", owner=user)
    debts.know(KnownName.Kind.TOOL, ["flagctl"], by=user)
    debts.know(KnownName.Kind.HANDLE, ["shop-oncall"], by=user)
    debts.know(KnownName.Kind.CHANNEL, ["deploys"], by=user)
    _, secret = ApiToken.create_for(user, name="ci")
    text = GOOD.replace("owner: yash", "owner: yahs\nrelated: [postgres-slow, gone]")
    text = text.replace("kubectl -n edge get pods", "edgectl pods").replace(
        "six Running.", "six. Else #deplyos."
    )
    (folder / "gateway-502.md").write_text(text)
    out, _, status = run(folder, "--portal", live_server.url, "--token", secret)
    told = {line.split(": ")[1] for line in out.splitlines() if not line.startswith(" ")}
    assert told == {
        *("owner-unknown", "unknown-service", "unknown-alert", "unknown-team", "unknown-tool"),
        *("unknown-channel", "related-is-dead"),
    } - {"unknown-alert"}, "the portal has no rules: nothing is said of alerts"
    assert status == 0
    out, err, status = run(folder, "--portal", live_server.url)
    assert (out, status) == ("", 2)
    assert "answers 401" in err


@pytest.mark.parametrize(
    ("status", "body", "says"),
    [
        (200, b"<!doctype html><h1>Welcome</h1>", "not as a portal does"),
        (200, b'{"hello": 1}', "not as a portal does, or as one of another version"),
        (404, b"<h1>Not found</h1>", "answers 404, and not as a portal does: is that its address?"),
        (502, b"<h1>Bad gateway</h1>", "answers 502: it is down"),
        (401, b'{"error": "This token is unknown."}', "answers 401: This token is unknown."),
    ],
)
def test_what_is_no_portal_is_said_and_nothing_is_checked_without_it(folder, status, body, says):
    with answering(status, body) as address:
        out, err, ended = run(folder, "--portal", address, "--token", "x")
    assert (out, ended) == ("", 2)
    assert says in err


def test_a_portal_that_is_down_is_said_without_the_number_of_the_error(folder):
    with answering(200, b"") as address:
        pass
    out, err, ended = run(folder, "--portal", address)
    assert (out, ended) == ("", 2)
    assert err.endswith("does not answer: Connection refused.")


def test_an_answer_that_never_ends_is_given_up(folder, monkeypatch):
    monkeypatch.setattr(asking_portals, "MOST_SECONDS", -1)
    with answering(200, b"{}") as address:
        assert "does not answer to the end" in run(folder, "--portal", address)[1]


# --- the live library


@pytest.mark.django_db
def test_the_live_library_is_checked_with_all_that_the_portal_knows():
    published(slug="one", text=VAGUE.replace("yash", "ann"), owner=UserFactory(username="ann"))
    published(slug="two", text=VAGUE.replace("yash", "bob"), owner=UserFactory(username="bob"))
    out, err, status = run("--live")
    assert "/r/one:16: vague-step" in out
    assert "/r/two: near-copy: 100% of the text is that of “one”" in out
    assert status == 0
    assert "2 runbooks checked" in err
    assert not Debt.objects.filter(code="near-copy").exists()
    run("--live", "--store")
    assert Debt.objects.filter(code="near-copy").count() == 2


@pytest.mark.django_db
def test_what_a_lead_waived_is_not_told():
    runbook = published(slug="one", text=VAGUE, owner=UserFactory(username="yash"))
    admin = UserFactory(is_superuser=True)
    debts.waive(runbook, code="vague-step", reason="The logs are one file.", by=admin)
    assert run("--live")[0] == ""
