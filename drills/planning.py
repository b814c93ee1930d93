"""What each team should drill in a quarter: proposed by risk, spread over services, people and weeks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from drills import arranging, inviting, scheduling, seating
from drills.listing import next_quarter
from drills.models import Drill, Participant, Proposed
from drills.scheduling import CannotDrill
from portal.accounts import audit
from portal.accounts.models import Team, User
from runbooks.models import Runbook, Step
from runbooks.reviews.risk import Risk, facts_of, risk

#: Drills that a team is proposed for a quarter: one every three weeks.
A_QUARTER = 4
#: What another runbook of a service that is in the plan already weighs less.
_SAME_SERVICE = 25
#: Whoever was not drilled comes first, whatever the risk of the others: more than any risk.
_NEVER = 1_000
_DRILL_AT = time(10, 0)
_TUESDAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A runbook that a team could drill."""

    pk: int
    title: str
    owner: int
    services: frozenset[int]
    risk: Risk
    never: bool


@dataclass(slots=True)
class _Room:
    """A team, and what is in its quarter already."""

    team: Team
    people: list[User]
    candidates: list[Candidate]
    taken: set[int] = field(default_factory=set)  # runbooks
    weeks: set[date] = field(default_factory=set)
    services: Counter[int] = field(default_factory=Counter)
    turns: Counter[int] = field(default_factory=Counter)
    #: (week, hands-on, facilitator) of everything before and in the quarter.
    seats: list[tuple[date, int, int]] = field(default_factory=list)
    count: int = 0


@transaction.atomic
def propose(teams: Sequence[Team], *, quarter: date, now: datetime | None = None) -> list[Proposed]:
    """Fill the quarter of each team up; what is there stays, and again gives nothing new. As many queries for
    a hundred teams as for one. What was rejected is not proposed again in that quarter."""
    now = now or timezone.now()
    # Two who press at once propose one plan: the second finds the first's.
    held = Team.objects.select_for_update(no_key=True).order_by("pk")
    list(held.filter(pk__in=[team.pk for team in teams]))
    rooms = _rooms(teams, quarter, now)
    made = [
        line
        for room in sorted(rooms, key=lambda one: one.team.slug)
        for line in _plan(room, quarter, now)
    ]
    return Proposed.objects.bulk_create(made)


