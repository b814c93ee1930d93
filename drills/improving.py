"""Action items: work that came out of a drill and changes no runbook. Each has an owner and a day."""

from __future__ import annotations

from datetime import date, datetime

from django.utils import timezone

from drills import readers, telling_after, trusting
from drills.log import changed
from drills.models import ActionItem, Drill, UpdateNote
from portal.accounts import audit
from portal.accounts.access import viewer_of
from portal.accounts.models import User
from portal.transactions import one_transaction
from portal.typed import clean

_MOST_TEXT = 500
S = Drill.State


class CannotImprove(Exception):  # noqa: N818 -- said in the product's words
    """The action item cannot be kept so. The message is a sentence."""


@one_transaction
def give(
    drill: Drill,
    *,
    text: str,
    owner: User | None,
    due_on: date | None,
    priority: str = UpdateNote.Severity.MEDIUM,
    by: User,
    note: UpdateNote | None = None,
    item: ActionItem | None = None,
    now: datetime | None = None,
) -> ActionItem:
    """A new action item, or with `item` other facts of one. Its owner is told. Raises CannotImprove."""
    text = clean(" ".join(text.split()), _MOST_TEXT)
    if drill.state not in (S.HOT_WASH, S.REPORTING, S.SIGNED_OFF):
        raise CannotImprove("Action items come out of a drill: first it has to be over.")
    if not text:
        raise CannotImprove("Say what is to be done.")
    if owner is None or not owner.is_active:
        raise CannotImprove("Name somebody who does it: what everybody should do nobody does.")
    if not readers.sees_runbook(viewer_of(owner), drill):
        raise CannotImprove(f"{owner} may not see this runbook's service, and so not this report.")
    if due_on is None or not trusting.is_near(due_on, drill):
        raise CannotImprove("Say until when, as 2026-03-31.")
    if priority not in UpdateNote.Severity.values:
        raise CannotImprove("Choose how much it matters.")
    facts = {"text": text, "owner": owner, "due_on": due_on, "priority": priority}
    if item is None:
        item = ActionItem.objects.create(
            drill=drill, note=note, made_at=now or timezone.now(), **facts
        )
    else:
        for name, value in facts.items():
            setattr(item, name, value)
        item.save(update_fields=list(facts))
    audit.record(
        "action.given",
        by=by,
        of=item,
        name=text[:100],
        after={"due": str(due_on), "to": str(owner)},
    )
    telling_after.action_given(item, by=by, now=now)
    changed(drill)
    return item


@one_transaction
def finish(
    item: ActionItem, *, by: User, done: bool = True, now: datetime | None = None
) -> ActionItem:
    """Done, or after all not yet. Twice is once."""
    held = ActionItem.objects.select_for_update(of=("self",), no_key=True)
    item = held.select_related("drill").get(pk=item.pk)
    if (item.done_at is not None) != done:
        item.done_at = (now or timezone.now()) if done else None
        item.save(update_fields=["done_at"])
        audit.record(
            "action.done" if done else "action.reopened", by=by, of=item, name=item.text[:100]
        )
        changed(item.drill)
    return item
