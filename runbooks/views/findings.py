"""A runbook's findings: mended, waived with a reason, or settled by naming what the company has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from portal.accounts.access import Right, check, may, reader_required, requires, viewer
from portal.typed import number, words_of
from runbooks import debts, writing
from runbooks.checks import NEVER_WAIVED
from runbooks.debts import SETTLED_BY_A_NAME, WaiverRefused
from runbooks.models import Runbook
from runbooks.models.waiver import MOST_ABOUT
from runbooks.views.asking import by_old_slugs, find_runbook, over, signed_in


@require_safe
@reader_required
@by_old_slugs
def findings(request: HttpRequest, slug: str) -> HttpResponse:
    return _page(request, find_runbook(request, slug))


@require_POST
@requires(Right.WAIVE)
def waive(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Live with a finding (`code`, `about`, `reason`), or with `waiver` take that one back."""
    runbook = find_runbook(request, slug)
    check(request, Right.WAIVE, **over(runbook))
    person, sent = signed_in(request), request.POST
    if pk := sent.get("waiver", ""):
        waiver = get_object_or_404(runbook.waivers, pk=number(pk) or 0)
        debts.unwaive(waiver, by=person)
        messages.success(request, "The finding counts again.")
        return redirect("runbooks:findings", runbook.slug)
    code, about = sent.get("code", ""), about_of(sent, "about")
    try:
        reason = words_of(sent, "reason", debts.MOST_REASON)
        debts.waive(runbook, code=code, about=about, reason=reason, by=person)
    except WaiverRefused as refused:
        return _page(request, runbook, problem=str(refused), of=(code, about), status=422)
    messages.success(request, "Waived. Your reason stands beside the finding.")
    return redirect("runbooks:findings", runbook.slug)


def about_of(sent: Mapping[str, str], name: str) -> str:
    """What a finding is about, as its form sends it back. It is compared to the letter: spaces at its ends
    count, and the line ends of a browser are not its own."""
    return writing.text_from_form(sent.get(name, "")).replace("\0", "")[:MOST_ABOUT]


def _page(
    request: HttpRequest,
    runbook: Runbook,
    *,
    problem: str = "",
    of: tuple[str, str] = ("", ""),
    status: int = 200,
) -> HttpResponse:
    worn = debts.worn_by(runbook)
    covered = {one.waiver.pk for one in worn if one.waiver}
    context: dict[str, Any] = {
        "runbook": runbook,
        "rows": [
            {
                "debt": one.debt,
                "waivable": one.debt.code not in NEVER_WAIVED,
                "kind": SETTLED_BY_A_NAME.get(one.debt.code, ""),
                "problem": problem if (one.debt.code, one.debt.about) == of else "",
            }
            for one in worn
            if one.waiver is None
        ],
        "waived": [one for one in worn if one.waiver is not None],
        "idle": [w for w in runbook.waivers.select_related("by") if w.pk not in covered],
        "waives": may(request, Right.WAIVE, **over(runbook)),
        "names": may_name_ours(request),
        "proposes": may(request, Right.PROPOSE),
        "problem": problem,
    }
    return render(request, "runbooks/findings.html", context, status=status)


def may_name_ours(request: HttpRequest) -> bool:
    """The company's names are of no team: who leads any of them may."""
    who = viewer(request)
    return may(request, Right.NAME_OURS, teams=[team for team, _ in who.ranks])
