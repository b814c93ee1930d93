"""The company's tools, handles and channels: what a runbook may name without a finding."""

from __future__ import annotations

import re

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from portal.accounts.access import Right, reader_required, requires
from runbooks import debts
from runbooks.models import KnownName
from runbooks.views.asking import find_runbook, signed_in
from runbooks.views.findings import may_name_ours

_BETWEEN = re.compile(r"[\s,;]+")
#: More at once is a mistake, or another's list.
MOST_AT_ONCE = 1_000
_ABOUT = {
    KnownName.Kind.TOOL: ("Tools", "programs of yours that steps run, as flagctl"),
    KnownName.Kind.HANDLE: (
        "Handles",
        "whom runbooks page, as @dba-oncall; teams and people count",
    ),
    KnownName.Kind.CHANNEL: ("Channels", "where people talk, as #deploys"),
}


@require_safe
@reader_required
def known_names(request: HttpRequest) -> HttpResponse:
    return _page(request)


@require_POST
@requires(Right.NAME_OURS)
def name_ours(request: HttpRequest) -> HttpResponseBase:
    """Add `names` of a `kind`, parted by commas or line ends. `back` is the runbook that they came from."""
    sent = request.POST
    kind, names = sent.get("kind", ""), sent.get("names", "")
    found = [name for name in _BETWEEN.split(names.replace("\0", "")) if name.strip("@#")]
    problem = ""
    if kind not in KnownName.Kind.values:
        problem = "Say what they are: tools, handles or channels."
    elif not found:
        problem = "Write at least one name."
    elif len(found) > MOST_AT_ONCE:
        problem = f"These are {len(found):,} names; add at most {MOST_AT_ONCE:,} at once."
    elif long := next((name for name in found if len(name) > 101), ""):
        problem = f"“{long[:60]}…” is too long for a name: at most 100 letters."
    if problem:
        return _page(request, problem=problem, typed={"kind": kind, "names": names}, status=422)
    count = debts.know(kind, found, by=signed_in(request))
    what = found[0] if len(found) == 1 else f"{count} names"
    known = "known from now on" if count else "known already"
    messages.success(request, f"{what}: {known}. Findings about it are gone.")
    if back := sent.get("back", ""):
        return redirect("runbooks:findings", find_runbook(request, back[:200]).slug)
    return redirect("runbooks:known_names")


@require_POST
@requires(Right.NAME_OURS)
def forget_name(request: HttpRequest, pk: int) -> HttpResponseBase:
    found = get_object_or_404(KnownName, pk=pk)
    debts.forget(found, by=signed_in(request))
    messages.success(request, f"{found.name} is removed. The nightly check says where it is used.")
    return redirect("runbooks:known_names")


def _page(
    request: HttpRequest,
    *,
    problem: str = "",
    typed: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    rows: dict[str, list[KnownName]] = {kind: [] for kind in KnownName.Kind.values}
    for one in KnownName.objects.select_related("added_by"):
        rows[one.kind].append(one)
    context = {
        "groups": [(kind, *_ABOUT[KnownName.Kind(kind)], rows[kind]) for kind in rows],
        "names": may_name_ours(request),
        "problem": problem,
        "typed": typed or {},
    }
    return render(request, "runbooks/known_names.html", context, status=status)
