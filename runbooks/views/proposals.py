"""Proposals: what waits for whom, one of them beside the live text, and where two texts are settled."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from portal.accounts.access import Right, Viewer, check, may, requires, viewer
from portal.accounts.models import User
from portal.typed import words_of
from runbooks import (
    changing,
    document,
    previewing,
    publishing,
    writing,
)
from runbooks.comparing import Line, Span, compare, counts
from runbooks.merging import Merged
from runbooks.merging import settle as settled
from runbooks.models import Draft, Proposal, Report, Revision, Runbook
from runbooks.publishing import Conflict, PublishingRefused
from runbooks.views.answering import answers, ticks_of
from runbooks.views.asking import find_proposal, may_edit, over_proposal, seen_proposals, signed_in
from runbooks.views.places import Place, address_of
from runbooks.views.sending import after_accepting

#: Rows of each part of the list.
_MOST = 100
_MOST_BEGUN = 20


@require_safe
@requires(Right.PROPOSE)
def proposals(request: HttpRequest) -> HttpResponse:
    """What waits for me, what I proposed and what became of it, and what I reported."""
    person, who = signed_in(request), viewer(request)
    seen = (
        seen_proposals(who)
        .select_related("runbook", "runbook__owner", "proposed_by", "decided_by")
        .defer("text")
    )
    waiting = seen.filter(state=Proposal.State.OPEN).exclude(proposed_by=person)
    mine = waiting.for_owner(person)
    others = waiting.exclude(pk__in=mine.values("pk"))
    reports = (
        Report.objects.filter(
            by=person, runbook__in=Runbook.objects.seen_by(who).values("pk")
        ).select_related("runbook", "answered_by", "closed_by")
    ).defer("answered_by__text")
    owned = Report.objects.open().filter(runbook__owner=person).select_related("runbook", "by")
    context = {
        "mine": list(mine[: _MOST * 3]),
        "others": list(others[:_MOST]),
        "made": list(seen.filter(proposed_by=person)[:_MOST]),
        "reports": list(reports[:_MOST]),
        "owned_reports": list(owned[:_MOST]),
        "begun": _begun(person, who),
    }
    return render(request, "runbooks/proposals.html", context)


def _begun(person: User, who: Viewer) -> list[dict[str, Any]]:
    """Texts of one's own that were not sent yet, where they were begun."""
    seen = Q(runbook=None) | Q(runbook__in=Runbook.objects.seen_by(who).values("pk"))
    mine = Draft.objects.filter(seen, person=person, thrown_at=None)
    found = []
    for draft in mine.select_related("runbook", "proposal")[:_MOST_BEGUN]:
        place = Place(draft.runbook, draft.proposal)
        title = draft.runbook.title if draft.runbook else document.title_in(draft.text)
        found.append({"draft": draft, "address": address_of(place), "title": title})
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Right.PROPOSE)
def proposal(request: HttpRequest, pk: int) -> HttpResponseBase:
    """One proposal. `do` is accept, decline (sends it back with a comment) or withdraw."""
    found = find_proposal(request, pk)
    if request.method != "POST":
        return _page(request, found)
    person = signed_in(request)
    note = words_of(request.POST, "note", 2000)
    try:
        match request.POST.get("do", ""):
            case "accept":
                check(request, Right.PUBLISH, **over_proposal(found))
                outcome = writing.accept(found, by=person)
                return after_accepting(request, outcome, ticks_of(request).ticked)
            case "decline":
                check(request, Right.PUBLISH, **over_proposal(found))
                if not note:
                    raise PublishingRefused("Say why: the proposer reads your comment.")
                publishing.decline(found, by=person, note=note)
                messages.success(request, "Sent back with your comment.")
            case "withdraw":
                changing.withdraw(found, by=person)
                messages.success(request, "Taken back. Its text stays here.")
            case _:
                messages.warning(request, "Nothing was chosen, so nothing was changed.")
    except PublishingRefused as refused:
        return _page(request, found, problems=refused.sentences, note=note, status=422)
    return redirect("runbooks:proposal", pk)


