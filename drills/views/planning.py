"""`/drills/plan`: what each team should drill this quarter; a person accepts, moves or rejects each."""

from __future__ import annotations

from datetime import date, timedelta

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from drills import inviting, listing, planning
from drills.models import Drill, Participant, Proposed
from drills.scheduling import CannotDrill
from drills.seen_by import knows_runbook
from portal.accounts.access import Rank, Right, check, requires, viewer
from portal.accounts.models import Team
from portal.http import AuthenticatedHttpRequest
from portal.typed import number
from runbooks.models import Runbook


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Right.FACILITATE)
def plan(request: AuthenticatedHttpRequest) -> HttpResponseBase:
    now = timezone.now()
    teams = _teams(request)
    quarter = _quarter(request)
    if request.method == "POST":
        return _decide(request, teams, quarter)
    weeks = planning.weeks_of(quarter)
    lines = list(
        Proposed.objects.filter(
            quarter=quarter,
            team__in=teams,
            runbook__in=Runbook.objects.seen_by(viewer(request)),
        )
        .exclude(state=Proposed.State.REJECTED)
        .select_related("team", "runbook", "facilitator", "hands_on", "drill")
        .order_by("week", "team__name", "pk")
    )
    _hide(lines, request)
    open_weeks = planning.weeks_of(quarter, now=now)
    context = {
        "quarter": quarter,
        "name": f"Q{(quarter.month + 2) // 3} {quarter.year}",
        "before": listing.quarter_of(quarter - timedelta(days=1)),
        "after": listing.next_quarter(quarter),
        "teams": teams,
        "weeks": [
            (
                week,
                week + timedelta(days=4),
                week in open_weeks,
                [one for one in lines if one.week == week],
            )
            for week in weeks
        ],
        "open_weeks": open_weeks,
        "proposed": sum(1 for one in lines if one.state == Proposed.State.OPEN),
        "lines": lines,
        "cadence": listing.cadence(teams, quarter=quarter),
    }
    response = render(request, "drills/plan.html", context)
    response["Cache-Control"] = "no-store"
    return response


def _decide(
    request: AuthenticatedHttpRequest, teams: QuerySet[Team], quarter: date
) -> HttpResponse:
    do = request.POST.get("do", "")
    back = redirect(f"{reverse('drills:plan')}?quarter={quarter.isoformat()}")
    if do == "propose":
        check(request, Right.FACILITATE, teams=[team.pk for team in teams])
        made = planning.propose(list(teams), quarter=quarter)
        said = "1 drill is" if len(made) == 1 else f"{len(made)} drills are"
        words = f"{said} proposed." if made else "Nothing to add: this quarter is planned."
        messages.success(request, words)
        return back
    asked = number(request.POST.get("line", ""))
    back["Location"] += f"#line-{asked}" if do != "reject" and asked is not None else ""
    seen = Runbook.objects.seen_by(viewer(request))
    line = get_object_or_404(
        Proposed.objects.filter(team__in=teams, runbook__in=seen),
        pk=asked,
    )
    try:
        if do in ("accept", "invite"):
            drill = planning.accept(line, by=request.user, invite=do == "invite")
            messages.success(request, _accepted(drill, invited=do == "invite"))
        elif do == "reject":
            planning.reject(line, by=request.user)
            messages.success(request, "Rejected. Propose again for another in its place.")
        else:
            moved = planning.move(line, by=request.user, week=_day(request.POST.get("week", "")))
            said = f"{line.runbook} is in the week of {moved.week.day} {moved.week:%B} now."
            if moved.hands_on_id != line.hands_on_id:
                said += f" {moved.hands_on} is hands-on, so that nobody is twice in a row."
            messages.success(request, said)
    except CannotDrill as refused:
        messages.error(request, str(refused))
    return back


def _hide(lines: list[Proposed], request: AuthenticatedHttpRequest) -> None:
    """A lead who plays in an accepted one plays fair: its line has the drill's name. One query."""
    made = [line.drill_id for line in lines if line.drill_id]
    seats = Participant.objects.filter(person=request.user.pk, drill__in=made)
    plays = {seat.drill_id for seat in seats.select_related("drill") if not knows_runbook(seat)}
    for line in lines:
        line.hidden = line.drill_id in plays  # type: ignore[attr-defined]


def _accepted(drill: Drill, *, invited: bool) -> str:
    """Who has which seat, and whether they know."""
    seats = drill.participants.order_by("pk")
    who = ", ".join(f"{seat.name} ({seat.get_role_display()})" for seat in seats)
    when = inviting.when_in_words(drill)
    told = "They are invited." if invited else "Nobody is told yet: look at it, then invite them."
    return f"{drill.title} is planned for {when}, with {who}. {told}"


def _teams(request: AuthenticatedHttpRequest) -> QuerySet[Team]:
    """Those whose drills one may plan."""
    who = viewer(request)
    drilling = Team.objects.filter(services__isnull=False).distinct()
    if who.may(Right.FACILITATE):
        return drilling
    led = [team for team, rank in who.ranks if rank >= Rank.LEAD]
    return drilling.filter(pk__in=led)


def _quarter(request: AuthenticatedHttpRequest) -> date:
    asked = request.GET.get("quarter", "") or request.POST.get("quarter", "")
    day = _day(asked)
    today = timezone.localdate()
    near = abs((day - today).days) < 800
    return listing.quarter_of(day if near else today)


def _day(typed: str) -> date:
    try:
        return date.fromisoformat(typed[:10])
    except ValueError:
        return date.min
