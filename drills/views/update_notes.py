"""`/drills/<id>/update-notes`: what the runbook should say instead, decided one by one by who may publish."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from drills import hot_wash, note_drafting, noting, seats
from drills.models import Drill, UpdateNote, Word
from drills.noting import CannotNote
from drills.views.live import may_follow
from drills.views.report import reported
from portal.accounts.access import Right, check, may, requires
from portal.ai import asking
from portal.http import AuthenticatedHttpRequest
from runbooks import document
from runbooks.comparing import compare
from runbooks.publishing import PublishingRefused
from runbooks.views.asking import over
from runbooks.views.sending import after_accepting

#: The whole step stands round what is changed.
_CONTEXT = 30


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Right.DRILL)
def page(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    """POST `do` is propose, publish or draft (by AI)."""
    drill = reported(request, pk)
    if request.method != "POST":
        return _page(request, drill)
    try:
        return _done(request, drill)
    except PublishingRefused as refused:
        return _page(request, drill, problems=refused.sentences, status=422)
    except (CannotNote, document.DocumentError) as refused:
        return _page(request, drill, problems=[str(refused)], status=422)


def _done(request: AuthenticatedHttpRequest, drill: Drill) -> HttpResponseBase:
    """Raises CannotNote, document.DocumentError, PublishingRefused, PermissionDenied."""
    do = request.POST.get("do", "")
    if do == "draft":
        if not _decides(request, drill):
            seats.must_facilitate(request, drill)
        note_drafting.ask_for(drill, by=request.user)
        return redirect("drills:update_notes", drill.pk)
    check(request, Right.PUBLISH, **over(drill.runbook))
    if do == "publish":
        return after_accepting(request, noting.publish(drill, by=request.user), ())
    if do == "propose":
        made = noting.propose(drill, by=request.user)
        messages.success(request, f"Proposed, as proposal {made.pk}.")
        return redirect("runbooks:proposal", made.pk)
    messages.warning(request, "Nothing was chosen, so nothing was changed.")
    return redirect("drills:update_notes", drill.pk)


@require_POST
@requires(Right.DRILL)
def decide(request: AuthenticatedHttpRequest, pk: int, note: int) -> HttpResponseBase:
    """`do` is accept (with `after`: other words), reject or waive (with `why`)."""
    drill = reported(request, pk)
    check(request, Right.PUBLISH, **over(drill.runbook))
    found = get_object_or_404(UpdateNote, pk=note, drill=drill)
    why = request.POST.get("why", "")
    try:
        match request.POST.get("do", ""):
            case "accept":
                noting.decide(found, accept=True, after=request.POST.get("after"), by=request.user)
            case "reject":
                noting.decide(found, accept=False, why=why, by=request.user)
            case "waive":
                noting.waive(found, reason=why, by=request.user)
            case _:
                messages.warning(request, "Nothing was chosen, so nothing was changed.")
    except CannotNote as refused:
        return _page(request, drill, problems=[str(refused)], wrong=found.pk, status=422)
    if request.htmx:
        return _page(request, drill, template="drills/_update_notes.html")
    response: HttpResponse = redirect("drills:update_notes", pk)
    response["Location"] += f"#note-{note}"
    return response


def _decides(request: AuthenticatedHttpRequest, drill: Drill) -> bool:
    return may(request, Right.PUBLISH, **over(drill.runbook))


def _page(
    request: AuthenticatedHttpRequest,
    drill: Drill,
    *,
    problems: list[str] | None = None,
    wrong: int = 0,
    status: int = 200,
    template: str = "drills/update_notes.html",
) -> HttpResponse:
    found = drill.notes.worst_first().select_related(
        "decided_by", "closed_by", "closed_revision", "closed_drill", "proposal"
    )
    notes = list(found.prefetch_related("observations__by"))
    notes.sort(key=lambda note: bool(note.closed))
    decides = _decides(request, drill)
    live = drill.runbook.live_revision
    job = note_drafting.job_of(drill)
    under_way = job is not None and note_drafting.is_under_way(job)
    undecided = sum(note.is_undecided for note in notes)
    context: dict[str, Any] = {
        "drill": drill,
        "runbook": drill.runbook,
        "rows": [_row(request, note, wrong) for note in notes],
        "decides": decides,
        "ready": [note for note in notes if note.is_ready],
        "undecided": undecided,
        "number": live.number + 1 if live else 1,
        "waiting": noting.waiting_of(notes),
        "problems": problems or [],
        "job": job,
        "under_way": under_way,
        "follows": job is not None and may_follow(request, job),
        "may_draft": asking.available()
        and bool(undecided)
        and not under_way
        and (decides or seats.may_facilitate(request, drill)),
        "moved_on": live is not None and live.pk != drill.revision_id,
        "words": _words(drill) if drill.quick else [],
    }
    return render(request, template, context, status=status)


def _row(request: AuthenticatedHttpRequest, note: UpdateNote, wrong: int) -> dict[str, Any]:
    typed = request.POST if note.pk == wrong else {}
    after = str(typed.get("after", note.after or note.before))
    return {
        "note": note,
        "hunks": compare(note.before, note.after, context=_CONTEXT) if note.after else (),
        "observations": list(note.observations.all()),
        "after": after,
        "lines": min(20, max(4, after.count("\n") + 3)),
        "why": typed.get("why", ""),
        "wrong": note.pk == wrong,
        "do": typed.get("do", ""),
        "may_change": not note.closed and not note.is_out,
        "sent_back": note.proposal is not None and not note.is_out,
    }


def _words(drill: Drill) -> list[tuple[str, str]]:
    """What was answered to the three questions, in a quick drill beside the notes."""
    labels = {one.value: str(one.label) for one in hot_wash.QUESTIONS}
    words = drill.words.exclude(prompt=Word.Prompt.FEEDBACK).exclude(text="")
    return [(labels[word.prompt], word.text) for word in words]
