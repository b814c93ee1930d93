"""Findings settled from within the editor: its form says which, and keeps what is being written."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from portal.accounts.access import Right, check, may, refusal
from portal.typed import words_of
from runbooks import debts
from runbooks.checks import NEVER_WAIVED
from runbooks.models import Runbook
from runbooks.views.asking import over, signed_in
from runbooks.views.findings import about_of, may_name_ours


def context(request: HttpRequest, runbook: Runbook | None) -> dict[str, Any]:
    """What the findings beside the text offer to whom."""
    return {
        "waives": runbook is not None and may(request, Right.WAIVE, **over(runbook)),
        "names": may_name_ours(request),
        "never_waived": NEVER_WAIVED,
        "settled_by_a_name": debts.SETTLED_BY_A_NAME,
    }


def settle(request: HttpRequest, runbook: Runbook | None, do: str) -> None:
    """`do` is waive-3 or know-3: the third finding of the form. Raises PermissionDenied, WaiverRefused."""
    verb, _, number = do.partition("-")
    code, reason, know = (
        words_of(request.POST, f"{name}-{number}", debts.MOST_REASON)
        for name in ("code", "reason", "know")
    )
    person = signed_in(request)
    if verb == "waive" and runbook is not None:
        check(request, Right.WAIVE, **over(runbook))
        about = about_of(request.POST, f"about-{number}")
        debts.waive(runbook, code=code, about=about, reason=reason, by=person)
        messages.success(request, "Waived. Your text is as you left it, and not published yet.")
    elif verb == "know" and know in debts.SETTLED_BY_A_NAME:
        if not may_name_ours(request):
            raise PermissionDenied(refusal(Right.NAME_OURS))
        name = about_of(request.POST, f"about-know-{number}")
        debts.know(debts.SETTLED_BY_A_NAME[know], [name], by=person)
        messages.success(request, f"{name} is known from now on.")
