"""History: every revision, any two of them side by side, an old one again, and who wrote which step."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.accounts.access import Right, check, may, reader_required, requires, viewer
from portal.typed import number, words_of
from runbooks import changing, writing
from runbooks.blaming import blame
from runbooks.comparing import compare as compared
from runbooks.comparing import counts
from runbooks.drawn_changes import DrawnChange, drawn_changes
from runbooks.models import Revision, Runbook, Step
from runbooks.publishing import PublishingRefused
from runbooks.views.asking import by_old_slugs, find_runbook, over, signed_in
from runbooks.views.sending import after_accepting


@require_safe
@reader_required
@by_old_slugs
def history(request: HttpRequest, slug: str) -> HttpResponse:
    runbook = find_runbook(request, slug)
    revisions = list(
        Revision.objects.filter(runbook=runbook)
        .select_related("accepted_by", "proposal__proposed_by")
        .defer("text", "proposal__text")
        .order_by("-number")
    )
    context = {
        "runbook": runbook,
        "revisions": revisions,
        "blame": blame(runbook),
        "publishes": may(request, Right.PUBLISH, **over(runbook)),
        "proposes": may(request, Right.PROPOSE),
        "retires": may(request, Right.RETIRE, **over(runbook)),
    }
    return render(request, "runbooks/history.html", context)


@require_safe
@reader_required
@by_old_slugs
def compare(request: HttpRequest, slug: str) -> HttpResponse:
    """`from` and `to` are revision numbers; `as` is raw or drawn."""
    runbook = find_runbook(request, slug)
    after = _revision(runbook, request.GET.get("to", "")) or runbook.live_revision
    if after is None:
        raise Http404
    before = _revision(runbook, request.GET.get("from", ""))
    if before is None:
        before = (
            Revision.objects.filter(runbook=runbook, number__lt=after.number)
            .select_related("accepted_by")
            .order_by("-number")
            .first()
        )
    drawn = request.GET.get("as") == "drawn"
    old = before.text if before else ""
    hunks = compared(old, after.text)
    added, removed = counts(hunks)
    numbers = Revision.objects.filter(runbook=runbook).order_by("-number")
    context = {
        "runbook": runbook,
        "before": before,
        "after": after,
        "drawn": drawn,
        "hunks": hunks,
        "steps": _drawn(before, after) if drawn else [],
        "added": added,
        "removed": removed,
        "numbers": list(numbers.values_list("number", "title")),
    }
    return render(request, "runbooks/compare.html", context)


def _drawn(before: Revision | None, after: Revision) -> list[DrawnChange]:
    numbers = [r.pk for r in (before, after) if r is not None]
    keys: dict[int, dict[str, str]] = {pk: {} for pk in (0, *numbers)}
    steps = Step.objects.filter(revision__in=numbers)
    for pk, label, key in steps.values_list("revision", "label", "key"):
        keys[pk][label] = key
    return drawn_changes(
        before.text if before else "",
        after.text,
        keys_before=keys[before.pk if before else 0],
        keys_after=keys[after.pk],
    )


def _revision(runbook: Runbook, asked: str) -> Revision | None:
    if not asked:
        return None
    found = Revision.objects.filter(runbook=runbook).select_related("accepted_by")
    return get_object_or_404(found, number=number(asked) or 0)


@require_POST
@requires(Right.PROPOSE)
@by_old_slugs
def restore(request: HttpRequest, slug: str) -> HttpResponseBase:
    """An old text again, as a proposal; who may publish publishes it in the same go."""
    runbook = find_runbook(request, slug)
    revision = _revision(runbook, request.POST.get("number", "") or "0")
    if revision is None or revision.pk == runbook.live_revision_id:
        messages.warning(request, "That is what is live already.")
        return redirect("runbooks:history", slug)
    person = signed_in(request)
    waits = request.POST.get("do") != "publish"
    if not waits:  # before there is a proposal that nobody is told of
        check(request, Right.PUBLISH, **over(runbook))
    why = words_of(request.POST, "why", 2000)
    proposal = changing.restore(revision, by=person, why=why, waits=waits)
    if waits:
        messages.success(request, f"Revision {revision.number} is proposed again.")
        return redirect("runbooks:proposal", proposal.pk)
    try:
        return after_accepting(request, writing.accept(proposal, by=person), ())
    except PublishingRefused as refused:
        messages.error(request, str(refused))
        return redirect("runbooks:proposal", proposal.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Right.EDIT_FACTS)
@by_old_slugs
def rename(request: HttpRequest, slug: str) -> HttpResponseBase:
    runbook = find_runbook(request, slug)
    check(request, Right.EDIT_FACTS, **over(runbook))
    wanted, problem = request.POST.get("slug", runbook.slug)[:300], ""
    if request.method == "POST":
        try:
            moved = changing.rename(runbook, slug=wanted, by=signed_in(request))
        except PublishingRefused as refused:
            problem = str(refused)
        else:
            messages.success(request, f"It lives at /r/{moved.slug} now. /r/{slug} leads here.")
            return redirect("runbooks:runbook", moved.slug)
    context = {"runbook": runbook, "wanted": wanted, "problem": problem}
    return render(request, "runbooks/rename.html", context, status=422 if problem else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Right.RETIRE)
@by_old_slugs
def retire(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Take a runbook out of use, or bring a retired one back (`do` is bring_back)."""
    runbook = find_runbook(request, slug)
    check(request, Right.RETIRE, **over(runbook))
    sent, problem = request.POST, ""
    if request.method == "POST":
        try:
            _retire(request, runbook)
            return redirect("runbooks:history", slug)
        except PublishingRefused as refused:
            problem = str(refused)
    others = Runbook.objects.live().seen_by(viewer(request)).exclude(pk=runbook.pk)
    context = {
        "runbook": runbook,
        "problem": problem,
        "leads_to": others.filter(pk=runbook.successor_id or 0).first(),
        "successor": sent.get("successor", "")[:200],
        "reason": sent.get("reason", "")[:2000],
        "others": list(others.order_by("title").values_list("slug", "title")[:500]),
    }
    return render(request, "runbooks/retire.html", context, status=422 if problem else 200)


def _retire(request: HttpRequest, runbook: Runbook) -> None:
    if request.POST.get("do") == "bring_back":
        changing.bring_back(runbook, by=signed_in(request))
        messages.success(request, "It is live again, with the text that it had.")
        return
    named = words_of(request.POST, "successor", 203).removeprefix("/r/")
    seen = Runbook.objects.seen_by(viewer(request))
    successor = seen.filter(slug=named).first() if named else None
    if named and successor is None:
        raise PublishingRefused(f"No runbook has the address /r/{named}.")
    reason = words_of(request.POST, "reason", 2000)
    changing.retire(runbook, by=signed_in(request), successor=successor, reason=reason)
    messages.success(request, "Retired. Old links lead on.")
