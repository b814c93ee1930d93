"""What a request of the editor writes on: a runbook, a proposal or a new text. What stands in its form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from portal.typed import number
from runbooks import drafts, writing
from runbooks.models import Proposal, Revision, Runbook
from runbooks.views.alert_values import carried
from runbooks.views.answering import Ticks
from runbooks.views.asking import find_proposal, find_runbook


@dataclass(frozen=True, slots=True)
class Place:
    """What is being written on. All None: a new runbook."""

    runbook: Runbook | None = None
    proposal: Proposal | None = None
    base: Revision | None = None

    @property
    def name(self) -> str:
        """Where the browser keeps its copy under."""
        if self.proposal is not None:
            return f"proposal-{self.proposal.pk}"
        return f"runbook-{self.runbook.pk}" if self.runbook else "new"


@dataclass(frozen=True, slots=True)
class Writing:
    """What stands in the form."""

    text: str
    why: str = ""
    slug: str = ""
    tab: str = ""
    #: The ticks of reports; None before anything was sent.
    ticks: Ticks | None = None
    #: The report, the words of the gap, or the review that the editor was opened for.
    report: int = 0
    gap: str = ""
    review: bool = False
    #: Of the alert that led to the runbook's page, as `alert_values.carried` found them.
    values: str = ""
    #: The draft that was taken up: its window's key, and when it was kept.
    took: str = ""
    kept_at: str = ""
    problems: list[str] = field(default_factory=list)

    def with_form(self, form: Mapping[str, str]) -> Writing:
        """With what else stood in the form, as a draft has kept it."""
        return replace(
            self,
            why=form.get("why", self.why),
            slug=form.get("slug", self.slug),
            gap=form.get("gap", self.gap),
            report=number_of(form.get("report", "")) or self.report,
            review=form.get("review", "") == "1" or self.review,
        )


def place_of(request: HttpRequest) -> Place:
    """Of a request that the editor's script makes: it names what it writes on by its keys."""
    slug, pk = request.POST.get("runbook", ""), request.POST.get("proposal", "")
    if pk:
        proposal = find_proposal(request, number_of(pk))
        return Place(proposal.runbook, proposal, proposal.base)
    if not slug:
        return Place()
    runbook = find_runbook(request, slug)
    return with_base(Place(runbook, base=runbook.live_revision), request)


def with_base(place: Place, request: HttpRequest) -> Place:
    """The revision that this window was opened on, which may not be the live one any more."""
    asked = number_of(request.POST.get("base", ""))
    if place.runbook is None or not asked:
        return place
    base = Revision.objects.filter(runbook=place.runbook, number=asked).first()
    return replace(place, base=base or place.base)


def tab_of(request: HttpRequest) -> str:
    """The window's key; it goes into a cookie as well."""
    return _key(request.POST.get("tab", "")) or "plain"


def took_of(request: HttpRequest) -> str:
    """The key of the window whose draft this one took up, or ""."""
    return _key(request.POST.get("took", ""))


def _key(sent: str) -> str:
    return re.sub(r"[^\w-]", "", sent, flags=re.ASCII)[: drafts.MAX_TAB]


def text_of(request: HttpRequest, place: Place) -> str:
    before = place.proposal.text if place.proposal else place.base.text if place.base else ""
    return writing.text_from_form(request.POST.get("text", ""), before=before)


def number_of(sent: str) -> int:
    """A number that a request names, or 0."""
    return number(sent) or 0


def values_of(request: HttpRequest, place: Place) -> str:
    """The alert's values that the runbook was read with before somebody began to write."""
    return carried(request, place.runbook.get_absolute_url()) if place.runbook else ""


def address_of(place: Place, *, draft: int | None = None, values: str = "") -> str:
    """Where it is written on; with `draft`, from there, and back to the page with an alert's `values`."""
    if place.proposal is not None:
        address = reverse("runbooks:edit_proposal", args=[place.proposal.pk])
    elif place.runbook is not None:
        address = reverse("runbooks:edit", args=[place.runbook.slug])
    else:
        address = reverse("runbooks:new")
    asked = {name: said for name, said in (("draft", draft), ("values", values)) if said}
    return f"{address}?{urlencode(asked)}" if asked else address
