"""`/drills/gaps`: what drills found and nobody has settled yet."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from drills import open_work
from portal.accounts.access import Right, requires, viewer
from portal.http import AuthenticatedHttpRequest


@require_safe
@requires(Right.DRILL)
def gaps(request: AuthenticatedHttpRequest) -> HttpResponse:
    teams = open_work.by_team(viewer(request), today=timezone.localdate())
    stretches = [*(words for _, words in open_work.STRETCHES), open_work.LONGER]
    context = {
        "teams": [(team, [(one, team.counts.get(one, 0)) for one in stretches]) for team in teams],
        "stretches": stretches,
        "count": sum(len(team.rows) for team in teams),
        "late": sum(team.late for team in teams),
    }
    return render(request, "drills/gaps.html", context)
