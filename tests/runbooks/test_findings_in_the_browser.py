"""A lead waives a finding and names what the company has, from the findings page and from the editor."""

from __future__ import annotations

import pytest

from portal.accounts.models import AuditEntry, Role
from runbooks import debts
from runbooks.models import Debt, KnownName, Proposal, Runbook, Waiver
from tests.factories import ServiceFactory, TeamFactory, UserFactory, published

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nothing_kept")]

TEXT = """---
title: Pods hang
services: [shop]
owner: yash
---
## Diagnosis
1. Check the logs.
2. Look at the flag.
   ```sh
   flagctl get checkout
   ```
"""
LONG = {"tool": ["someothertool"]}


@pytest.fixture
def runbook():
    debts.know(KnownName.Kind.TOOL, LONG["tool"], by=None)
    ServiceFactory(slug="shop", name="shop", team=TeamFactory(slug="shop"))
    owner = UserFactory(username="yash", name="Yash Patel")
    return published(slug="pods", text=TEXT, owner=owner, kind=Proposal.Kind.IMPORT)


@pytest.fixture
def lead(client, runbook):
    person = UserFactory(username="lucia", name="Lucia Prieto")
    Role.objects.create(person=person, name="lead", team=runbook.services.get().team)
    client.force_login(person)
    return person


def vague(runbook):
    return runbook.debts.get(code="vague-step")


def waive(client, runbook, **more):
    debt = vague(runbook)
    sent = {"code": debt.code, "about": debt.about, "reason": "It is our oldest.", **more}
    return client.post("/r/pods/findings/waive", sent)


def test_a_lead_waives_a_finding_with_a_reason_and_takes_it_back(client, runbook, lead):
    page = client.get("/r/pods").content.decode()
    assert 'href="/r/pods/findings"' in page
    assert "Waive it" in client.get("/r/pods/findings").content.decode()
    waive(client, runbook)
    for address in ("/r/pods", "/r/pods/findings", "/r/pods/edit"):
        said = client.get(address).content.decode()
        assert "Waived by Lucia Prieto" in said, address
        assert "It is our oldest." in said, address
    client.post("/r/pods/findings/waive", {"waiver": Waiver.objects.get().pk})
    assert "Waived by" not in client.get("/r/pods").content.decode()
    actions = AuditEntry.objects.filter(action__startswith="finding.").order_by("pk")
    assert [entry.action for entry in actions] == ["finding.waived", "finding.unwaived"]


def test_without_a_reason_nothing_is_waived_and_the_page_says_so(client, runbook, lead):
    answer = waive(client, runbook, reason=" ")
    assert answer.status_code == 422
    assert "Say why this may stay" in answer.content.decode()
    assert not Waiver.objects.exists()


@pytest.mark.parametrize("role", [None, "editor"])
def test_nobody_else_waives_not_even_the_owner(client, runbook, role):
    person = runbook.owner
    if role:
        Role.objects.create(person=person, name=role)
    client.force_login(person)
    assert waive(client, runbook).status_code == 403
    page = client.get("/r/pods/findings").content.decode()
    assert "Waive it" not in page
    assert "A lead of the service’s team may waive" in page
    sent = {"text": TEXT, "base": 1, "do": "waive-0", "code-0": "vague-step", "reason-0": "no"}
    assert client.post("/r/pods/edit", sent).status_code == 403
    assert not Waiver.objects.exists()


def test_a_lead_of_another_team_does_not_waive(client, runbook):
    person = UserFactory()
    Role.objects.create(person=person, name="lead", team=TeamFactory())
    client.force_login(person)
    assert waive(client, runbook).status_code == 403


def test_from_the_editor_a_waiver_keeps_what_is_being_written(client, runbook, lead):
    typed = runbook.live_revision.text + "\nMore words.\n"
    page = client.get("/r/pods/edit").content.decode()
    number = page.split('value="vague-step"')[0].rpartition('name="code-')[2].split('"')[0]
    sent = {
        "text": typed,
        "base": 1,
        "do": f"waive-{number}",
        f"code-{number}": "vague-step",
        f"about-{number}": "Check the logs.",
        f"reason-{number}": "Everybody knows which.",
    }
    page = client.post("/r/pods/edit", sent).content.decode()
    assert "More words." in page
    assert "Waived by Lucia Prieto: Everybody knows which." in page
    assert Waiver.objects.get().by == lead
    refused = client.post("/r/pods/edit", sent | {f"reason-{number}": ""})
    assert refused.status_code == 422
    assert "More words." in refused.content.decode()


