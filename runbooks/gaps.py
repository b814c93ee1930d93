"""Gaps: what was looked for and not there. Words only, never who asked."""

from __future__ import annotations

import re
from datetime import datetime

from django.db.models import F
from django.utils import timezone

from runbooks.hooks import Published
from runbooks.models import Gap, Service

#: How a proposal says that it was begun at a gap (`Proposal.origin`); the history shows it.
_ORIGIN = "the gap “"
_MAIL = re.compile(r"\S+@\S+\.\S+")
_ADDRESS = re.compile(
    r"\b(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?\b|\b(?:[0-9a-f]{0,4}:){3,}[0-9a-f]{0,4}\b", re.IGNORECASE
)
_LONG = re.compile(
    r"\b(?=\w*\d)[\w-]{20,}\b|\b\d{6,}\b|\bdrb_\S+|\b(?:sk|xox[abp]|gh[ops])[-_]\S{8,}"
)


def without_personal_data(words: str) -> str:
    """At most 200 characters, without e-mail and network addresses, long numbers and keys."""
    for pattern in (_MAIL, _ADDRESS, _LONG):
        words = pattern.sub("…", words)
    return " ".join("".join(c for c in words if c.isprintable() or c.isspace()).split())[:200]


def record_gap(
    *,
    kind: str,
    words: str,
    service: Service | None = None,
    again: bool = False,
    now: datetime | None = None,
) -> Gap | None:
    """Count one more time that nothing was found. None when no word is left to record.

    `again`: the same reader met it a moment ago, which counts once.
    """
    now = now or timezone.now()
    clean = without_personal_data(words)
    folded = clean.casefold()[:200]
    if not folded.strip("… "):
        return None
    gap, new = Gap.objects.get_or_create(
        kind=kind,
        folded=folded,
        defaults={"words": clean, "service": service, "first_seen": now, "last_seen": now},
    )
    # A gap that was closed and is met again is open again.
    more = 0 if again and not new else 1
    Gap.objects.filter(pk=gap.pk).update(count=F("count") + more, last_seen=now, closed_by=None)
    gap.refresh_from_db()
    return gap


def origin_of(words: str) -> str:
    """The origin of a runbook that is written because of a gap; "" for no words."""
    clean = without_personal_data(words)
    return f"{_ORIGIN}{clean}”" if clean else ""


def close_written(published: Published) -> None:
    """A new runbook was begun at “write this runbook”: the gap is closed by it, whatever its words are."""
    origin = published.revision.proposal.origin if published.created else ""
    if origin.startswith(_ORIGIN):
        folded = origin[len(_ORIGIN) : -1].casefold()[:200]
        Gap.objects.filter(folded=folded, closed_by=None).update(closed_by=published.runbook)
