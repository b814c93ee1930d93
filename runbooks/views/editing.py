"""The editor: a plain form that publishes or proposes, and the requests that its script makes meanwhile."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from portal.accounts.access import Right, may, reader_required, requires, viewer
from portal.accounts.models import User
from portal.typed import words_of
from runbooks import debts, document, drafts, hooks, mending, previewing
from runbooks.blank import blank_text
from runbooks.comparing import compare, counts
from runbooks.facts_form import facts_of, suggestions, with_facts
from runbooks.models import Draft, Runbook
from runbooks.naming import slug_of
from runbooks.publishing import PublishingRefused
from runbooks.views import sending, settling
from runbooks.views import writing as blank
from runbooks.views.alert_values import back_to, outlives_sign_in
from runbooks.views.answering import Answer, answers, ticks_of
from runbooks.views.asking import (
    by_old_slugs,
    find_proposal,
    find_runbook,
    may_edit,
    may_publish_somewhere,
    over,
    signed_in,
)
from runbooks.views.keeping import also_of
from runbooks.views.places import (
    Place,
    Writing,
    address_of,
    number_of,
    place_of,
    tab_of,
    text_of,
    took_of,
    values_of,
    with_base,
)


@require_http_methods(["GET", "HEAD", "POST"])
@outlives_sign_in
@requires(Right.PROPOSE)
@by_old_slugs
def edit(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Change a runbook: `do` is publish, propose, preview or facts."""
    runbook = find_runbook(request, slug)
    place = Place(runbook, base=runbook.live_revision)
    if request.method == "POST":
        # Opened from its review page, it answers the review, whoever may decide it.
        reviewing = hooks.reviewing.set(request.POST.get("review") == "1")
        try:
            return _sent(request, with_base(place, request))
        finally:
            hooks.reviewing.reset(reviewing)
    text = place.base.text if place.base else ""
    asked = request.GET
    begun = Writing(
        text,
        why=words_of(asked, "why", 500),
        review=asked.get("review") == "1",
        report=number_of(asked.get("report", "")),
        values=values_of(request, place),
    )
    return _opened(request, place, begun)


