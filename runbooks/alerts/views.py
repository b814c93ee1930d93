"""`/a/<alert>`, where every alert leads, and `/coverage`, which alerts lead nowhere."""

from __future__ import annotations

from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from portal.accounts.access import NOBODY, Right, may, reader_required, viewer
from portal.accounts.models import User
from portal.accounts.throttling import asked_lately
from runbooks.alerts import asked
from runbooks.alerts.coverage import coverage_of
from runbooks.alerts.library import Candidate, candidates_for, fitting, old_name, parted
from runbooks.alerts.missing import keep_gap, missing

#: What is left for scheme, host and the rest of the request line.
_ROOM = 1024


@require_safe
@reader_required
def alert_link(request: HttpRequest, alert: str = "") -> HttpResponse:
    """One runbook: there, with the labels. Several: a list. None: a page that helps, with status 404."""
    labels = asked.labels_in(request.GET.items())
    name = asked.alert_name(alert, labels)
    if not name:
        return redirect("alerts:coverage")
    candidates = candidates_for(name)
    left = fitting(candidates, labels)
    # Who is asking is looked up only where it makes a difference: an alert link is to be quick.
    who = viewer(request) if any(c.found.private for c in candidates) else NOBODY
    left, hidden = parted(left, who)
    if len(left) == 1:
        return _to_runbook(left[0].found.address_slug, labels)
    if left:
        rows = [(c, _address(c.found.address_slug, labels)) for c in left]
        return render(
            request, "alerts/several.html", {"alert": name, "labels": labels, "rows": rows}
        )
    found = old_name(name) if not candidates else None
    if found is not None:
        seen, hidden = parted([Candidate(found)], viewer(request) if found.private else NOBODY)
        if seen:
            return _to_runbook(found.address_slug, labels)
    if hidden:
        return _private(request, name, hidden)
    elsewhere_too = parted(fitting(candidates, {}), who)[0]
    nothing = missing(name, labels, elsewhere=elsewhere_too, viewer=viewer(request))
    if request.method == "GET":
        keep_gap(nothing, again=asked_lately(request, f"alert {name.casefold()}"))
    elsewhere = [(c, _address(c.found.address_slug, labels)) for c in nothing.elsewhere]
    return render(
        request,
        "alerts/missing.html",
        {"alert": name, "labels": labels, "missing": nothing, "elsewhere": elsewhere},
        status=HTTPStatus.NOT_FOUND,
    )


def _private(request: HttpRequest, alert: str, hidden: list[Candidate]) -> HttpResponse:
    """Who owns what this reader may not see, and how to reach them; nothing of what it says."""
    owners = User.objects.filter(pk__in={c.found.whom_to_ask for c in hidden}).order_by("name")
    return render(
        request,
        "alerts/private.html",
        {"alert": alert, "owners": owners, "signed_in": request.user.is_authenticated},
        status=HTTPStatus.FORBIDDEN,
    )


@require_safe
@reader_required
def coverage(request: HttpRequest) -> HttpResponse:
    return render(
        request,
        "alerts/coverage.html",
        {
            "coverage": coverage_of(request.GET.dict(), viewer(request)),
            "may_import": may(request, Right.IMPORT),
        },
    )


def _to_runbook(slug: str, labels: dict[str, str]) -> HttpResponse:
    return HttpResponseRedirect(_address(slug, labels))


def _address(slug: str, labels: dict[str, str]) -> str:
    limit = settings.URL_MAX_BYTES - _ROOM
    return asked.with_labels(reverse("runbooks:runbook", args=[slug]), labels, limit=limit)
