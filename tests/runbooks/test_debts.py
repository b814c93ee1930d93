"""Debts: told at publishing, told again when the portal knows more, waived by a lead with a reason."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from portal.accounts.models import AuditEntry, Role
from runbooks import debts, known, publishing
from runbooks.checks import Facts, blocking_added
from runbooks.debts import WaiverRefused
from runbooks.document import parse
from runbooks.models import Alias, Debt, KnownName, Proposal, Runbook, Waiver
from tests.factories import ServiceFactory, TeamFactory, UserFactory, published

pytestmark = pytest.mark.django_db

POOR = """\
---
title: Restart the gateway
related: [replica-lag]
---
## Diagnosis
1. Check the logs.
"""


def codes(runbook: Runbook) -> set[str]:
    return set(runbook.debts.values_list("code", flat=True))


def imported(**fields: str) -> Runbook:
    return published(**({"slug": "poor", "text": POOR, "kind": Proposal.Kind.IMPORT} | fields))


@pytest.fixture
def lead():
    return UserFactory(is_superuser=True)


# --- worn


def test_an_imported_runbook_goes_live_with_its_debts_and_wears_them():
    runbook = imported()
    assert {"vague-step", "title-is-a-fix", "no-prevention", "related-is-dead"} <= codes(runbook)
    assert not runbook.debts.filter(blocking=True, code="title-is-a-fix").exists()
    debt = runbook.debts.get(code="vague-step")
    assert (debt.line, debt.about) == (7, "Check the logs.")
    assert "“Check the logs.”" in debt.message
    assert debt.mend


def test_a_new_revision_wears_its_own_debts_and_none_of_the_old():
    runbook = imported()
    text = runbook.live_revision.text.replace("Check the logs.", "Count the `5xx` answers.")
    published(slug="poor", text=text, owner=runbook.owner)
    runbook = Runbook.objects.get(slug="poor")
    assert "vague-step" not in codes(runbook)
    assert "step-without-command" in codes(runbook)
    assert runbook.debts.values("checked_at").distinct().count() == 1


def test_many_that_go_live_together_are_told_in_a_fixed_number_of_queries(
    django_assert_max_num_queries,
):
    owner = UserFactory()
    for slug in ("a", "b", "c"):
        published(slug=slug, text=POOR, kind=Proposal.Kind.IMPORT, owner=owner)
    rows = [
        type("P", (), {"runbook": r, "document": parse(r.live_revision.text), "created": False})
        for r in Runbook.objects.select_related("owner", "live_revision")
    ]
    with django_assert_max_num_queries(13):
        debts.tell(rows)
    assert Debt.objects.values("runbook").distinct().count() == 3


def test_a_runbook_that_others_were_waiting_for_ends_their_dead_links():
    runbook = imported()
    assert "related-is-dead" in codes(runbook)
    published(slug="replica-lag")
    assert "related-is-dead" not in codes(runbook)


def test_an_old_address_is_no_dead_link():
    other = published(slug="postgres-replica-lag")
    Alias.objects.create(kind=Alias.Kind.SLUG, folded="replica-lag", runbook=other)
    assert "related-is-dead" not in codes(imported())


def test_the_nightly_check_tells_of_copies_and_of_what_has_changed_since():
    one, two = imported(), imported(slug="poor-too")
    assert "near-copy" not in codes(one)
    long = POOR + " ".join(f"Word {n} of it." for n in range(40)) + "\n"
    for runbook in (one, two):
        published(slug=runbook.slug, text=long, owner=runbook.owner)
    assert sum(1 for _ in debts.refresh()) == 2
    assert one.debts.get(code="near-copy").about == "poor-too"
    before = set(Debt.objects.values_list("runbook", "code", "about"))
    published(slug="replica-lag")
    list(debts.refresh())
    assert before - set(Debt.objects.values_list("runbook", "code", "about")) == {
        (one.pk, "related-is-dead", "replica-lag"),
        (two.pk, "related-is-dead", "replica-lag"),
    }


def test_a_retired_runbook_wears_nothing_after_the_nightly_check():
    runbook = imported()
    Runbook.objects.filter(pk=runbook.pk).update(state=Runbook.State.RETIRED)
    list(debts.refresh())
    assert not Debt.objects.exists()


def test_a_copy_of_a_private_runbook_is_not_named_to_those_who_may_not_see_it():
    long = POOR + " ".join(f"Word {n} of it." for n in range(40)) + "\n"
    public, hidden = imported(text=long), imported(slug="hidden", text=long)
    hidden.services.set([ServiceFactory(private=True, team=TeamFactory())])
    list(debts.refresh())
    assert "near-copy" not in codes(public)
    assert hidden.debts.get(code="near-copy").about == "poor"


# --- the editor


def test_the_editor_is_told_with_all_that_the_portal_knows():
    person = UserFactory(username="maren")
    debts.know(KnownName.Kind.TOOL, ["flagctl"], by=person)
    text = "---\nowner: marn\n---\n## Diagnosis\n1. Look.\n   ```sh\n   flgctl list\n   ```\n"
    found = debts.findings_for(parse(text), runbook=None, owner=None)
    assert {"owner-unknown", "unknown-tool"} <= {f.code for f in found}
    found = debts.findings_for(parse(text), runbook=None, owner=person)
    assert "owner-unknown" not in {f.code for f in found}


def test_an_edit_of_an_imported_runbook_answers_for_what_it_adds():
    runbook = imported()
    text = runbook.live_revision.text
    before = debts.findings_for(parse(text), runbook=runbook, owner=runbook.owner)
    bad = text.replace("Check the logs.", "Look.\n   ```sh\n   rm -rf /data\n   ```")
    after = debts.findings_for(parse(bad), runbook=runbook, owner=runbook.owner)
    assert [f.code for f in blocking_added(before, after)] == ["tier-too-low"]
    proposal = publishing.propose(
        text=bad, kind=Proposal.Kind.EDIT, runbook=runbook, by=runbook.owner
    )
    with pytest.raises(publishing.PublishingRefused, match="rm -rf /data"):
        publishing.accept(proposal, by=runbook.owner)


# --- waived


def test_a_waived_finding_is_shown_with_who_waived_it_and_why(lead):
    runbook = imported()
    debts.waive(runbook, code="vague-step", about="Check the logs.", reason="One file.", by=lead)
    worn = {one.debt.code: one.waiver for one in debts.worn_by(runbook)}
    assert (worn["vague-step"].reason, worn["vague-step"].by) == ("One file.", lead)
    assert worn["no-prevention"] is None


def test_what_is_worn_costs_two_queries(lead, django_assert_num_queries):
    runbook = imported()
    debts.waive(runbook, code="vague-step", reason="One file.", by=lead)
    with django_assert_num_queries(2):
        assert len(debts.worn_by(runbook)) > 3


def test_a_waiver_is_for_these_words_of_this_runbook(lead):
    runbook, other = imported(), imported(slug="other")
    debts.waive(runbook, code="vague-step", about="Check the logs.", reason="One file.", by=lead)
    assert all(one.waiver is None for one in debts.worn_by(other))
    text = runbook.live_revision.text.replace("Check the logs.", "Check the dashboards.")
    published(slug="poor", text=text, owner=runbook.owner)
    assert all(one.waiver is None for one in debts.worn_by(runbook)), "other words, another finding"


def test_a_waiver_without_words_is_for_all_findings_with_the_code(lead):
    runbook = imported(text=POOR + "2. Fix the issue.\n")
    debts.waive(runbook, code="vague-step", reason="It is being rewritten.", by=lead)
    found = debts.findings_for(parse(runbook.live_revision.text), runbook=runbook, owner=None)
    assert sum(f.code == "vague-step" for f in found) == 2
    assert not [f for f in debts.without_waived(runbook, found) if f.code == "vague-step"]
    assert debts.without_waived(None, found) == found


def test_a_waiver_needs_a_reason_and_a_finding_that_can_be_waived(lead):
    runbook = imported()
    for code, reason, says in [
        ("vague-step", "  ", "Say why"),
        ("no-such-code", "x", "There is no finding"),
        ("no-active-owner", "x", "cannot be waived"),
        ("no-step", "x", "cannot be waived"),
    ]:
        with pytest.raises(WaiverRefused, match=says):
            debts.waive(runbook, code=code, reason=reason, by=lead)
    assert not Waiver.objects.exists()
    with pytest.raises(IntegrityError), transaction.atomic():
        Waiver.objects.create(runbook=runbook, code="x", reason="", by=lead, at=runbook.created_at)


def test_waiving_again_says_the_new_reason_and_taking_it_back_counts_the_finding_again(lead):
    runbook = imported()
    for reason in ("First.", "Second."):
        waiver = debts.waive(runbook, code="no-escalation", reason=reason, by=lead)
    assert [w.reason for w in runbook.waivers.all()] == ["Second."]
    debts.unwaive(waiver, by=lead)
    assert not runbook.waivers.exists()
    trail = AuditEntry.objects.filter(action__startswith="finding.").order_by("pk")
    assert [(e.action, e.note) for e in trail] == [
        ("finding.waived", "First."),
        ("finding.waived", "Second."),
        ("finding.unwaived", ""),
    ]
    assert trail[2].before["reason"] == "Second."


def test_only_a_lead_of_the_runbooks_team_waives():
    team, other = TeamFactory(), TeamFactory()
    runbook = imported()
    runbook.services.set([ServiceFactory(team=team)])
    its_lead, another, reader = UserFactory(), UserFactory(), UserFactory()
    team.lead = its_lead
    team.save()
    other.lead = another
    other.save()
    editor = Role.objects.create(person=UserFactory(), name=Role.Name.EDITOR, team=team).person
    gone = UserFactory(is_superuser=True, is_active=False)
    for person in (another, reader, editor, gone, runbook.owner):
        with pytest.raises(PermissionDenied):
            debts.waive(runbook, code="no-escalation", reason="x", by=person)
    waiver = debts.waive(runbook, code="no-escalation", reason="x", by=its_lead)
    with pytest.raises(PermissionDenied):
        debts.unwaive(waiver, by=reader)


def test_a_finding_about_a_long_command_can_be_waived(lead):
    command = "rm -rf " + "x" * 2_000
    text = f"## Fix\n1. Clean.\n   ```sh\n   {command}\n   ```\n"
    runbook = imported(text=text)
    about = runbook.debts.get(code="tier-too-low").about
    assert len(about) == 500
    debts.waive(runbook, code="tier-too-low", about=about, reason="A scratch disk.", by=lead)
    found = debts.findings_for(parse(runbook.live_revision.text), runbook=runbook, owner=None)
    assert not [f for f in debts.without_waived(runbook, found) if f.code == "tier-too-low"]


def test_what_a_lead_waived_stops_no_edit_and_another_finding_still_does(lead):
    runbook = published(slug="api")
    text = runbook.live_revision.text.replace(
        "title: API latency above 5 s", "title: Restart the API"
    )

    def publish(text: str) -> None:
        proposal = publishing.propose(
            text=text, kind=Proposal.Kind.EDIT, runbook=runbook, by=runbook.owner
        )
        publishing.accept(proposal, by=runbook.owner)

    with pytest.raises(publishing.PublishingRefused, match="says what to do"):
        publish(text)
    debts.waive(
        runbook, code="title-is-a-fix", about="Restart the API", reason="Its rule says so.", by=lead
    )
    with pytest.raises(publishing.PublishingRefused, match="kept from happening again"):
        publish(text.partition("## Prevention")[0])
    publish(text)
    assert Runbook.objects.get(slug="api").title == "Restart the API"


# --- known names


def test_names_are_known_without_case_and_marks_and_once():
    person = UserFactory(username="Maren", email="m@shop.example")
    assert debts.know(KnownName.Kind.CHANNEL, ["#Deploys", "deploys", " "], by=person) == 1
    assert debts.know(KnownName.Kind.CHANNEL, ["DEPLOYS"], by=person) == 0
    facts = known.facts()
    assert facts.channels == {"deploys"}
    assert facts.people == {"maren", "m@shop.example"}
    assert (facts.tools, facts.teams, facts.alerts, facts.slugs) == (None, None, None, frozenset())


def test_alerts_are_those_of_the_rules():
    assert known.facts().alerts is None
    from django.utils import timezone

    from runbooks.alerts.importing import Source, import_rules

    rules = b"groups: [{name: g, rules: [{alert: ApiLatencyHigh, expr: up}]}]"
    import_rules([Source(origin="r.yaml", data=rules)], now=timezone.now())
    assert known.facts().alerts == {"apilatencyhigh"}


def test_no_facts_at_all_are_no_reason_for_a_finding():
    assert Facts() == Facts(owner_active=None)
    assert "unknown-tool" not in codes(imported())