def _page(
    request: HttpRequest,
    found: Proposal,
    *,
    problems: list[str] | None = None,
    note: str = "",
    status: int = 200,
) -> HttpResponse:
    runbook, base = found.runbook, found.base
    hunks = compare(base.text if base else "", found.text)
    added, removed = counts(hunks)
    is_open = found.state == Proposal.State.OPEN
    ticks = ticks_of(request) if request.method == "POST" else None
    live = runbook.live_revision if runbook else None
    context: dict[str, Any] = {
        "proposal": found,
        "runbook": runbook,
        "hunks": hunks,
        "added": added,
        "removed": removed,
        "look": previewing.look(found.text, runbook=runbook, kind=found.kind, draw=False)
        if is_open
        else None,
        "is_open": is_open,
        "publishes": may(request, Right.PUBLISH, **over_proposal(found)),
        "edits": may_edit(request, found),
        "own": found.proposed_by_id == signed_in(request).pk,
        "number": live.number + 1 if live else 1,
        "moved_on": live is not None and live.pk != found.base_id,
        "answers": answers(runbook, found.text, ticks=ticks) if is_open else [],
        "problems": problems or [],
        "note": note,
        "title": runbook.title if runbook else document.title_in(found.text) or found.slug,
    }
    return render(request, "runbooks/proposal.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Right.PROPOSE)
def settle(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Conflict by conflict: the live text, the proposal's, both, or one's own words."""
    found = find_proposal(request, pk)
    if found.state != Proposal.State.OPEN or not may_edit(request, found):
        messages.warning(request, "This proposal is not open for you to settle.")
        return redirect("runbooks:proposal", pk)
    merged = changing.merged_with_live(found)
    if merged is None or found.runbook is None:
        return redirect("runbooks:proposal", pk)
    if request.method == "POST":
        return _settled(request, found, merged)
    return _settle_page(request, found, merged, [])


def _settled(request: HttpRequest, found: Proposal, merged: Merged) -> HttpResponseBase:
    runbook = found.runbook
    live = runbook.live_revision if runbook else None
    if live is None or request.POST.get("onto", "") != str(live.number):
        problem = "The runbook moved on once more: these are the places that differ now."
        return _settle_page(request, found, merged, [problem], status=409)
    choices = [_choice(request, n, place.proposed) for n, place in enumerate(merged.conflicts)]
    if None in choices:
        problem = "Choose for each place which text stands, or write your own."
        return _settle_page(request, found, merged, [problem], status=422)
    try:
        text = settled(merged, [choice for choice in choices if choice is not None])
        writing.settle(found, text=text, onto=live, by=signed_in(request))
    except Conflict:
        return redirect("runbooks:settle", found.pk)
    except (document.DocumentError, PublishingRefused) as error:
        return _settle_page(request, found, merged, [str(error)], status=422)
    messages.success(request, "Settled. Look at it once more, then publish it.")
    return redirect("runbooks:proposal", found.pk)


def _choice(request: HttpRequest, number: int, proposed: str) -> str | None:
    chosen = request.POST.get(f"place-{number}", "")
    own = writing.text_from_form(request.POST.get(f"own-{number}", ""))
    # Who wrote words of their own and ticked nothing has chosen them.
    written = bool(own.strip()) and own.rstrip("\n") != proposed.rstrip("\n")
    if chosen == "own" or (not chosen and written):
        # An ending of its own keeps words such as “live” from being read as a choice.
        return f"{own}\n" if own and not own.endswith("\n") else own
    return chosen if chosen in ("live", "proposed", "both") else None


def _marked(base: str, text: str) -> list[Line]:
    """The lines of `text`, with the words that are not in `base`."""
    if not base:
        return [Line("same", (Span(line),)) for line in text.splitlines()]
    hunks = compare(base, text, context=max(base.count("\n"), text.count("\n")) + 1)
    return [line for hunk in hunks for line in hunk.lines if line.change != "removed"]


def _settle_page(
    request: HttpRequest,
    found: Proposal,
    merged: Merged,
    problems: list[str],
    *,
    status: int = 200,
) -> HttpResponse:
    live: Revision | None = found.runbook.live_revision if found.runbook else None
    places = [
        {
            "number": number,
            "conflict": conflict,
            "chosen": request.POST.get(f"place-{number}", ""),
            "own": request.POST.get(f"own-{number}", conflict.proposed),
            "live": _marked(conflict.base, conflict.live),
            "proposed": _marked(conflict.base, conflict.proposed),
        }
        for number, conflict in enumerate(merged.conflicts)
    ]
    context = {
        "proposal": found,
        "runbook": found.runbook,
        "live": live,
        "places": places,
        "problems": problems,
        "joined": not places,
    }
    return render(request, "runbooks/settle.html", context, status=status)
