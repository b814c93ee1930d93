"""`/r/<slug>/prevention`: what would keep it from happening again, and the owner's signature under each."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from portal.accounts.access import Right, requires
from portal.typed import number
from runbooks.reviews import prevention
from runbooks.reviews.deciding import Refused
from runbooks.reviews.models import PreventionItem
from runbooks.views.asking import find_runbook, signed_in

_DONE = {
    PreventionItem.State.OPEN.value: "It is open again.",
    PreventionItem.State.DONE.value: "Signed off as done.",
    PreventionItem.State.ACCEPTED.value: "The risk is accepted, with your reason.",
}


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Right.REVIEW)
def items(request: HttpRequest, slug: str) -> HttpResponseBase:
    """POST signs off `item` with `state` and `reason`; the owner alone may."""
    runbook = find_runbook(request, slug)
    person = signed_in(request)
    problem, asked = "", ""
    if request.method == "POST":
        asked = request.POST.get("item", "")
        pk = number(asked) or 0
        item = get_object_or_404(PreventionItem, pk=pk, runbook=runbook)
        try:
            prevention.sign_off(
                item,
                by=person,
                state=request.POST.get("state", ""),
                reason=request.POST.get("reason", ""),
            )
        except Refused as refused:
            problem = str(refused)
        else:
            messages.success(request, _DONE[request.POST["state"]])
            return redirect("reviews:prevention", runbook.slug)
    context = {
        "runbook": runbook,
        "items": prevention.of(runbook),
        "owns": runbook.owner_id == person.pk,
        "problem": problem,
        "asked": asked,
        "typed": request.POST.get("reason", ""),
        "debt_since": prevention.debt_since(timezone.now()),
    }
    return render(request, "reviews/prevention.html", context, status=422 if problem else 200)
