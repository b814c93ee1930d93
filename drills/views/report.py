"""`/drills/<id>/report`: what came of a drill, as a page and as files; a draft until a person signs it."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from drills import improving, report_files, reporting, seats, trusting
from drills.improving import CannotImprove
from drills.models import ActionItem, Drill, UpdateNote
from drills.report import report_of
from drills.reporting import CannotReport
from drills.states import MoveRefused
from portal.accounts.access import Right, open_to_all, requires
from portal.accounts.models import User
from portal.http import AuthenticatedHttpRequest, HttpRequest
from runbooks.views.asking import signed_in

S = Drill.State
_MOST_PEOPLE = 100
_DOOR = "Who was in the drill, by account or by its link; a lead of its team, the runbook's owner."
_KINDS = {
    "md": ("text/markdown; charset=utf-8", "report"),
    "pdf": ("application/pdf", "report"),
    "csv": ("text/csv; charset=utf-8", "msel"),
}


def reported(request: HttpRequest, pk: int) -> Drill:
    """A drill that is over, for who may read of it. Raises Http404, PermissionDenied."""
    drill = seats.find_drill(pk)
    if not seats.may_see(request, drill):
        raise PermissionDenied(
            "What came of this drill is for those who were in it and may see its runbook, the leads of its "
            "team and the runbook's owner."
        )
    if drill.state not in (S.REPORTING, S.SIGNED_OFF):
        if drill.state == S.HOT_WASH and seats.may_facilitate(request, drill):
            return drill
        raise PermissionDenied("There is a report once the drill's hot wash is closed.")
    return drill


@require_http_methods(["GET", "HEAD", "POST"])
@open_to_all(_DOOR)
def report(request: HttpRequest, pk: int) -> HttpResponse:
    """POST `do` is write or sign."""
    drill = reported(request, pk)
    if request.method != "POST":
        return _page(request, drill)
    seats.must_facilitate(request, drill)
    try:
        if drill.state != S.SIGNED_OFF:
            reporting.write(
                drill,
                summary=request.POST.get("summary", ""),
                facilitator_notes=request.POST.get("facilitator_notes", ""),
                redrill_on=_day(request.POST.get("redrill_on", "")),
            )
        if request.POST.get("do") == "sign":
            reporting.sign(drill, by=signed_in(request))
            messages.success(request, "Signed. The runbook's page says how it went.")
        else:
            messages.success(request, "Kept.")
    except (CannotReport, MoveRefused) as refused:
        return _page(request, seats.find_drill(pk), problem=str(refused), status=422)
    return redirect("drills:report", pk)


@require_safe
@open_to_all(_DOOR)
def report_file(request: HttpRequest, pk: int, ending: str) -> HttpResponse:
    """The report as Markdown or PDF, or the list of events as CSV."""
    drill = reported(request, pk)
    if ending not in _KINDS:
        raise Http404
    kind, name = _KINDS[ending]
    if ending == "csv":
        content: str | bytes = report_files.msel_csv(drill)
    else:
        told = report_of(drill)
        content = report_files.as_markdown(told) if ending == "md" else report_files.as_pdf(told)
    response = HttpResponse(content, content_type=kind)
    day = trusting.day_of(drill)
    response["Content-Disposition"] = f'attachment; filename="drill-{pk}-{day}-{name}.{ending}"'
    response["Cache-Control"] = "private, no-store"
    return response


@require_POST
@requires(Right.DRILL)
def action(request: AuthenticatedHttpRequest, pk: int, item: int | None = None) -> HttpResponse:
    """`do` is give (new, or other facts of `item`), done or again. Its owner says when it is done."""
    drill = reported(request, pk)
    found = get_object_or_404(ActionItem, pk=item, drill=drill) if item else None
    do = request.POST.get("do", "")
    if found is None or do == "give" or found.owner_id != request.user.pk:
        seats.must_facilitate(request, drill)
    try:
        if found is not None and do in ("done", "again"):
            improving.finish(found, by=request.user, done=do == "done")
        else:
            improving.give(
                drill,
                text=request.POST.get("text", ""),
                owner=User.objects.named(request.POST.get("owner", "")),
                due_on=_day(request.POST.get("due_on", "")),
                priority=request.POST.get("priority", ""),
                by=request.user,
                item=found,
            )
    except CannotImprove as refused:
        return _page(request, drill, action_problem=str(refused), wrong=item or 0, status=422)
    response: HttpResponse = redirect("drills:report", pk)
    response["Location"] += "#actions"
    return response


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def _page(
    request: HttpRequest,
    drill: Drill,
    *,
    problem: str = "",
    action_problem: str = "",
    wrong: int = 0,
    status: int = 200,
) -> HttpResponse:
    leads = seats.may_facilitate(request, drill)
    signed = drill.state == S.SIGNED_OFF
    told = report_of(drill)
    tried = [step for step in told.steps if step.tried]
    context: dict[str, Any] = {
        "drill": drill,
        "report": told,
        "tried": len(tried),
        "worked": sum(step.verdict == "worked" for step in tried),
        "leads": leads,
        "writes": leads and drill.state == S.REPORTING,
        "gives": leads,
        "signed": signed,
        "problem": problem,
        "action_problem": action_problem,
        "sent": request.POST if problem else {},
        "new_action": request.POST if action_problem and not wrong else {},
        "wrong": wrong,
        "open_notes": drill.notes.still_open().count(),
        "actions": [
            (item, request.POST if item.pk == wrong else _facts(item))
            for item in drill.actions.select_related("owner")
        ],
        "people": _people(drill) if leads else [],
        "priorities": UpdateNote.Severity.choices,
        "suggested": drill.redrill_on or trusting.suggest_redrill(drill),
        "reads_notes": request.user.is_authenticated,
    }
    return render(request, "drills/report.html", context, status=status)


def _facts(item: ActionItem) -> dict[str, str]:
    """As its form has them."""
    return {
        "text": item.text,
        "owner": item.owner.username,
        "due_on": f"{item.due_on}",
        "priority": item.priority,
    }


def _people(drill: Drill) -> list[tuple[str, str]]:
    """Whom one would ask first: the owner, who was there, the team."""
    there = drill.participants.exclude(person=None).order_by().values("person")
    asked = Q(pk=drill.runbook.owner_id) | Q(pk__in=there)
    if drill.team_id:
        asked |= Q(teams=drill.team_id)
    people = User.objects.answering().filter(asked).distinct()
    return sorted((person.username, str(person)) for person in people[:_MOST_PEOPLE])
