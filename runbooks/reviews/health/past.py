"""What dates prove of a week that nobody counted: which runbooks were live, which reviews were late, which
gaps stood open. Owners, findings, drills and rules of that week are not to be known any more: left out."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import F
from django.utils import timezone

from portal.accounts.models import AuditEntry
from runbooks.alerts.models import Rule
from runbooks.models import Gap, Revision, Runbook, Service, TrustLine
from runbooks.reviews import due
from runbooks.reviews.health.figures import Counts
from runbooks.reviews.health.scope import EVERYTHING, PUBLIC
from runbooks.reviews.models import Concern, Decision, Figures

Key = tuple[str, int]
_ALL, _SERVICE, _TEAM = (
    Figures.Scope.ALL.value,
    Figures.Scope.SERVICE.value,
    Figures.Scope.TEAM.value,
)
_RETIRED, _BACK = "runbook.retired", "runbook.brought.back"


@dataclass(slots=True)
class _Runbook:
    pk: int
    every: int
    reviewed_on: date | None
    due_on: date | None
    severe: bool
    keys: frozenset[Key] = frozenset()
    published: list[date] = field(default_factory=list)
    #: (day, whether it was retired then), the oldest first.
    turns: list[tuple[date, bool]] = field(default_factory=list)
    #: (day, the due day that the decision set), the oldest first.
    decided: list[tuple[date, date]] = field(default_factory=list)
    concerns: list[date] = field(default_factory=list)

    def live_on(self, day: date) -> bool:
        if not self.published or self.published[0] > day:
            return False
        before = [retired for when, retired in self.turns if when <= day]
        return not (before and before[-1])

    def due_on_day(self, day: date, *, publishing_reviews: bool) -> date:
        """The due day as it stood that evening."""
        at = bisect_right([when for when, _ in self.decided], day)
        if at:
            since, found = self.decided[at - 1]
        else:
            since = self._looked_at(day, publishing_reviews=publishing_reviews)
            found = since + timedelta(days=self.every)
            if not (self.decided or self.reviewed_on or publishing_reviews):
                # Never decided on: its first due day still stands. An import spread those.
                found = self.due_on or found
        return min([found, *(when for when in self.concerns if since < when <= day)])

    def _looked_at(self, day: date, *, publishing_reviews: bool) -> date:
        """When somebody vouched for it last, as far as is known of a time without decisions."""
        dates = [when for when in self.published if when <= day]
        known = dates if publishing_reviews else dates[:1]
        if self.reviewed_on is not None and self.reviewed_on <= day:
            known = [*known, self.reviewed_on]
        return max(known)


@dataclass(slots=True)
class Past:
    """Loaded once for all weeks, in a fixed number of queries."""

    runbooks: list[_Runbook]
    #: (first seen, day that a runbook closed it or None, its keys)
    gaps: list[tuple[date, date | None, frozenset[Key]]]
    #: alert -> the day that its runbook was first published; None: it has none. Only for the demo.
    alerts: dict[str, date | None]
    as_today: bool

    @property
    def began(self) -> date | None:
        return min((r.published[0] for r in self.runbooks if r.published), default=None)

    @classmethod
    def load(cls, *, as_today: bool = False) -> Past:
        runbooks = _runbooks()
        first = {pk: r.published[0] for pk, r in runbooks.items() if r.published}
        return cls(
            list(runbooks.values()), _gaps(first), _alerts(first) if as_today else {}, as_today
        )

    def figures_on(self, day: date) -> dict[Key, Counts]:
        """By scope and id, as of that day's evening."""
        found: dict[Key, Counts] = defaultdict(
            lambda: {"live": 0, "severe": 0, "on_time": 0, "gaps": 0}
        )
        for key in ((_ALL, EVERYTHING), (_ALL, PUBLIC)):
            found[key]  # there, also when nothing was
        for runbook in self.runbooks:
            if not runbook.live_on(day):
                continue
            then = runbook.due_on_day(day, publishing_reviews=self.as_today)
            for key in runbook.keys:
                counts = found[key]
                counts["live"] += 1
                counts["severe"] += runbook.severe
                counts["on_time"] += then >= day
        for seen, closed, keys in self.gaps:
            if seen <= day and (closed is None or closed > day):
                for key in keys:
                    found[key]["gaps"] += 1
        if self.alerts:
            covered = sum(when is not None and when <= day for when in self.alerts.values())
            for pk in (EVERYTHING, PUBLIC):
                found[_ALL, pk] |= {"alerts": len(self.alerts), "covered": covered}
        return dict(found)


