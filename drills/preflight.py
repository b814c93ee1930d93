"""Before the start: can everybody who works hands-on open what they will need? What fails is the drill's
first finding (noting.py), and is known before it costs the room ten minutes.

The lines come from the services concerned: what all of their live runbooks name, not the drilled one alone,
so that the list does not say which it will be.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from urllib.parse import urlsplit

from django.db import transaction
from django.utils import timezone

from drills import states
from drills.log import NotNow, changed, clean, locked
from drills.models import Drill, Participant, Preflight
from portal.accounts.access import NOBODY
from runbooks.models import Rendering, Runbook

_MOST = 20
_PORTAL = "The portal: search for something, and open a runbook"
_WAY_OUT = "The chat and the phone that this drill is held on"
_CHECKED = frozenset({Participant.Role.HANDS_ON, Participant.Role.PARTICIPANT})


def has_one(seat: Participant) -> bool:
    """Who works hands-on has a preflight; in a drill for two, everybody has."""
    return seat.role in _CHECKED or seat.drill.quick


def lines_for(drill: Drill) -> list[tuple[str, str]]:
    """(what to open, its address or empty). Two queries."""
    told = drill.runbook_told
    services = [] if told else list(drill.runbook.services.values_list("pk", flat=True))
    kin = Runbook.objects.seen_by(NOBODY).filter(state=Runbook.State.LIVE, services__in=services)
    revisions = {drill.revision_id, *kin.values_list("live_revision", flat=True)}
    facts = Rendering.objects.filter(revision__in=revisions).values_list("facts", flat=True)
    accesses: set[str] = set()
    boards: set[str] = set()
    for one in facts:
        accesses.update(_names(one.get("access", ())))
        boards.update(str(url) for url in one.get("dashboards", ()))
    lines = [(_PORTAL, ""), (_WAY_OUT, "")]
    lines += [(f"Access: {name}", "") for name in sorted(accesses)]
    lines += [(f"Dashboard: {_board(url)}", url) for url in sorted(boards)]
    return list(dict(lines[:_MOST]).items())


@transaction.atomic
def prepare(seat: Participant) -> list[Preflight]:
    """This person's lines; those that are missing are added, what was marked stays."""
    there = list(seat.preflight.order_by("pk"))
    if seat.drill.state in states.COMING or not there:
        known = {one.what for one in there}
        missing = [
            Preflight(participant=seat, what=what[:300], url=url[:2000])
            for what, url in lines_for(seat.drill)
            if what[:300] not in known
        ]
        Preflight.objects.bulk_create(missing, ignore_conflicts=True)
        if missing:
            there = list(seat.preflight.order_by("pk"))
    return there


@transaction.atomic
def mark(
    seat: Participant, line: int, *, passed: bool, words: str = "", now: datetime | None = None
) -> Preflight:
    """It opens, or it does not. May be marked again until the drill is over. Raises NotNow."""
    drill = locked(seat.drill)
    if drill.state in states.OVER:
        raise NotNow("The drill is over.")
    found = Preflight.objects.filter(participant=seat, pk=line).first()
    if found is None:
        raise NotNow("This line is not yours.")
    found.passed, found.words, found.at = passed, clean(words)[:500], now or timezone.now()
    found.save(update_fields=["passed", "words", "at"])
    changed(drill)
    return found


def overview(drill: Drill) -> list[dict[str, object]]:
    """For the facilitator: of each person how far they are, and what failed. One query."""
    lines = (
        Preflight.objects.filter(participant__drill=drill)
        .select_related("participant")
        .order_by("participant", "pk")
    )
    people: dict[int, dict[str, object]] = {}
    for line in lines:
        row = people.setdefault(
            line.participant_id,
            {"name": line.participant.name, "done": 0, "of": 0, "failed": []},
        )
        row["of"] = int(str(row["of"])) + 1
        row["done"] = int(str(row["done"])) + (line.passed is not None)
        if line.passed is False:
            failed = row["failed"]
            assert isinstance(failed, list)  # noqa: S101
            failed.append(line)
    return list(people.values())


def _names(access: object) -> Iterable[str]:
    if isinstance(access, dict):
        return [str(name) for name in access]
    if isinstance(access, list | tuple):
        return [str(one.get("name", one) if isinstance(one, dict) else one) for one in access]
    return []


def _board(url: str) -> str:
    parts = urlsplit(url)
    last = parts.path.rstrip("/").rpartition("/")[2]
    return f"{parts.hostname or url} {last}".strip()
