"""What the live pages of a drill share: answering a poll, a sign of life, and where somebody's page is.

Pages ask each second with the version they have: a stream held open for each of them would take up every
worker. A poll with nothing new is two queries and a 304, and one write every ten seconds.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse, HttpResponseNotModified
from django.shortcuts import redirect, render
from django.urls import reverse

from drills import running, seen_by, taking_part
from drills.log import NotNow, seconds
from drills.models import Drill, Participant
from drills.scheduling import CannotDrill
from drills.states import MoveRefused
from portal.accounts.access import viewer
from portal.ai.models import Job
from portal.http import HttpRequest

_SIGN_OF_LIFE = timedelta(seconds=10)
_VERSION = re.compile(r'"[^"]*"')


def here(seat: Participant, now: datetime) -> None:
    """They have the page open, and the clock sends what is due where it was told to: by whoever asks first,
    so that nothing hangs on the facilitator's browser."""
    if seat.seen_at is None or now - seat.seen_at >= _SIGN_OF_LIFE:
        taking_part.seen(seat, now=now)
    if running.something_is_due(seat.drill, now=now):
        running.send_what_is_due(seat.drill, now=now)
        seat.drill.refresh_from_db(fields=["version"])


def clock_of(drill: Drill, now: datetime) -> dict[str, Any]:
    """What static/js/drills/live.js counts on from."""
    since = drill.clock_started_at
    return {
        "second": seconds(drill, now),
        "base": drill.clock_seconds,
        "since": int(since.timestamp() * 1000) if since else "",
        "now": int(now.timestamp() * 1000),
    }


def polled(request: HttpRequest, tag: str, draw: Callable[[], HttpResponse]) -> HttpResponse:
    """304 where the page has this version. `tag` was taken before what is drawn is read: the page may be
    newer than it says, never older."""
    asked = _VERSION.search(request.headers.get("If-None-Match", ""))
    response = HttpResponseNotModified() if asked and asked[0] == tag else draw()
    response["ETag"] = tag
    response["Cache-Control"] = "private, no-cache"
    return response


def done(
    request: HttpRequest, verb: Callable[[], object], *, back: str, said: str = ""
) -> HttpResponse:
    """Do it, and answer: with htmx one line that says what went wrong, or nothing, and the page asks at
    once what is new; without scripts the page that it came from."""
    problem = ""
    try:
        verb()
    except (NotNow, MoveRefused, CannotDrill) as refused:
        problem = str(refused)
    if request.htmx:
        response = render(request, "drills/_said.html", {"problem": problem, "said": said})
        response["HX-Trigger"] = "drill-refused" if problem else "drill-changed"
        return response
    if problem:
        messages.error(request, problem)
    return redirect(back)


def may_follow(request: HttpRequest, job: Job) -> bool:
    """Whether the page of the job answers them: it is for who asked, and who leads all."""
    return job.by_id == request.user.pk or viewer(request).sees_all


def new_id() -> str:
    return secrets.token_hex(12)


def place_of(seat: Participant) -> str:
    """The page that this seat looks at."""
    if seat.role in seen_by.BEHIND_THE_SCENES:
        return reverse("drills:facilitate", args=[seat.drill_id])
    if seat.role in (Participant.Role.SCRIBE, Participant.Role.OBSERVER):
        return reverse("drills:notes", args=[seat.drill_id])
    return reverse("drills:play", args=[seat.drill_id])


def with_query(address: str, values: Mapping[str, str]) -> str:
    kept = {name: value for name, value in values.items() if value}
    return f"{address}?{urlencode(kept)}" if kept else address
