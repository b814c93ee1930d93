"""A reader reports a step: four buttons, a word if they like, signed in or not as the portal is set."""

from __future__ import annotations

from http import HTTPStatus

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from portal.accounts.access import Right, check, may, reader_required, requires, viewer
from portal.accounts.throttling import Limit, claim, in_words
from portal.http import address_of
from runbooks import reporting
from runbooks.models import Report, Runbook, Step
from runbooks.reporting import ReportRefused
from runbooks.views.asking import find_runbook, over, signed_in

#: Somebody who walks through a runbook with one broken step after another.
BY_PERSON = Limit("report-person", 30, 600)
#: Whoever is not signed in, by network address: an office shares one.
BY_ADDRESS = Limit("report-address", 20, 600)


@require_http_methods(["GET", "HEAD", "POST"])
@reader_required
def report(request: HttpRequest, slug: str, key: str) -> HttpResponseBase:
    """The form for one step, as a page or as the fragment beside the step; and what it sends."""
    if not (may(request, Right.REPORT) or settings.REPORT_WITHOUT_LOGIN):
        if request.user.is_authenticated:
            check(request, Right.REPORT)
        return redirect_to_login(request.get_full_path())
    runbook = find_runbook(request, slug)
    step = get_object_or_404(
        Step.objects.select_related("revision__runbook"),
        revision=runbook.live_revision_id,
        key=key.replace("\0", "")[:12],
    )
    if request.method != "POST":
        return _form(request, runbook, step)
    return _sent(request, runbook, step)


def _sent(request: HttpRequest, runbook: Runbook, step: Step) -> HttpResponseBase:
    person = signed_in(request) if request.user.is_authenticated else None
    limit, value = (BY_PERSON, str(person.pk)) if person else (BY_ADDRESS, address_of(request))
    if wait := claim(limit, value):
        problem = f"That were many reports at once. Try again in {in_words(wait)}."
        return _form(request, runbook, step, problem, status=HTTPStatus.TOO_MANY_REQUESTS)
    try:
        reporting.report(
            step,
            verdict=request.POST.get("verdict", ""),
            words=request.POST.get("words", ""),
            command=request.POST.get("command", ""),
            by=person,
        )
    except ReportRefused as refused:
        return _form(request, runbook, step, str(refused), status=422)
    context = {"runbook": runbook, "step": step, "verdict": request.POST["verdict"]}
    if request.headers.get("HX-Request"):
        return render(request, "runbooks/_reported.html", context)
    messages.success(request, f"Thank you. {runbook.owner} sees that {step.label} is reported.")
    return redirect(f"{runbook.get_absolute_url()}#step-{step.key}")


def _form(
    request: HttpRequest, runbook: Runbook, step: Step, problem: str = "", *, status: int = 200
) -> HttpResponse:
    fragment = bool(request.headers.get("HX-Request"))
    there = [r for r in reporting.open_reports(runbook) if r.key == step.key]
    context = {
        "runbook": runbook,
        "step": step,
        "problem": problem,
        "there": there,
        "words": request.POST.get("words", ""),
        "command": request.POST.get("command", ""),
    }
    name = "runbooks/_report.html" if fragment else "runbooks/report.html"
    # htmx swaps only what succeeded: a fragment that says what is wrong has to arrive.
    return render(request, name, context, status=200 if fragment else status)


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
