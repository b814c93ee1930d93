"""Whether anybody is behind an account: one who is gone without a word is unreachable, and still owner.

Their runbooks then stand on `/orphans`. Whoever signs in is there again.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import signals
from django.db import transaction
from django.db.models import Q, QuerySet
from django.dispatch import receiver
from django.utils import timezone

from portal.accounts import audit
from portal.accounts.models import User

#: Somebody who was here so lately is there, whatever their mail server says.
SEEN_LATELY = timedelta(days=14)


@transaction.atomic
def mark_unreachable(
    person: User, *, by: User | None, why: str, now: datetime | None = None
) -> bool:
    """False where it was known already, or the account is closed."""
    now = now or timezone.now()
    found = User.objects.answering().filter(pk=person.pk)
    if not found.update(unreachable_since=now):
        return False
    person.unreachable_since = now
    audit.record("person.unreachable", by=by, of=person, note=why, at=now)
    return True


@transaction.atomic
def mark_reachable(person: User, *, by: User | None, why: str = "") -> bool:
    """They are there again; what was theirs and nobody took over still is."""
    found = User.objects.filter(pk=person.pk).exclude(unreachable_since=None)
    if not found.update(unreachable_since=None):
        return False
    person.unreachable_since = None
    audit.record("person.reachable", by=by, of=person, note=why)
    return True


def mail_bounced(person: User, *, words: str, now: datetime | None = None) -> bool:
    """Their mail server knows them no more. That counts where they were not here lately, either."""
    now = now or timezone.now()
    if not not_seen_since(now - SEEN_LATELY).filter(pk=person.pk).exists():
        return False
    return mark_unreachable(person, by=None, why=f"Mail to them comes back: {words}", now=now)


def not_seen_since(since: datetime) -> QuerySet[User]:
    """Active people who neither signed in nor used a session since then; who joined later is not meant."""
    lately = Q(last_login__gte=since) | Q(date_joined__gte=since)
    seen = Q(sessions__last_seen__gte=since)
    return (
        User.objects.filter(is_active=True)
        .exclude(lately)
        .exclude(pk__in=User.objects.filter(seen).values("pk"))
    )


@receiver(signals.user_logged_in)
def is_here(sender: Any, user: User, **kwargs: Any) -> None:
    if user.unreachable_since is not None:
        mark_reachable(user, by=user, why="signed in")
