"""A step reported wrong, with the change that was suggested: one click publishes it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from portal.accounts.access import Right, check, may, requires
from portal.typed import number
from runbooks import document
from runbooks.comparing import compare
from runbooks.mending import NotMended
from runbooks.models import Report
from runbooks.publishing import PublishingRefused
from runbooks.reviews import taking
from runbooks.views.asking import by_old_slugs, find_runbook, over, signed_in


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Right.PROPOSE)
@by_old_slugs
def wrong_step(request: HttpRequest, slug: str, pk: int) -> HttpResponseBase:
    """Everybody sees it who may suggest a change, as a deputy does; who may publish it takes it."""
    runbook = find_runbook(request, slug)
    report = get_object_or_404(
        Report.objects.select_related("by", "runbook__live_revision"), pk=pk, runbook=runbook
    )
    problem = ""
    if request.method == "POST":
        check(request, Right.PUBLISH, **over(runbook))
        base = request.POST.get("base", "")
        try:
            revision = taking.take(report, by=signed_in(request), base=number(base) or 0)
        except (NotMended, PublishingRefused, document.DocumentError) as refused:
            problem = str(refused)
            report = Report.objects.select_related("by", "runbook__live_revision").get(pk=pk)
        else:
            messages.success(request, f"Published as revision {revision.number}.")
            return redirect(runbook)
    live = report.runbook.live_revision
    context: dict[str, Any] = {"report": report, "runbook": runbook, "base": live.pk if live else 0}
    try:
        context["hunks"] = compare(live.text if live else "", taking.with_suggestion(report))
    except (NotMended, document.DocumentError) as why:
        context["not_mended"] = str(why)
    context |= {"problem": problem, "may_take": may(request, Right.PUBLISH, **over(runbook))}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if problem else HTTPStatus.OK
    return render(request, "reviews/wrong_step.html", context, status=status)
