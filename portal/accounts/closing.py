"""Closing an account: whatever its person answers for goes to heirs in the same transaction."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from datetime import datetime

from django.db import OperationalError, transaction
from django.utils import timezone

from portal.accounts import audit, leaving, managing
from portal.accounts.managing import Refused
from portal.accounts.models import Team, User

_TRIES = 3


def close(
    person: User,
    *,
    by: User,
    heirs: Mapping[str, User],
    everything_to: User | None = None,
    now: datetime | None = None,
) -> int:
    """Move everything and close the account, or do neither. How many things were moved.

    `heirs` by the thing's key; `everything_to` inherits what has none there. Something that becomes theirs
    meanwhile goes to `everything_to`, or is refused with its name. Raises Refused.
    """
    now = now or timezone.now()
    for one in {*heirs.values(), *([everything_to] if everything_to else [])}:
        _must_be_there(one, person)
    for tries_left in reversed(range(_TRIES)):
        try:
            return _close(person, by=by, heirs=heirs, rest=everything_to, now=now)
        except Refused as refused:
            if not refused.owned or everything_to is None or not tries_left:
                raise
        except OperationalError as error:  # two who leave, and inherit from each other
            if "deadlock" not in str(error) or not tries_left:
                raise
    raise AssertionError("unreachable")


@transaction.atomic
def _close(
    person: User, *, by: User, heirs: Mapping[str, User], rest: User | None, now: datetime
) -> int:
    with ExitStack() as around:
        for room in leaving.rooms:
            around.enter_context(room.around())
        moved = 0
        # What is theirs is moved first and the account held last: the order in which publishing takes its
        # locks. What was published meanwhile is seen by `deactivate`, which refuses.
        for room in leaving.rooms:
            things = room.things(person)
            chosen = {t.key: heir for t in things if (heir := heirs.get(t.key, rest)) is not None}
            left = [t for t in things if t.needed and t.key not in chosen]
            if left:
                raise _nobody_for(person, left)
            room.move(person, chosen, by=by, now=now)
            moved += len(chosen)
        managing.deactivate(person, by=by)
    return moved


def _nobody_for(person: User, left: list[leaving.Thing]) -> Refused:
    what = "a live runbook" if len(left) == 1 else f"{len(left)} live runbooks"
    return Refused(
        f"{person} still owns {what}: hand over first. Say who takes over what, then close the account.",
        [leaving.Answerable(thing.name, thing.url) for thing in left],
    )


def _must_be_there(heir: User, person: User) -> None:
    if heir.pk == person.pk:
        raise Refused(f"{person} is the one who leaves: choose somebody else.")
    if not heir.answers:
        raise Refused(f"{heir} cannot inherit: nobody answers under that name any more.")


def _led_teams(person: User) -> list[leaving.Thing]:
    """Teams that they lead. Somebody who is a lead of the team by role is the next."""
    found = []
    for team in Team.objects.filter(lead=person).order_by("name"):
        next_one = (
            User.objects.answering()
            .filter(roles__team=team, roles__name="lead")
            .exclude(pk=person.pk)
            .order_by("pk")
            .first()
        )
        why = "is a lead of the team already" if next_one else ""
        found.append(leaving.Thing(f"team-{team.pk}", "Leads", team.name, heir=next_one, why=why))
    return found


def _move_teams(person: User, heirs: Mapping[str, User], *, by: User, now: datetime) -> None:
    for team in Team.objects.select_for_update(no_key=True).filter(lead=person).order_by("pk"):
        team.lead = heirs.get(f"team-{team.pk}")
        team.save(update_fields=["lead"])
        audit.record(
            "team.led.by",
            by=by,
            of=team,
            before={"lead": person.username},
            after={"lead": team.lead.username if team.lead else ""},
            at=now,
        )


#: Registered in AccountsConfig.ready().
TEAMS = leaving.Room(_led_teams, _move_teams)
