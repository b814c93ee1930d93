"""The front matter as a form: what the text says, what to offer while typing, and the text that follows."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import QueryDict

from portal.accounts.access import Viewer
from portal.accounts.models import User
from portal.typed import number, words_of
from runbooks import frontmatter
from runbooks.document import Document, DocumentError, Problem, meta_of, write_alert
from runbooks.models import AlertName, Runbook, Service

#: So many names are offered of each kind; others can be typed.
_OFFERED = 400
#: Days between two reviews, at most.
_MOST_DAYS = 3650
_LISTS = ("services", "alerts")
_WORDS = ("title", "severity", "owner")


@dataclass(frozen=True, slots=True)
class Facts:
    """What the form's fields show."""

    title: str = ""
    services: tuple[str, ...] = ()
    alerts: tuple[str, ...] = ()
    severity: str = ""
    owner: str = ""
    review_every: int | None = None


def facts_of(parsed: Document | None) -> Facts | None:
    """None where the text cannot be read: then only the text itself can be mended."""
    if parsed is None:
        return None
    meta = parsed.meta
    return Facts(
        title=meta.title,
        services=meta.services,
        alerts=tuple(write_alert(alert) for alert in meta.alerts),
        severity=meta.severity,
        owner=meta.owner,
        review_every=meta.review_every,
    )


def with_facts(text: str, sent: QueryDict) -> str:
    """`text` with those fields rewritten that the form changes. Raises DocumentError, naming the field."""
    meta = meta_of(text)
    now = {
        "title": meta.title,
        "severity": meta.severity,
        "owner": meta.owner,
        "services": list(meta.services),
        "alerts": [write_alert(alert) for alert in meta.alerts],
    }
    for name in (*_WORDS, *_LISTS):
        if f"fact-{name}" not in sent:
            continue
        values = [" ".join(value.split())[:300] for value in sent.getlist(f"fact-{name}")]
        values = [value for value in values if value]
        if f"was-{name}" in sent and values == [v for v in sent.getlist(f"was-{name}") if v]:
            continue  # not touched in the form: the text may be newer
        wanted = list(dict.fromkeys(values)) if name in _LISTS else "".join(values[:1])
        if wanted != now[name]:
            text = frontmatter.set_field(text, name, wanted)
    days = words_of(sent, "fact-review_every", 100)
    if days and days != str(meta.review_every or ""):
        asked = number(days)
        if not asked or asked > _MOST_DAYS:
            message = f"Review every {days!r}: it takes a number of days, up to {_MOST_DAYS}."
            raise DocumentError(Problem(message, field="review_every"))
        text = frontmatter.set_field(text, "review_every", f"{asked}d")
    return text


def suggestions(who: Viewer) -> dict[str, list[tuple[str, str]]]:
    """(what is written, what it means) for each field that names something known. Three queries."""
    people = User.objects.filter(is_active=True).order_by("name")
    services = Service.objects.seen_by(who).order_by("slug")
    alerts = (
        AlertName.objects.filter(runbook__in=Runbook.objects.seen_by(who).values("pk"))
        .order_by("name")
        .values_list("name", flat=True)
        .distinct()
    )
    return {
        "people": list(people.values_list("username", "name")[:_OFFERED]),
        "services": list(services.values_list("slug", "name")[:_OFFERED]),
        "alerts": [(name, "") for name in alerts[:_OFFERED]],
    }
