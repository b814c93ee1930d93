"""The drill's log and its lock: what every verb of a running drill stands on."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from django.db.models import F

from drills.models import Drill, Entry
from portal import typed
from runbooks.models import Step

MAX_TEXT = 4_000


class NotNow(Exception):  # noqa: N818 -- said in the product's words
    """It cannot be done in this drill now. The message is a sentence."""


def seconds(drill: Drill, now: datetime) -> int:
    """What the drill's clock shows."""
    since = drill.clock_started_at
    running = (now - since).total_seconds() if since else 0.0
    return drill.clock_seconds + max(0, int(running))


def second_at(drill: Drill, moment: datetime, now: datetime) -> int:
    """What the drill's clock showed at a past moment, by the log's lines on the clock. Two queries."""
    turns = drill.entries.filter(kind=Entry.Kind.CLOCK)
    before = turns.filter(at__lte=moment).order_by("-at", "-pk").values_list("at", "second").first()
    if before is None:
        return 0
    after = (
        turns.filter(at__gt=moment).order_by("at", "pk").values_list("second", flat=True).first()
    )
    # While the clock stood, the next line on it has the same second.
    most = seconds(drill, now) if after is None else after
    return min(before[1] + int((moment - before[0]).total_seconds()), most)


def locked(drill: Drill) -> Drill:
    """The drill as it is now, held until the transaction ends."""
    held = Drill.objects.select_for_update(of=("self",), no_key=True)
    return held.select_related("scenario", "revision").get(pk=drill.pk)


def changed(drill: Drill) -> Drill:
    """Raise the version: that is what live pages poll."""
    Drill.objects.filter(pk=drill.pk).update(version=F("version") + 1)
    drill.refresh_from_db(fields=["version"])
    return drill


def clean(text: str) -> str:
    """What somebody types into a running drill, fit to be kept."""
    return typed.clean(text, MAX_TEXT)


def log(
    drill: Drill,
    kind: str,
    now: datetime,
    *,
    step: Step | None = None,
    client_id: str = "",
    **facts: Any,
) -> Entry:
    """One row for each `client_id`: again gives the row that is there. `facts` are fields of Entry."""
    entry, _ = Entry.objects.get_or_create(
        drill=drill,
        client_id=typed.clean(client_id, 60) or f"server:{secrets.token_hex(12)}",
        defaults={
            "kind": kind,
            "at": now,
            "second": seconds(drill, now),
            "step_key": step.key if step else "",
            "step_label": step.label if step else "",
            "step_text": step.text if step else "",
            **facts,
        },
    )
    return entry


#: The id of the line that says when the hot wash was closed: what a device noted until then is still taken.
_CLOSED = "clock:hot-wash-closed"


def log_closing(drill: Drill, now: datetime) -> None:
    """The hot wash is over."""
    said = "The hot wash is closed."
    log(drill, Entry.Kind.CLOCK, now, text=said, for_players=True, client_id=_CLOSED)


def closed_at(drill: Drill) -> datetime | None:
    """When the hot wash was closed; None where it is not, or nobody wrote it down."""
    lines = drill.entries.filter(client_id=_CLOSED)
    return lines.values_list("at", flat=True).first()
