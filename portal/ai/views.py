"""A job as its asker sees it: how far it is, and a way to stop it."""

from __future__ import annotations

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from portal.accounts.access import Right, requires, viewer
from portal.ai import jobs
from portal.ai.models import Job
from portal.http import AuthenticatedHttpRequest


@require_safe
@requires(Right.DRILL)
def job(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    """The fragment that a page polls each second; once it is over the page is loaded anew."""
    found = _mine(request, pk)
    if not request.htmx:
        return redirect(back_of(found))
    if found.state not in (Job.State.WAITING, Job.State.RUNNING):
        # A page that htmx is told to load anew shows what came of it.
        return HttpResponse(headers={"HX-Redirect": back_of(found)})
    response = render(request, "ai/_job.html", {"job": found})
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@requires(Right.DRILL)
def cancel(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    found = _mine(request, pk)
    jobs.cancel(found)
    return redirect(back_of(found))


def back_of(job: Job) -> str:
    """The page of this site that started it."""
    back = str(job.about.get("back", ""))
    safe = back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    return back if safe else reverse("accounts:account")


def _mine(request: AuthenticatedHttpRequest, pk: int) -> Job:
    """One's own, or anybody's for who leads all. Raises Http404."""
    found = Job.objects.filter(pk=pk).first()
    if found is None or (found.by_id != request.user.pk and not viewer(request).sees_all):
        raise Http404
    return found