def test_a_waived_finding_that_would_block_does_not_block_in_the_editor(client, lead):
    text = published(slug="whole", owner=UserFactory(username="nia")).live_revision.text
    text = text.replace("services: [api-server]", "services: [shop]")
    text = text.replace("{.observe access=psql-prod}", "")
    text = text.replace(
        'psql -h {{ instance }} -c "select count(*) from pg_stat_activity"', "rm -rf /x"
    )
    runbook = Runbook.objects.get(slug="whole")
    runbook.services.set([Runbook.objects.get(slug="pods").services.get()])
    page = client.post("/r/whole/edit", {"text": text, "base": 1}).content.decode()
    assert "Blocks publishing." in page
    for finding in debts.findings_for(debts.parse(text), runbook=runbook, owner=runbook.owner):
        if finding.blocking:
            debts.waive(runbook, code=finding.code, reason="A scratch disk.", by=lead)
    page = client.post("/r/whole/edit", {"text": text, "base": 1}).content.decode()
    assert "Blocks publishing." not in page


def test_we_do_have_this_is_one_click(client, runbook, lead):
    assert Debt.objects.get(code="unknown-tool").about == "flagctl"
    assert "We do have flagctl" in client.get("/r/pods/findings").content.decode()
    sent = {"kind": "tool", "names": "flagctl", "back": "pods"}
    answer = client.post("/names/add", sent)
    assert answer["Location"] == "/r/pods/findings"
    assert not Debt.objects.filter(code="unknown-tool").exists()
    assert "flagctl" in client.get("/names").content.decode()
    assert AuditEntry.objects.get(action="name.added", by=lead).after["names"] == "flagctl"


def test_from_the_editor_too(client, runbook, lead):
    page = client.get("/r/pods/edit").content.decode()
    button = page.split("We do have flagctl")[0].rpartition('value="know-')[2].split('"')[0]
    sent = {
        "text": TEXT + "More.",
        "base": 1,
        "do": f"know-{button}",
        f"know-{button}": "unknown-tool",
        f"about-know-{button}": "flagctl",
    }
    page = client.post("/r/pods/edit", sent).content.decode()
    assert "flagctl is known from now on." in page
    assert "We do have flagctl" not in page
    assert KnownName.objects.filter(kind="tool", folded="flagctl").exists()


def test_many_names_are_added_at_once_and_one_removed(client, lead):
    client.post("/names/add", {"kind": "channel", "names": "#deploys, incidents\n#DEPLOYS;ops"})
    assert set(KnownName.objects.filter(kind="channel").values_list("name", flat=True)) >= {
        "incidents",
        "ops",
    }
    assert KnownName.objects.filter(kind="channel").count() == 3
    gone = KnownName.objects.get(name="ops")
    client.post(f"/names/{gone.pk}/remove")
    assert not KnownName.objects.filter(name="ops").exists()
    assert AuditEntry.objects.filter(action="name.removed").exists()


@pytest.mark.parametrize(
    ("kind", "names", "said"),
    [
        ("pet", "rex", "Say what they are"),
        ("tool", " , @", "at least one name"),
        ("tool", "x" * 200, "too long"),
        ("tool", "a b " * 600, "at most 1,000"),
    ],
)
def test_bad_names_are_sentences_and_lose_nothing(client, lead, kind, names, said):
    answer = client.post("/names/add", {"kind": kind, "names": names})
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert KnownName.objects.count() == 1


def test_who_leads_nothing_reads_the_names_and_changes_none(client, runbook):
    client.force_login(runbook.owner)
    page = client.get("/names").content.decode()
    assert "someothertool" in page
    assert "Remove" not in page
    assert client.post("/names/add", {"kind": "tool", "names": "x"}).status_code == 403
    assert client.post(f"/names/{KnownName.objects.get().pk}/remove").status_code == 403


def test_the_findings_page_of_a_private_runbook_is_not_there_for_others(client, runbook):
    runbook.services.update(private=True)
    client.force_login(UserFactory())
    assert client.get("/r/pods/findings").status_code == 404
