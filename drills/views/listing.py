"""`/drills`: what is coming and what was, as a list and as a month."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from drills import listing
from drills.models import Drill
from portal.accounts.access import Rank, Right, requires, viewer
from portal.accounts.models import Team, User
from portal.typed import clean, words_of
from runbooks.views.asking import signed_in

_A_PAGE = 30
#: Days to the farthest month that is shown: older than any drill, later than one can be planned.
_FARTHEST = 50 * 365
STATES = [("coming", "to come and running"), ("", "all"), *Drill.State.choices]


@require_safe
@requires(Right.DRILL)
def drills(request: HttpRequest) -> HttpResponseBase:
    who, person = viewer(request), signed_in(request)
    zone = zone_of(person)
    today = datetime.now(zone).date()
    team = words_of(request.GET, "team", 80)
    state = clean(request.GET.get("state", "coming"), 10)
    as_month = request.GET.get("view") == "month"
    seen = listing.visible_to(who)
    context = {
        "team": team,
        "state": state,
        "states": STATES,
        "teams": Team.objects.filter(drills__in=seen).distinct(),
        "as_month": as_month,
        "zone": zone.key,
        "may_plan": who.may_somewhere(Right.FACILITATE),
        "cadence": listing.cadence(_teams(request), quarter=listing.quarter_of(today)),
    }
    if as_month:
        first = _month(request.GET.get("month", ""), today)
        # A month shows all of its days, those that are over as well.
        context["state"] = state = "" if state == "coming" else state
        found = listing.filtered(seen, team=team, state=state)
        context |= {
            "first": first,
            "weeks": listing.month(found, who, first=first, zone=zone),
            "before": first - timedelta(days=1),
            "after": first + timedelta(days=32),
            "week_days": [
                "Monday",
                "Tuesday",
                "Wednesday",
                "Thursday",
                "Friday",
                "Saturday",
                "Sunday",
            ],
        }
    else:
        found = listing.filtered(seen, team=team, state=state)
        page = Paginator(found, _A_PAGE).get_page(request.GET.get("page", "1"))
        chosen = Drill.objects.filter(pk__in=[drill.pk for drill in page.object_list])
        by_key = {row.drill.pk: row for row in listing.rows(chosen, who, zone=zone)}
        context |= {
            "page": page,
            "rows": [by_key[one.pk] for one in page.object_list if one.pk in by_key],
        }
    response = render(request, "drills/drills.html", context)
    response["Cache-Control"] = "no-store"
    return response


def zone_of(person: User) -> ZoneInfo:
    return ZoneInfo(person.time_zone or settings.TIME_ZONE)


def _month(asked: str, today: date) -> date:
    """The first day of the month that is asked for; of this one where that is no month that has drills."""
    try:
        first = date.fromisoformat(f"{asked[:7]}-01")
    except ValueError:
        first = today.replace(day=1)
    near = abs((first - today).days) < _FARTHEST
    return first if near else today.replace(day=1)


def _teams(request: HttpRequest) -> QuerySet[Team]:
    """Whose cadence is shown: one's own teams and those one leads; all for who leads all."""
    who = viewer(request)
    if who.sees_all:
        return Team.objects.filter(Q(services__isnull=False) | Q(drills__isnull=False)).distinct()
    led = [team for team, rank in who.ranks if rank >= Rank.LEAD]
    return Team.objects.filter(Q(pk__in=who.teams) | Q(pk__in=led)).distinct()
