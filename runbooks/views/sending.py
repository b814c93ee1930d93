"""What the editor's buttons send: published or proposed, and where it goes on from there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypedDict

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.html import format_html

from portal.accounts.access import Right, may, refusal
from portal.accounts.models import User
from runbooks import document, drafts, gaps, reporting, writing
from runbooks.models import Proposal, Revision, Runbook
from runbooks.naming import slug_of
from runbooks.publishing import PublishingRefused
from runbooks.views.alert_values import back_to
from runbooks.views.asking import over, over_proposal, over_text, signed_in
from runbooks.views.keeping import arrived, go_on
from runbooks.views.places import Place, Writing


def publish(request: HttpRequest, place: Place, sent: Writing) -> HttpResponseBase:
    if not _may_publish(request, place, sent.text):
        raise PublishingRefused(
            f"{refusal(Right.PUBLISH)} Your text is still here: propose it instead."
        )
    person = signed_in(request)
    proposal = _revised(person, place, sent)
    if proposal is not None:
        outcome = writing.accept(proposal, by=person, why=sent.why)
    else:
        outcome = writing.publish(by=person, **_made_of(place, sent))
    _end(request, sent)
    ticked = sent.ticks.ticked if sent.ticks else frozenset()
    answer = after_accepting(request, outcome, ticked, values=sent.values)
    return arrived(sent.tab, request, answer)


def propose(request: HttpRequest, place: Place, sent: Writing) -> HttpResponseBase:
    person = signed_in(request)
    proposal = _revised(person, place, sent)
    if proposal is None:
        proposal = writing.propose(by=person, **_made_of(place, sent))
    _end(request, sent)
    said = f"Proposed, as proposal {proposal.pk}."
    messages.success(request, _with_way_back(said, proposal.runbook, sent.values))
    return arrived(sent.tab, request, redirect("runbooks:proposal", proposal.pk))


def _revised(person: User, place: Place, sent: Writing) -> Proposal | None:
    """The open proposal that is written on, with what was sent; None where none is."""
    if place.proposal is None or place.proposal.state != Proposal.State.OPEN:
        return None
    return writing.revise(
        place.proposal, text=sent.text, by=person, why=sent.why, slug=slug_of(sent.slug)
    )


class _MadeOf(TypedDict):
    """What `writing` makes a new proposal or revision of."""

    text: str
    runbook: Runbook | None
    base: Revision | None
    slug: str
    why: str
    origin: str


def _made_of(place: Place, sent: Writing) -> _MadeOf:
    return {
        "text": sent.text,
        "runbook": place.runbook,
        "base": place.base,
        "slug": _slug(place, sent),
        "why": sent.why,
        "origin": gaps.origin_of(sent.gap),
    }


def _end(request: HttpRequest, sent: Writing) -> None:
    """What was kept of this window while it was written has arrived."""
    go_on(request)
    drafts.discard(person=signed_in(request), tab=sent.tab)


def _with_way_back(said: str, runbook: Runbook | None, values: str) -> str:
    """What is said elsewhere leads back to the page that an alert opened, with its values."""
    if runbook is None or not values:
        return said
    back = back_to(runbook.get_absolute_url(), values)
    return format_html('{} <a href="{}">Back to the runbook</a>', said, back)


def after_accepting(
    request: HttpRequest,
    outcome: writing.Outcome,
    answers: Iterable[int],
    *,
    values: str = "",
) -> HttpResponseBase:
    """Say what became of it, and lead to where it goes on: the runbook's page, with an alert's `values`."""
    if outcome.revision is None:
        said = "The runbook moved on while you wrote. Nothing is lost: settle both texts here."
        runbook = outcome.proposal.runbook
        messages.warning(request, _with_way_back(said, runbook, values))
        return redirect("runbooks:settle", outcome.proposal.pk)
    revision = outcome.revision
    reporting.answer(revision, reports=answers, by=signed_in(request))
    words = f"Published as revision {revision.number}."
    if outcome.merged_with is not None:
        other = outcome.merged_with
        words += (
            f" It was joined with revision {other.number}, which {other.accepted_by} published."
        )
    messages.success(request, words)
    return redirect(back_to(revision.runbook.get_absolute_url(), values))


def _slug(place: Place, sent: Writing) -> str:
    if place.runbook is not None:
        return place.runbook.slug
    slug = slug_of(sent.slug) or slug_of(document.meta_of(sent.text).title)
    if not slug:
        raise PublishingRefused("A new runbook needs an address, or a title to make one of.")
    return slug


def _may_publish(request: HttpRequest, place: Place, text: str) -> bool:
    if place.runbook is not None:
        return may(request, Right.PUBLISH, **over(place.runbook))
    if place.proposal is not None and may(request, Right.PUBLISH, **over_proposal(place.proposal)):
        return True
    return may(request, Right.PUBLISH, **over_text(document.parse(text)))
