"""Whose a runbook really is, where an import only guessed: its owner confirms it, or somebody claims it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.utils import timezone

from portal.accounts import audit
from portal.accounts.models import User
from portal.transactions import one_transaction
from runbooks import publishing
from runbooks.models import Runbook
from runbooks.reviews import handing
from runbooks.reviews.deciding import Refused


@one_transaction
def confirm_all(slugs: Iterable[str], *, by: User, now: datetime | None = None) -> list[Runbook]:
    """Those of them that an import guessed to be `by`'s are; what is another's stays as it is.

    All or none. Raises Refused.
    """
    guessed = Runbook.objects.live().filter(owner=by, owner_confirmed=False, slug__in=list(slugs))
    # In one order, so that two who confirm at once do not wait for each other in a circle.
    return [claim(runbook, by=by, now=now) for runbook in guessed.order_by("pk")]


@one_transaction
def claim(runbook: Runbook, *, by: User, now: datetime | None = None) -> Runbook:
    """It is `by`'s: a guessed owner confirms it, anybody else takes it by a revision. Raises Refused."""
    now = now or timezone.now()
    held = Runbook.objects.held().select_related("owner").get(pk=runbook.pk)
    if held.owner_confirmed:
        if held.owner_id == by.pk:
            return held
        raise Refused(f"{held.owner} has said that it is theirs: ask them to hand it over.")
    if held.state != Runbook.State.LIVE:
        raise Refused("This runbook is not live: nobody needs to own it.")
    if held.owner_id == by.pk:
        handing.confirm_owner(held, by=by)
    else:
        before = held.owner
        try:
            handing.change_owner(
                held, to=by, by=by, why=f"{by} claims it: an import guessed {before}.", now=now
            )
        except publishing.PublishingRefused as refused:
            raise Refused(str(refused)) from refused
        audit.record(
            "owner.claimed",
            by=by,
            of=held,
            name=held.slug,
            before={"owner": before.username},
            after={"owner": by.username},
            at=now,
        )
    return Runbook.objects.select_related("owner").get(pk=held.pk)
