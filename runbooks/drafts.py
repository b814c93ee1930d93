"""Autosave: the text of each editor window, kept on the server until it is proposed or thrown away."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from portal.accounts.models import User
from runbooks import document
from runbooks.models import Draft, Proposal, Revision, Runbook

#: One person's windows that are kept; the oldest goes when there is one more.
MOST_DRAFTS = 50
#: A text that nobody came back to for so long is forgotten.
KEPT_DAYS = 90
MAX_TAB = 40


def save_draft(
    *,
    person: User,
    tab: str,
    text: str,
    runbook: Runbook | None = None,
    proposal: Proposal | None = None,
    base: Revision | None = None,
    also: Mapping[str, str] | None = None,
    now: datetime | None = None,
) -> Draft:
    """Keep what stands in one window. Raises document.DocumentError for what no database can hold.

    A text that is not yet a runbook (front matter that is open) is kept as it is. `also` is what else stood
    in the form, and what the editor was opened for.
    """
    document.decode(text)
    now = now or timezone.now()
    draft, made = Draft.objects.update_or_create(
        person=person,
        tab=tab[:MAX_TAB],
        defaults={
            "text": text,
            "runbook": runbook,
            "proposal": proposal,
            "base": base,
            "also": {name: value for name, value in (also or {}).items() if value},
            "updated_at": now,
            "thrown_at": None,
        },
    )
    if made:
        _forget_old(person, now)
    return draft


def drafts_of(
    person: User, *, runbook: Runbook | None = None, proposal: Proposal | None = None
) -> QuerySet[Draft]:
    """What this person has begun at this place, the newest first."""
    return Draft.objects.filter(person=person, runbook=runbook, proposal=proposal, thrown_at=None)


def find(
    person: User,
    *,
    pk: int,
    runbook: Runbook | None = None,
    proposal: Proposal | None = None,
) -> Draft | None:
    """One's own draft of this place, one that was thrown away as well."""
    mine = Draft.objects.filter(person=person, runbook=runbook, proposal=proposal, pk=pk)
    return mine.select_related("base").first()


def discard(*, person: User, tab: str) -> None:
    """Its text has arrived, as a proposal or a revision."""
    Draft.objects.filter(person=person, tab=tab[:MAX_TAB]).delete()


def go_on_in_another(*, person: User, tab: str, kept_at: datetime) -> None:
    """Another window took this draft up and keeps the text under its own key from now on.

    A window that still writes on it has kept something newer since: then both stay.
    """
    Draft.objects.filter(person=person, tab=tab[:MAX_TAB], updated_at=kept_at).delete()


def throw_away(*, person: User, tab: str, now: datetime | None = None) -> Draft | None:
    """Offered no more. It is found by its key until it is forgotten like any other."""
    draft = Draft.objects.filter(person=person, tab=tab[:MAX_TAB]).first()
    if draft is not None:
        draft.thrown_at = now or timezone.now()
        draft.save(update_fields=["thrown_at"])
    return draft


def _forget_old(person: User, now: datetime) -> None:
    # What was thrown away goes first.
    kept = Draft.objects.filter(person=person).order_by(
        F("thrown_at").desc(nulls_first=True), "-updated_at", "-pk"
    )
    too_many = list(kept.values_list("pk", flat=True)[MOST_DRAFTS:])
    old = Q(updated_at__lt=now - timedelta(days=KEPT_DAYS))
    Draft.objects.filter(old | Q(pk__in=too_many), person=person).delete()
