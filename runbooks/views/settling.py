"""Findings settled from within the editor: its form says which, and keeps what is being written."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from portal.accounts.access import Right, check, may, refusal
from runbooks import debts
from runbooks.checks import NEVER_WAIVED
from runbooks.models import Runbook
from runbooks.views.asking import over, signed_in
from runbooks.views.findings import may_name_ours


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
    sent = {
        name: request.POST.get(f"{name}-{number}", "").replace("\0", "")
        for name in ("code", "about", "reason", "know", "about-know")
    }
    person = signed_in(request)
    if verb == "waive" and runbook is not None:
        check(request, Right.WAIVE, **over(runbook))
        debts.waive(
            runbook, code=sent["code"], about=sent["about"], reason=sent["reason"], by=person
        )
        messages.success(request, "Waived. Your text is as you left it, and not published yet.")
    elif verb == "know" and sent["know"] in debts.SETTLED_BY_A_NAME:
        if not may_name_ours(request):
            raise PermissionDenied(refusal(Right.NAME_OURS))
        debts.know(debts.SETTLED_BY_A_NAME[sent["know"]], [sent["about-know"]], by=person)
        messages.success(request, f"{sent['about-know']} is known from now on.")
