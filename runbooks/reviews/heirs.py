"""Who is the most likely to take a runbook over: whoever edits, decides, drills or reports there, then
whoever stands behind its services. A fixed number of queries, however many runbooks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, F, Max, QuerySet
from django.utils import timezone

from portal.accounts.models import Team, User
from runbooks.models import Proposal, Report, Revision, Runbook, Service
from runbooks.reviews.models import Decision


@dataclass(frozen=True, slots=True)
class Trace:
    """What a person did on a runbook: `words` as "drilled it", `weight` beside the others' (editing is 4)."""

    runbook: int
    person: int
    words: str
    weight: float
    times: int = 1
    last: datetime | None = None


@dataclass(frozen=True, slots=True)
class Heir:
    """`why` in words: "edited it 3 times, last on 4 October 2026; deputy of Payments"."""

    person: User
    why: str


#: Filled by rooms above in `AppConfig.ready()`: what people did on these runbooks, in a few queries.
sources: list[Callable[[Collection[int]], Iterable[Trace]]] = []

_CHUNK = 500


def propose(runbooks: Sequence[Runbook]) -> dict[int, Heir]:
    """By the runbook's key; absent where nobody is likelier than anybody else. Never its own owner, never
    who is inactive or unreachable."""
    traces: dict[int, dict[int, list[Trace]]] = defaultdict(lambda: defaultdict(list))
    ids = [runbook.pk for runbook in runbooks]
    for start in range(0, len(ids), _CHUNK):
        chunk = ids[start : start + _CHUNK]
        for found in (_done_on(chunk), _behind(chunk), *(ask(chunk) for ask in sources)):
            for trace in found:
                traces[trace.runbook][trace.person].append(trace)
    people = User.objects.answering().in_bulk(
        {person for of_one in traces.values() for person in of_one}
    )
    proposed: dict[int, Heir] = {}
    for runbook in runbooks:
        ranked = sorted(
            (-_weight(several), person)
            for person, several in traces[runbook.pk].items()
            if person in people and person != runbook.owner_id
        )
        if ranked:
            person = ranked[0][1]
            proposed[runbook.pk] = Heir(people[person], _why(traces[runbook.pk][person]))
    return proposed


def _weight(traces: list[Trace]) -> float:
    """The first time counts whole, each further one a third, to a point."""
    return sum(trace.weight * (1 + min(trace.times - 1, 6) / 3) for trace in traces)


def _why(traces: list[Trace]) -> str:
    best = sorted(traces, key=lambda t: -_weight([t]))
    # Whoever leads two teams of one name leads it once.
    return "; ".join(list(dict.fromkeys(_words(trace) for trace in best))[:2])


def _words(trace: Trace) -> str:
    times = f" {trace.times} times" if trace.times > 1 else ""
    if trace.last is None:
        return f"{trace.words}{times}"
    day: date = timezone.localdate(trace.last)
    last = f", last on {day.day} {day:%B %Y}" if times else f" on {day.day} {day:%B %Y}"
    return f"{trace.words}{times}{last}"


def _done_on(ids: Collection[int]) -> Iterator[Trace]:
    # Handing over by a lead and importing say nothing of knowing the text.
    text = [Proposal.Kind.HANDOVER, Proposal.Kind.IMPORT]
    revisions = Revision.objects.filter(runbook__in=ids).exclude(proposal__kind__in=text)
    # Whoever published what they had suggested edited it, and that was all.
    proposals = Proposal.objects.filter(runbook__in=ids).exclude(kind__in=text)
    proposals = proposals.exclude(decided_by=F("proposed_by"))
    yield from _counted(revisions, "accepted_by", "accepted_at", "edited it", 4)
    yield from _counted(proposals, "proposed_by", "created_at", "suggested a change", 3)
    decisions = Decision.objects.filter(runbook__in=ids)
    yield from _counted(decisions, "by", "at", "decided its review", 4)
    reports = Report.objects.filter(runbook__in=ids)
    yield from _counted(reports, "by", "created_at", "reported a step", 1.5)


def _counted(
    rows: QuerySet[Revision] | QuerySet[Proposal] | QuerySet[Decision] | QuerySet[Report],
    person: str,
    at: str,
    words: str,
    weight: float,
) -> Iterator[Trace]:
    counted = (
        rows.exclude(**{person: None})
        .order_by()
        .values("runbook", person)
        .annotate(times=Count("pk"), last=Max(at))
    )
    for row in counted:
        yield Trace(row["runbook"], row[person], words, weight, row["times"], row["last"])


def _behind(ids: Collection[int]) -> Iterator[Trace]:
    """Owner and deputy of its services, the lead and the people of their team."""
    links = list(
        Runbook.services.through.objects.filter(runbook__in=ids).values_list(
            "runbook_id", "service_id"
        )
    )
    services = Service.objects.select_related("team").in_bulk({service for _, service in links})
    teams = {s.team_id for s in services.values() if s.team_id}
    members: dict[int, list[int]] = defaultdict(list)
    for person, team in User.teams.through.objects.filter(team__in=teams).values_list(
        "user_id", "team_id"
    ):
        members[team].append(person)
    # Whoever shares a team with the owner, where its services have none.
    owners = dict(Runbook.objects.filter(pk__in=ids).values_list("pk", "owner_id"))
    leads: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for person, lead, name in (
        Team.objects.filter(people__in=set(owners.values()))
        .exclude(lead=None)
        .values_list("people", "lead_id", "name")
    ):
        leads[person].append((lead, name))
    for runbook, pk in links:
        service = services[pk]
        if service.deputy_id:
            yield Trace(runbook, service.deputy_id, f"deputy of {service.name}", 3.5)
        if service.owner_id:
            yield Trace(runbook, service.owner_id, f"owns {service.name}", 3)
        if service.team is not None:
            if service.team.lead_id:
                yield Trace(runbook, service.team.lead_id, f"leads {service.team.name}", 1)
            for person in members[service.team.pk]:
                if person == service.team.lead_id:
                    continue
                yield Trace(runbook, person, f"is in {service.team.name}", 0.5)
    for runbook, owner in owners.items():
        for lead, name in leads[owner]:
            yield Trace(runbook, lead, f"leads {name}", 0.75)
