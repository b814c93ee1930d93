"""Autosave: the text of each editor window, kept on the server until it is proposed or thrown away."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
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
    now: datetime | None = None,
) -> Draft:
    """Keep what stands in one window. Raises document.DocumentError for what no database can hold.

    A text that is not yet a runbook (front matter that is open) is kept as it is.
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
            "updated_at": now,
        },
    )
    if made:
        _forget_old(person, now)
    return draft


def drafts_of(
    person: User, *, runbook: Runbook | None = None, proposal: Proposal | None = None
) -> QuerySet[Draft]:
    """What this person has begun at this place, the newest first."""
    return Draft.objects.filter(person=person, runbook=runbook, proposal=proposal)


def discard(*, person: User, tab: str) -> None:
    Draft.objects.filter(person=person, tab=tab[:MAX_TAB]).delete()


def _forget_old(person: User, now: datetime) -> None:
    kept = Draft.objects.filter(person=person).values_list("pk", flat=True)
    too_many = list(kept[MOST_DRAFTS:])
    old = Q(updated_at__lt=now - timedelta(days=KEPT_DAYS))
    Draft.objects.filter(old | Q(pk__in=too_many), person=person).delete()
