"""The demo company's reviews: each decision on its day, by its owner, through the doors that owners use."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zlib import crc32

import yaml
from django.db import transaction

from portal.accounts.models import User
from runbooks import reporting
from runbooks.demo.reading import FOLDER, DemoReview
from runbooks.models import Report, Runbook
from runbooks.reviews import deciding
from runbooks.reviews.handing import offer_handover
from runbooks.reviews.models import Decision
from runbooks.reviews.turning import raise_concern

#: What owners said that it rests on: chosen by the slug, so that it is the same in every demo.
_RESTS = (
    (Decision.RestsOn.RAN,),
    (Decision.RestsOn.CHECKED,),
    (Decision.RestsOn.READ,),
    (Decision.RestsOn.RAN, Decision.RestsOn.CHECKED),
)
_FILE = FOLDER / "reviews.yaml"


def decide_review(runbook: Runbook, review: DemoReview, *, at: datetime) -> None:
    """The review that history.yaml tells of, unless a revision of the owner's answered it that day."""
    last = deciding.last_decision(runbook)
    if last is not None and last.at.date() >= at.date():
        return
    rests = _RESTS[crc32(runbook.slug.encode()) % len(_RESTS)]
    by = User.objects.get(username=review.by)
    deciding.still_true(runbook, by=by, rests_on=rests, now=at)


def load_reviews(slugs: Collection[str], *, now: datetime, file: Path = _FILE) -> None:
    """What else there is to see on `/owned`, for the runbooks with these slugs."""
    told: dict[str, list[dict[str, Any]]] = yaml.safe_load(file.read_text(encoding="utf-8"))
    happened = [
        (entry, act)
        for name, act in _ACTS.items()
        for entry in told.get(name, [])
        if entry["runbook"] in slugs
    ]
    with transaction.atomic():
        for entry, act in sorted(happened, key=lambda one: -int(one[0]["days_ago"])):
            runbook = Runbook.objects.select_related("owner").get(slug=entry["runbook"])
            at = now - timedelta(days=entry["days_ago"])
            act(runbook, entry, at.replace(hour=10, minute=crc32(runbook.slug.encode()) % 60))


def _snoozed(runbook: Runbook, entry: dict[str, Any], at: datetime) -> None:
    by = User.objects.get(username=entry["by"])
    deciding.snooze(runbook, by=by, reason=entry["note"], days=entry["days"], now=at)


def _handed_over(runbook: Runbook, entry: dict[str, Any], at: datetime) -> None:
    by, to = (User.objects.get(username=entry[name]) for name in ("by", "to"))
    offer_handover(runbook, to=to, by=by, note=entry["note"], now=at)


def _reported(runbook: Runbook, entry: dict[str, Any], at: datetime) -> None:
    live = runbook.live_revision
    step = live.steps.filter(label=entry["step"]).first() if live else None
    if step is not None:
        reporting.report(
            step,
            verdict=Report.Verdict(entry["verdict"]),
            words=entry["words"],
            by=User.objects.get(username=entry["by"]),
            now=at,
        )


def _turned(runbook: Runbook, entry: dict[str, Any], at: datetime) -> None:
    source = f"demo:{entry['kind']}"
    raise_concern(runbook, kind=entry["kind"], source=source, words=entry["words"], now=at)


_ACTS: dict[str, Callable[[Runbook, dict[str, Any], datetime], None]] = {
    "snoozed": _snoozed,
    "handed_over": _handed_over,
    "reported": _reported,
    "turned": _turned,
}
