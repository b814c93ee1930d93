"""Prevention items: carried from revision to revision, signed off by the owner, a debt when they stay."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from portal.accounts.models import AuditEntry, Role
from runbooks import publishing
from runbooks.document import parse
from runbooks.models import Proposal, Runbook
from runbooks.reviews import prevention
from runbooks.reviews.deciding import Refused
from runbooks.reviews.evidence import evidence_of
from runbooks.reviews.models import PreventionItem
from tests.factories import UserFactory, published, runbook_text

pytestmark = pytest.mark.django_db
State = PreventionItem.State

OPEN = "- [PR-1](https://git.example/pr/1) alert at 80 %.\n- [ ] Give the pool a limit, see OPS-7\n"


def text_with(items, owner):
    text = runbook_text(owner=owner.username)
    return text[: text.index("## Prevention")] + "## Prevention\n" + items


@pytest.fixture
def yash():
    return UserFactory(name="Yash")


def runbook_with(items, yash):
    return published(owner=yash, text=text_with(items, yash))


def states(runbook):
    return dict(prevention.of(runbook).values_list("text", "state"))


def test_what_a_text_says_is_read():
    items = """- [PR-1](https://git.example/pr/1) alert at 80 %. Status: merged.
- [x] Did it
- [ ] Will do it,
  in a while: https://jira.example/OPS-1.
- Risk accepted: it fails once a year.

```sh
- not an item
```
"""
    found = prevention.written_in(parse(f"---\ntitle: X\n---\n## Prevention\n{items}"))
    assert [(one.text, one.url, one.says, one.reason) for one in found] == [
        ("PR-1 alert at 80 %. Status: merged.", "https://git.example/pr/1", "done", ""),
        ("Did it", "", "done", ""),
        (
            "Will do it, in a while: https://jira.example/OPS-1.",
            "https://jira.example/OPS-1",
            "open",
            "",
        ),
        ("Risk accepted: it fails once a year.", "", "accepted", "it fails once a year."),
    ]


def test_prevention_without_a_list_is_its_paragraphs():
    found = prevention.written_in(
        parse("---\ntitle: X\n---\n## Prevention\nMore\nmemory.\n\nFewer pods.\n")
    )
    assert [one.text for one in found] == ["More memory.", "Fewer pods."]


def test_items_open_with_the_revision_that_names_them(yash):
    runbook = runbook_with(OPEN, yash)
    assert states(runbook) == {
        "PR-1 alert at 80 %.": "open",
        "Give the pool a limit, see OPS-7": "open",
    }


def test_an_item_is_carried_by_its_words_and_by_its_link(yash):
    runbook = runbook_with(OPEN, yash)
    before = set(PreventionItem.objects.values_list("pk", flat=True))
    runbook_with(
        OPEN.replace("alert at 80 %", "Alert at 70 %").replace("Give  the", "Give the"), yash
    )
    assert set(prevention.of(runbook).values_list("pk", flat=True)) == before
    assert "PR-1 Alert at 70 %." in states(runbook)


def test_what_the_text_no_longer_names_comes_back_as_it_was(yash):
    runbook = runbook_with(OPEN, yash)
    item = prevention.of(runbook).get(url="")
    prevention.sign_off(item, by=yash, state="done")
    runbook_with("- Something else, OPS-8\n", yash)
    assert states(runbook) == {"Something else, OPS-8": "open"}
    runbook_with(OPEN, yash)
    assert states(runbook)["Give the pool a limit, see OPS-7"] == "done"


def test_the_owner_who_publishes_done_has_signed_and_another_has_not(yash):
    done = OPEN.replace("[ ]", "[x]")
    runbook = runbook_with(done, yash)
    item = prevention.of(runbook).get(url="")
    assert (item.state, item.changed_by) == ("done", yash)
    editor = UserFactory()
    Role.objects.create(person=editor, name="editor")
    proposal = publishing.propose(
        text=text_with("- [x] Another thing, OPS-9\n", yash),
        kind=Proposal.Kind.EDIT,
        runbook=runbook,
        by=editor,
    )
    publishing.accept(proposal, by=editor)
    assert states(Runbook.objects.get()) == {"Another thing, OPS-9": "open"}


def test_only_the_owner_signs_off_and_a_risk_takes_a_reason(yash):
    runbook = runbook_with(OPEN, yash)
    item = prevention.of(runbook)[0]
    with pytest.raises(Refused, match="Yash’s to sign off"):
        prevention.sign_off(item, by=UserFactory(is_superuser=True), state="done")
    with pytest.raises(Refused, match="Say why"):
        prevention.sign_off(item, by=yash, state="accepted", reason=" ")
    prevention.sign_off(item, by=yash, state="accepted", reason="Once a year.")
    entry = AuditEntry.objects.get(action="prevention.signed")
    assert entry.after == {"state": "accepted", "reason": "Once a year."}
    assert entry.note == item.text


def test_what_is_open_for_a_month_is_the_owners_debt(yash, settings):
    runbook = runbook_with(OPEN, yash)
    now = timezone.now()
    assert not prevention.debts_of([yash.pk], now).exists()
    assert prevention.debts_of([yash.pk], now + timedelta(days=31)).count() == 2
    prevention.sign_off(prevention.of(runbook)[0], by=yash, state="done")
    assert prevention.debts_of([yash.pk], now + timedelta(days=31)).count() == 1
    assert not prevention.debts_of([UserFactory().pk], now + timedelta(days=31)).exists()
    settings.PREVENTION_DEBT_DAYS = 60
    assert not prevention.debts_of([yash.pk], now + timedelta(days=31)).exists()


def test_the_review_shows_what_is_open_and_what_speaks_against_it(yash):
    runbook = runbook_with(OPEN, yash)
    PreventionItem.objects.filter(url="").update(opened_at=timezone.now() - timedelta(days=40))
    found = [e for e in evidence_of(runbook, None) if e.kind == "prevention"]
    assert [(e.open, e.against) for e in found] == [(True, True), (True, False)]


def test_the_page_signs_off_and_keeps_what_was_typed(client, yash):
    runbook = runbook_with(OPEN, yash)
    item = prevention.of(runbook)[0]
    address = f"{runbook.get_absolute_url()}/prevention"
    client.force_login(UserFactory())
    answer = client.post(address, {"item": item.pk, "state": "done", "reason": "I think so"})
    assert answer.status_code == 422
    assert b"to sign off" in answer.content
    client.force_login(yash)
    assert client.post(address, {"item": "9" * 12, "state": "done"}).status_code == 404
    assert client.post(address, {"item": item.pk, "state": "done"}).status_code == 302
    assert b"Signed off" in client.get(address).content


def test_items_cost_the_same_for_three_runbooks_as_for_one(yash, django_assert_num_queries):
    texts = [
        parse(text_with("".join(f"- Item {n}\n" for n in range(count)), yash))
        for count in (1, 40, 40)
    ]
    runbooks = [published(slug=f"r{n}", owner=yash) for n in range(3)]
    rows = [(r, r.live_revision, texts[n]) for n, r in enumerate(runbooks)]
    PreventionItem.objects.all().delete()
    with django_assert_num_queries(2):
        prevention._follow(rows)
    assert PreventionItem.objects.count() == 81