def _plan(room: _Room, quarter: date, now: datetime) -> list[Proposed]:
    weeks = [week for week in weeks_of(quarter, now=now) if week not in room.weeks]
    left = min(A_QUARTER - room.count, len(weeks))
    if left <= 0 or not room.people:
        return []
    chosen = list(_choose(room, left))
    lines = []
    for number, one in enumerate(chosen):
        # In the middle of each even part of what is left of the quarter.
        week = weeks[(2 * number + 1) * len(weeks) // (2 * len(chosen))]
        hands_on, leader = _people(room, one, week)
        room.seats.append((week, hands_on.pk if hands_on else 0, leader.pk))
        lines.append(
            Proposed(
                team=room.team,
                quarter=quarter,
                runbook_id=one.pk,
                facilitator=leader,
                hands_on=hands_on,
                week=week,
                reasons=list(one.risk.reasons),
            )
        )
    return lines


def _choose(room: _Room, count: int) -> Iterable[Candidate]:
    left = [one for one in room.candidates if one.pk not in room.taken]

    def rank(one: Candidate) -> tuple[float, str, int]:
        crowded = min((room.services[service] for service in one.services), default=0)
        weight = one.risk.number + (_NEVER if one.never else 0) - _SAME_SERVICE * crowded
        return (-weight, one.title, one.pk)

    for _ in range(min(count, len(left))):
        best = min(left, key=rank)
        left.remove(best)
        room.services.update(best.services)
        yield best


def _people(room: _Room, one: Candidate, week: date) -> tuple[User | None, User]:
    """Who had the fewest turns sits hands-on: not twice in a row, and not who wrote the runbook, if another
    can. Somebody else leads."""
    around = _around(room, week)
    by_turn = sorted(
        room.people,
        key=lambda p: (p.pk in around, p.pk == one.owner, room.turns[p.pk], p.username),
    )
    if len(by_turn) == 1:
        return None, by_turn[0]
    hands_on = by_turn[0]
    leads = [person for person in by_turn if person != hands_on]
    led = Counter(seat[2] for seat in room.seats)
    leader = min(leads, key=lambda p: (p.pk in around, led[p.pk], p.pk != one.owner, p.username))
    room.turns[hands_on.pk] += 1
    return hands_on, leader


def _around(room: _Room, week: date) -> set[int]:
    """Who is hands-on in the team's drill just before this week, or just after."""
    before = max((seat for seat in room.seats if seat[0] < week), default=None)
    after = min((seat for seat in room.seats if seat[0] > week), default=None)
    return {seat[1] for seat in (before, after) if seat is not None and seat[1]}


def weeks_of(quarter: date, *, now: datetime | None = None) -> list[date]:
    """The Mondays of the quarter's whole weeks that are still to come."""
    first = quarter + timedelta(days=-quarter.weekday() % 7)
    end = next_quarter(quarter)
    weeks = [first + timedelta(weeks=number) for number in range(14)]
    today = now.date() if now else date.min
    return [week for week in weeks if week + timedelta(days=4) < end and week > today]


def _rooms(teams: Sequence[Team], quarter: date, now: datetime) -> list[_Room]:
    people: dict[int, list[User]] = {team.pk: [] for team in teams}
    through = User.teams.through.objects.filter(team__in=[team.pk for team in teams])
    members = User.objects.answering().filter(teams__in=teams)
    persons = {person.pk: person for person in members.distinct()}
    for person_id, team_id in through.values_list("user_id", "team_id"):
        if person_id in persons:
            people[team_id].append(persons[person_id])
    candidates = _candidates(teams, now)
    rooms = {team.pk: _Room(team, people[team.pk], candidates.get(team.pk, [])) for team in teams}
    _remember_drills(rooms, quarter)
    _remember_plan(rooms, quarter)
    return list(rooms.values())


def _candidates(teams: Sequence[Team], now: datetime) -> dict[int, list[Candidate]]:
    """By team. Five queries or so, however many there are."""
    with_steps = Exists(Step.objects.filter(revision=OuterRef("live_revision")))
    live = Runbook.objects.live().filter(with_steps, services__team__in=teams)
    rows = (
        live.order_by().values_list("pk", "title", "owner", "services", "services__team").distinct()
    )
    found = list(rows)
    facts = facts_of(sorted({row[0] for row in found}), now=now)
    wanted = {team.pk for team in teams}
    services: dict[tuple[int, int], set[int]] = {}
    names: dict[int, tuple[str, int]] = {}
    for pk, title, owner, service, team in found:
        if team in wanted:
            services.setdefault((team, pk), set()).add(service)
            names[pk] = (title, owner)
    by_team: dict[int, list[Candidate]] = {}
    for (team, pk), its in services.items():
        title, owner = names[pk]
        never = facts[pk].days_since_drill is None
        one = Candidate(pk, title, owner, frozenset(its), risk(facts[pk]), never)
        by_team.setdefault(team, []).append(one)
    return by_team


def _remember_drills(rooms: dict[int, _Room], quarter: date) -> None:
    """Who sat where in the last year, and what is planned or was drilled in this quarter."""
    start = datetime.combine(quarter, time(), UTC)
    end = datetime.combine(next_quarter(quarter), time(), UTC)
    drills = (
        Drill.objects.filter(
            team__in=rooms, starts_at__gte=start - timedelta(days=365), starts_at__lt=end
        )
        .exclude(state=Drill.State.CANCELLED)
        .order_by("starts_at", "pk")
        .prefetch_related("participants", "runbook__services")
    )
    for drill in drills:
        if drill.quick and drill.began_at is None:
            continue
        room = rooms[drill.team_id or 0]
        week = monday_of(drill.starts_at.date())
        for seat in drill.participants.all():
            if seat.role == Participant.Role.HANDS_ON and seat.person_id:
                room.turns[seat.person_id] += 1
                room.seats.append((week, seat.person_id, drill.facilitator_id))
        if drill.starts_at >= start:
            room.taken.add(drill.runbook_id)
            room.weeks.add(week)
            room.count += 1
            room.services.update(service.pk for service in drill.runbook.services.all())


def _remember_plan(rooms: dict[int, _Room], quarter: date) -> None:
    lines = Proposed.objects.filter(team__in=rooms, quarter=quarter)
    for line in lines.prefetch_related("runbook__services"):
        room = rooms[line.team_id]
        room.taken.add(line.runbook_id)
        # An accepted line is a drill by now and was counted as that.
        if line.state == Proposed.State.OPEN:
            room.count += 1
            room.weeks.add(line.week)
            room.seats.append((line.week, line.hands_on_id or 0, line.facilitator_id))
            room.services.update(service.pk for service in line.runbook.services.all())
            if line.hands_on_id:
                room.turns[line.hands_on_id] += 1


@transaction.atomic
def accept(line: Proposed, *, by: User, invite: bool = False, now: datetime | None = None) -> Drill:
    """Makes the drill, on the Tuesday of its week at ten, with the people whom seating.py proposes. Nobody is
    told, unless `invite`. Raises CannotDrill."""
    now = now or timezone.now()
    line = _open(line)
    zone = line.facilitator.time_zone or settings.TIME_ZONE
    starts = datetime.combine(line.week + _TUESDAY, _DRILL_AT, ZoneInfo(zone))
    if starts <= now:
        raise CannotDrill("That week has begun: move it to a later one first.")
    for person in filter(None, (line.facilitator, line.hands_on)):
        if not person.answers:
            raise CannotDrill(f"{person} is gone meanwhile: reject this one and fill the plan up.")
    drill = scheduling.make(
        line.runbook,
        by=by,
        starts_at=starts.astimezone(UTC),
        time_zone=zone,
        facilitator=line.facilitator,
        team=line.team,
        now=now,
    )
    people = seating.proposed(line, now=now)
    drill = arranging.change(drill, by=by, facts={}, roles=people, now=now)
    if invite:
        inviting.invite(drill, now=now)
    line.state, line.decided_by, line.drill = Proposed.State.ACCEPTED, by, drill
    line.save(update_fields=["state", "decided_by", "drill"])
    return drill


@transaction.atomic
def move(line: Proposed, *, by: User, week: date, now: datetime | None = None) -> Proposed:
    """To another week of its quarter. Where somebody would be hands-on twice in a row by it, another is
    proposed there, of this line or of one whose neighbour it was. Raises CannotDrill."""
    now = now or timezone.now()
    line = _open(line)
    if week not in weeks_of(line.quarter, now=now):
        raise CannotDrill("That is no week of this quarter that is still to come.")
    if week != line.week:
        before, line.week = line.week, week
        line.save(update_fields=["week"])
        audit.record(
            "drill.proposal_moved",
            by=by,
            of=line.runbook,
            before={"week": str(before)},
            after={"week": str(week)},
        )
        _take_turns(line.team, line.quarter, now)
        line.refresh_from_db()
    return line


def _take_turns(team: Team, quarter: date, now: datetime) -> None:
    """Open lines of a team where nobody else can are left as they are."""
    (room,) = _rooms([team], quarter, now)
    candidates = {one.pk: one for one in room.candidates}
    for line in Proposed.objects.filter(team=team, quarter=quarter, state=Proposed.State.OPEN):
        own = (line.week, line.hands_on_id or 0, line.facilitator_id)
        room.seats.remove(own)
        around = _around(room, line.week)
        if line.hands_on_id in around and line.runbook_id in candidates:
            hands_on, leader = _people(room, candidates[line.runbook_id], line.week)
            if hands_on is not None and hands_on.pk not in around:
                line.hands_on, line.facilitator = hands_on, leader
                line.save(update_fields=["hands_on", "facilitator"])
        room.seats.append((line.week, line.hands_on_id or 0, line.facilitator_id))


@transaction.atomic
def reject(line: Proposed, *, by: User) -> Proposed:
    line = _open(line)
    line.state, line.decided_by = Proposed.State.REJECTED, by
    line.save(update_fields=["state", "decided_by"])
    audit.record("drill.proposal_rejected", by=by, of=line.runbook, after={"team": line.team.slug})
    return line


def _open(line: Proposed) -> Proposed:
    """Held until the transaction ends. Raises CannotDrill for what somebody decided already."""
    held = Proposed.objects.select_for_update(of=("self",), no_key=True).select_related(
        "team", "runbook", "runbook__live_revision", "facilitator", "hands_on"
    )
    line = held.get(pk=line.pk)
    if line.state != Proposed.State.OPEN:
        raise CannotDrill(f"This was {line.get_state_display()} already.")
    return line


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())