def _day(at: datetime) -> date:
    return timezone.localdate(at)


def _runbooks() -> dict[int, _Runbook]:
    severe = (Runbook.Severity.HIGH, Runbook.Severity.CRITICAL)
    rows = list(Runbook.objects.readable().only("pk", "severity", "review_every"))
    every = due.every_of(rows)
    trust = {
        pk: (reviewed, due_on)
        for pk, reviewed, due_on in TrustLine.objects.values_list(
            "runbook", "reviewed_on", "due_on"
        )
    }
    found = {
        r.pk: _Runbook(r.pk, every[r.pk], *trust.get(r.pk, (None, None)), r.severity in severe)
        for r in rows
    }
    named: dict[int, set[Key]] = defaultdict(set)
    private: set[int] = set()
    through = Runbook.services.through.objects.values_list(
        "runbook", "service", "service__team", "service__private"
    )
    for pk, service, team, is_private in through:
        named[pk].add((_SERVICE, service))
        if team:
            named[pk].add((_TEAM, team))
        if is_private:
            private.add(pk)
    for pk, runbook in found.items():
        whole = {(_ALL, EVERYTHING)}
        if pk not in private:
            whole.add((_ALL, PUBLIC))
        runbook.keys = frozenset(whole | named[pk])
    _add_dates(found)
    return found


def _add_dates(found: dict[int, _Runbook]) -> None:
    for pk, at in Revision.objects.order_by("accepted_at").values_list("runbook", "accepted_at"):
        if pk in found:
            found[pk].published.append(_day(at))
    decided = Decision.objects.exclude(next_due_on=None).order_by("at", "pk")
    for pk, at, next_due_on in decided.values_list("runbook", "at", "next_due_on"):
        if pk in found and next_due_on is not None:
            found[pk].decided.append((_day(at), next_due_on))
    for pk, at in Concern.objects.order_by("at").values_list("runbook", "at"):
        if pk in found:
            found[pk].concerns.append(_day(at))
    turns = AuditEntry.objects.filter(action__in=(_RETIRED, _BACK)).order_by("at", "pk")
    for name, at, action in turns.values_list("object_id", "at", "action"):
        pk = int(name) if name.isdecimal() else 0
        if pk in found:
            found[pk].turns.append((_day(at), action == _RETIRED))


def _gaps(first: dict[int, date]) -> list[tuple[date, date | None, frozenset[Key]]]:
    team_of = dict(Service.objects.order_by().values_list("pk", "team"))
    private = set(Service.objects.filter(private=True).values_list("pk", flat=True))
    found = []
    for seen, closed_by, service in Gap.objects.order_by().values_list(
        "first_seen", "closed_by", "service"
    ):
        keys: set[Key] = {(_ALL, EVERYTHING)}
        if service not in private:
            keys.add((_ALL, PUBLIC))
        if service:
            keys.add((_SERVICE, service))
        if service and team_of.get(service):
            keys.add((_TEAM, team_of[service] or 0))
        closed = first.get(closed_by) if closed_by else None
        found.append((_day(seen), closed, frozenset(keys)))
    return found


def _alerts(first: dict[int, date]) -> dict[str, date | None]:
    """Today's alerts, and since when each has led to the runbook that it leads to today."""
    found: dict[str, date | None] = {}
    rows = Rule.objects.led().order_by().annotate(to=F("runbook")).values_list("folded", "to")
    led = [(folded, first.get(pk)) for folded, pk in rows]
    for folded in Rule.objects.order_by().values_list("folded", flat=True).distinct():
        found[folded] = None
    for folded, day in led:
        known = found[folded]
        if day is not None and (known is None or day < known):
            found[folded] = day
    return found
