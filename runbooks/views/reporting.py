"""A reader reports a step: one tap, a word if they like, signed in or not as the portal is set."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods, require_POST

from portal.accounts.access import Right, check, may, reader_required, requires, viewer
from portal.accounts.throttling import Limit, claim, in_words
from portal.http import address_of
from portal.same_origin import tokenless_from_here
from runbooks import reporting
from runbooks.models import Report, Runbook, Step
from runbooks.reporting import ReportRefused
from runbooks.views.alert_values import back_to, carried
from runbooks.views.asking import by_old_slugs, find_runbook, over, signed_in

#: Somebody who walks through a runbook with one broken step after another.
BY_PERSON = Limit("report-person", 30, 600)
#: Whoever is not signed in, by network address: an office shares one.
BY_ADDRESS = Limit("report-address", 20, 600)


@require_http_methods(["GET", "HEAD", "POST"])
@tokenless_from_here
@reader_required
@by_old_slugs
def report(request: HttpRequest, slug: str, key: str) -> HttpResponseBase:
    """A tap on a verdict keeps it at once; `do` is more or undo for what `made` (a receipt) names.

    The tap comes from a page that is kept for all readers: no CSRF token is in it (portal/same_origin.py).
    """
    if not (may(request, Right.REPORT) or settings.REPORT_WITHOUT_LOGIN):
        if request.user.is_authenticated:
            check(request, Right.REPORT)
        return redirect_to_login(_back_here(request, slug))
    runbook = find_runbook(request, slug)
    step = get_object_or_404(
        Step.objects.select_related("revision__runbook"),
        revision=runbook.live_revision_id,
        key=key.replace("\0", "")[:12],
    )
    asked = request.POST if request.method == "POST" else request.GET
    made = reporting.of_receipt(asked["made"][:200]) if asked.get("made") else None
    if made is not None and (made.runbook_id, made.key) != (runbook.pk, step.key):
        made = None
    if request.method != "POST":
        return _form(request, runbook, step, made=made)
    if request.POST.get("do") in ("more", "undo"):
        return _again(request, runbook, step, made)
    return _sent(request, runbook, step)


def _back_here(request: HttpRequest, slug: str) -> str:
    """Who has to sign in first finds the verdict that they tapped."""
    values = carried(request, reverse("runbooks:runbook", args=[slug]))
    back = {"verdict": request.POST.get("verdict", "")[:20], "values": values}
    query = urlencode({name: value for name, value in back.items() if value})
    return f"{request.path}?{query}" if query else request.path


def _values(request: HttpRequest, runbook: Runbook) -> str:
    return carried(request, runbook.get_absolute_url())


def _step_address(request: HttpRequest, runbook: Runbook, step: Step) -> str:
    """The step on the runbook's page, with the alert's values that it was read with."""
    page = back_to(runbook.get_absolute_url(), _values(request, runbook))
    return f"{page}#step-{step.key}"


def _sent(request: HttpRequest, runbook: Runbook, step: Step) -> HttpResponseBase:
    if problem := _too_many(request):
        return _form(request, runbook, step, problem, status=HTTPStatus.TOO_MANY_REQUESTS)
    try:
        made = reporting.report(
            step,
            verdict=request.POST.get("verdict", ""),
            words=request.POST.get("words", ""),
            command=request.POST.get("command", ""),
            by=signed_in(request) if request.user.is_authenticated else None,
        )
    except ReportRefused as refused:
        return _form(request, runbook, step, str(refused), status=422)
    if request.headers.get("HX-Request"):
        return _form(request, runbook, step, made=made)
    again = {"made": reporting.receipt(made)}
    if values := _values(request, runbook):
        again["values"] = values
    more = f"{_address(runbook, step)}?{urlencode(again)}"
    messages.success(
        request,
        format_html(
            'Thank you. {} sees that {} is reported {}. <a href="{}">Say more, or undo it</a>',
            runbook.owner,
            step.label,
            made.verdict,
            more,
        ),
    )
    return redirect(_step_address(request, runbook, step))


def _again(
    request: HttpRequest, runbook: Runbook, step: Step, made: Report | None
) -> HttpResponseBase:
    """Say more to what was just reported, or take it back."""
    if made is None:
        problem = (
            "That report is closed by now, or more than an hour old. You can report the step anew."
        )
        return _form(request, runbook, step, problem, status=HTTPStatus.CONFLICT)
    if request.POST["do"] == "undo":
        reporting.take_back(made)
        said = f"Taken back: {step.label} is not reported {made.verdict} by you any more."
    else:
        if problem := _too_many(request):
            return _form(request, runbook, step, problem, made=made, status=429)
        sent = {name: request.POST.get(name, "") for name in ("words", "command")}
        try:
            reporting.say_more(made, **sent)
        except ReportRefused as refused:
            return _form(request, runbook, step, str(refused), made=made, status=422)
        said = f"Thank you. {runbook.owner} reads that with the report on {step.label}."
    if request.headers.get("HX-Request"):
        return _form(request, runbook, step, said=said)
    messages.success(request, said)
    return redirect(_step_address(request, runbook, step))


def _too_many(request: HttpRequest) -> str:
    """A sentence when this person or address has no slot left; else a slot is taken."""
    if request.user.is_authenticated:
        wait = claim(BY_PERSON, str(signed_in(request).pk))
    else:
        wait = claim(BY_ADDRESS, address_of(request))
    if not wait:
        return ""
    return f"Nothing was kept: that were many reports at once. Try again in {in_words(wait)}."


def _address(runbook: Runbook, step: Step) -> str:
    return reverse("runbooks:report", args=[runbook.slug, step.key])


def _form(
    request: HttpRequest,
    runbook: Runbook,
    step: Step,
    problem: str = "",
    *,
    made: Report | None = None,
    said: str = "",
    status: int = 200,
) -> HttpResponse:
    fragment = bool(request.headers.get("HX-Request"))
    asked = request.GET.get("verdict", "")
    context = {
        "runbook": runbook,
        "step": step,
        "key": step.key,
        "label": step.label,
        "address": _address(runbook, step),
        "step_address": _step_address(request, runbook, step),
        "values": _values(request, runbook),
        "problem": problem,
        "said": said,
        "made": made,
        "receipt": reporting.receipt(made) if made else "",
        "asked": asked if asked in reporting.WORST_FIRST else "",
        "words": request.POST.get("words", ""),
        "command": request.POST.get("command", ""),
    }
    if not fragment:
        there = [r for r in reporting.open_reports(runbook) if r.key == step.key]
        return render(request, "runbooks/report.html", {**context, "there": there}, status=status)
    # htmx swaps only what succeeded: a fragment that says what is wrong has to arrive.
    name = "runbooks/_reported.html" if made else "runbooks/_tell.html"
    return render(request, name, context)


@require_POST
@requires(Right.PUBLISH)
def set_aside(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Close a report that needs no change, with the reason that its reporter reads."""
    seen = Runbook.objects.seen_by(viewer(request))
    found = get_object_or_404(
        Report.objects.filter(runbook__in=seen).select_related("runbook__owner"), pk=pk
    )
    check(request, Right.PUBLISH, **over(found.runbook))
    try:
        reporting.set_aside(found, by=signed_in(request), why=request.POST.get("why", ""))
        messages.success(request, "Closed. Who reported it reads your reason.")
    except ReportRefused as refused:
        messages.warning(request, str(refused))
    return redirect("runbooks:proposals")