@require_http_methods(["GET", "HEAD", "POST"])
@reader_required
def new(request: HttpRequest) -> HttpResponseBase:
    """Write a new runbook, begun with what is known of the gap. Who is not signed in gets it as a file."""
    if not may(request, Right.PROPOSE):
        return blank.new(request)
    if request.method == "POST":
        return _sent(request, Place())
    known = blank.known_of(request)
    text = blank_text(**known, owner=request.user.get_username())
    slug, gap = slug_of(known["title"] or known["alert"]), words_of(request.GET, "gap", 300)
    return _opened(request, Place(), Writing(text, slug=slug, gap=gap))


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Right.PROPOSE)
def edit_proposal(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Change an open proposal, or begin again from one that was sent back."""
    proposal = find_proposal(request, pk)
    place = Place(proposal.runbook, proposal, proposal.base)
    if not may_edit(request, proposal):
        messages.warning(request, "Only who proposed it or may publish it can edit a proposal.")
        return redirect("runbooks:proposal", pk)
    if request.method == "POST":
        return _sent(request, place)
    return _opened(request, place, Writing(proposal.text, proposal.why, proposal.slug))


@require_POST
@requires(Right.PROPOSE)
def preview(request: HttpRequest) -> HttpResponse:
    """The findings and the page of what was typed so far, as a fragment."""
    place = place_of(request)
    report = number_of(request.POST.get("report", ""))
    sent = Writing(text_of(request, place), report=report, ticks=ticks_of(request))
    look = previewing.look(
        sent.text,
        runbook=place.runbook,
        by=signed_in(request),
        at=number_of(request.POST.get("at", "")) or None,
    )
    context = {
        "look": look,
        "place": place,
        # Asked for where the form shows reports: most runbooks have none.
        "answers": _answers(place, sent) if "reported" in request.POST else [],
        **settling.context(request, place.runbook),
    }
    return render(request, "runbooks/_preview.html", context)


@require_POST
@requires(Right.PROPOSE)
def changes(request: HttpRequest) -> HttpResponse:
    """What the text changes, as a fragment."""
    place = place_of(request)
    sent = Writing(text_of(request, place))
    return render(request, "runbooks/_changes.html", _changes(place, sent, asked=True))


@require_POST
@requires(Right.PROPOSE)
def facts(request: HttpRequest) -> HttpResponse:
    """The text with the front matter that the form says."""
    try:
        text = with_facts(text_of(request, place_of(request)), request.POST)
    except document.DocumentError as error:
        return HttpResponse(str(error), status=422, content_type="text/plain; charset=utf-8")
    return HttpResponse(text, content_type="text/plain; charset=utf-8")


@require_POST
@requires(Right.PROPOSE)
def suggested(request: HttpRequest) -> HttpResponse:
    """The text with the command that a report suggests."""
    place = place_of(request)
    sent = Writing(text_of(request, place), report=number_of(request.POST.get("report", "")))
    try:
        text = _with_suggested(place, sent)
    except (document.DocumentError, mending.NotMended) as error:
        return HttpResponse(str(error), status=422, content_type="text/plain; charset=utf-8")
    return HttpResponse(text, content_type="text/plain; charset=utf-8")


def _with_suggested(place: Place, sent: Writing) -> str:
    found = _mending(place, sent)
    if found is None or place.runbook is None:
        raise mending.NotMended("That report is closed by now.")
    return mending.with_suggested(place.runbook, sent.text, found.report)


def _mending(place: Place, sent: Writing) -> mending.Mending | None:
    if place.runbook is None or not sent.report:
        return None
    return mending.mending(place.runbook, sent.text, report=sent.report)


def _opened(request: HttpRequest, place: Place, writing: Writing) -> HttpResponse:
    if "draft" in request.GET:
        draft = drafts.find(
            signed_in(request),
            pk=number_of(request.GET["draft"]),
            runbook=place.runbook,
            proposal=place.proposal,
        )
        if draft is None:
            messages.warning(
                request, "That text is here no more: it was published, proposed or forgotten."
            )
        else:
            place = replace(place, base=draft.base or place.base)
            writing = replace(
                writing, text=draft.text, took=draft.tab, kept_at=draft.updated_at.isoformat()
            ).with_form(draft.also)
    return _page(request, place, writing)


def _sent(request: HttpRequest, place: Place) -> HttpResponseBase:
    sent = request.POST
    writing = Writing(
        text=text_of(request, place),
        tab=tab_of(request),
        ticks=ticks_of(request),
        took=took_of(request),
        kept_at=sent.get("kept_at", ""),
        values=values_of(request, place),
    ).with_form(also_of(request))
    do = sent.get("do", "preview")
    try:
        if do == "facts":
            writing = replace(writing, text=with_facts(writing.text, sent))
        elif do.startswith(("waive-", "know-")):
            settling.settle(request, place.runbook, do)
        elif do == "take":
            writing = replace(writing, text=_with_suggested(place, writing))
        elif do == "publish":
            return sending.publish(request, place, writing)
        elif do == "propose":
            return sending.propose(request, place, writing)
    except (document.DocumentError, mending.NotMended, debts.WaiverRefused) as error:
        return _page(request, place, replace(writing, problems=[str(error)]), status=422)
    except PublishingRefused as refused:
        return _page(request, place, replace(writing, problems=refused.sentences), status=422)
    return _page(request, place, writing)


def _page(request: HttpRequest, place: Place, sent: Writing, *, status: int = 200) -> HttpResponse:
    person, runbook = signed_in(request), place.runbook
    mended = _mending(place, sent)
    # Asked for by its button, it is the whole page, however long the text.
    at = None if request.POST.get("do") == "preview" else (mended and mended.line) or 1
    look = previewing.look(sent.text, runbook=runbook, by=person, at=at)
    live = runbook.live_revision if runbook else None
    publishes = (
        may(request, Right.PUBLISH, **over(runbook)) if runbook else may_publish_somewhere(request)
    )
    offered = _answers(place, sent) if publishes else []
    context: dict[str, Any] = {
        "place": place,
        "address": address_of(place),
        "back": back_to(runbook.get_absolute_url(), sent.values) if runbook else "",
        "runbook": runbook,
        "sent": sent,
        "tab": sent.tab or secrets.token_urlsafe(9),
        "look": look,
        "publishes": publishes,
        "number": live.number + 1 if live else 1,
        "moved_on": live is not None and place.base is not None and live.pk != place.base.pk,
        "begun": _begun(person, place, sent),
        "mended": mended,
        "answers": offered,
        "closes": [one.report for one in offered if one.ticked],
        "facts": facts_of(look.document),
        **settling.context(request, runbook),
        "severities": Runbook.Severity.values,
        **_changes(place, sent, asked=request.POST.get("do") == "changes"),
        "suggestions": suggestions(viewer(request)),
    }
    response = render(request, "runbooks/edit.html", context, status=status)
    response["Cache-Control"] = "no-store"
    return response


def _begun(person: User, place: Place, sent: Writing) -> list[tuple[Draft, str, str]]:
    """Other texts of this person for this place, each with its title and where it is taken up; what was
    begun for the same gap first."""
    mine = drafts.drafts_of(person, runbook=place.runbook, proposal=place.proposal)
    found = [d for d in mine.exclude(tab__in=[sent.tab, sent.took])[:20] if d.text != sent.text]
    found.sort(key=lambda d: bool(sent.gap) and d.also.get("gap") != sent.gap)
    return [
        (
            draft,
            "" if place.runbook else document.title_in(draft.text),
            address_of(place, draft=draft.pk, values=sent.values),
        )
        for draft in found[:3]
    ]


def _answers(place: Place, sent: Writing) -> list[Answer]:
    return answers(place.runbook, sent.text, mending=sent.report, ticks=sent.ticks)


def _changes(place: Place, sent: Writing, *, asked: bool) -> dict[str, Any]:
    if not asked:
        return {"hunks": None}
    hunks = compare(place.base.text if place.base else "", sent.text)
    added, removed = counts(hunks)
    return {"hunks": hunks, "added": added, "removed": removed}
