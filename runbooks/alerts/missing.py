"""No runbook answers an alert: what helps instead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from portal.accounts.access import NOBODY, Viewer
from runbooks.alerts.library import SERVICE_LABELS, Candidate
from runbooks.alerts.models import Rule
from runbooks.alerts.service_words import sees
from runbooks.gaps import record_gap
from runbooks.importing.titles import readable
from runbooks.models import AlertText, Gap, Service
from runbooks.naming import slug_of
from runbooks.search import opening
from runbooks.search.engine import Filters
from runbooks.search.finding import Answer, find
from runbooks.search.showing import Row

_MOST_NEAREST = 5
_MOST_WORDS = 1_000
#: Words of an alert's name that are in any runbook and say nothing of what is wrong.
_GLUE = frozenset(
    {
        "a",
        "an",
        "alert",
        "alerts",
        "and",
        "are",
        "at",
        "by",
        "for",
        "from",
        "has",
        "have",
        "in",
        "is",
    }
    | {"it", "no", "of", "on", "or", "page", "paging", "such", "the", "this", "to", "was", "with"}
)
_NOTHING = Answer(query="", results=(), engine="", took_ms=0.0)


@dataclass(frozen=True, slots=True)
class Missing:
    """What the page says: the alert's own words, who may know, what comes near, where to write it.

    `private`: the service is not for this viewer, who is told whom to ask and no more.
    """

    alert: str
    summary: str
    description: str
    service: Service | None
    private: bool
    own: list[Row]  # the service's runbooks
    nearest: Answer
    elsewhere: list[Candidate]
    write_link: str


def missing(
    alert: str, labels: Mapping[str, str], *, elsewhere: list[Candidate], viewer: Viewer = NOBODY
) -> Missing:
    """`elsewhere`: runbooks that answer this alert, but not with these labels."""
    service = _service(alert, labels)
    private = service is not None and not sees(viewer, service)
    texts = AlertText.objects.filter(folded=alert.casefold()).order_by("pk")
    text = None if private else texts.first()
    summary = text.summary if text else labels.get("summary", "")
    description = text.description if text else labels.get("description", "")
    title = summary.split("\n")[0] or readable(alert)
    slug = service.slug if service and not private else ""
    known = {"title": title[:200], "alert": alert[:200], "service": slug}
    query = urlencode({name: value for name, value in known.items() if value}, errors="replace")
    words = _telling(f"{readable(alert)} {summary}")[:_MOST_WORDS]
    own = _of_service(service, viewer)
    return Missing(
        alert=alert,
        summary=summary,
        description=description,
        service=service,
        private=private,
        own=own,
        nearest=find(words, limit=_MOST_NEAREST, viewer=viewer) if words else _NOTHING,
        elsewhere=elsewhere,
        write_link=f"{reverse('runbooks:new')}?{query}",
    )


def keep_gap(found: Missing, *, again: bool) -> None:
    record_gap(kind=Gap.Kind.ALERT, words=found.alert, service=found.service, again=again)


def _telling(words: str) -> str:
    return " ".join(word for word in words.split() if word.strip(".,:;!?").lower() not in _GLUE)


def _of_service(service: Service | None, viewer: Viewer) -> list[Row]:
    if service is None:
        return []
    return opening.listed(Filters(service=service.slug), limit=_MOST_NEAREST, viewer=viewer)


def _service(alert: str, labels: Mapping[str, str]) -> Service | None:
    """The first that the labels name, else the one that a rule of this alert names."""
    slugs = [slug_of(labels[name])[:120] for name in SERVICE_LABELS if labels.get(name)]
    rules = Rule.objects.filter(folded=alert.casefold()).exclude(service_word="")
    slugs += [slug_of(word)[:120] for word in rules.values_list("service_word", flat=True)[:3]]
    wanted: dict[str, Any] = {slug: None for slug in slugs if slug}
    known = {
        service.slug: service
        for service in Service.objects.filter(slug__in=wanted).select_related("owner", "team")
    }
    return next((known[slug] for slug in wanted if slug in known), None)
