"""Readers talk back: a report on a step, what the page says of it, and the revision that answers it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TypedDict

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from portal.accounts import audit
from portal.accounts.models import User
from runbooks import hooks
from runbooks.models import Report, Revision, Runbook, Step, TrustLine

#: The worst first, as the trust line leads with it.
WORST_FIRST = ("wrong", "blocked", "missing", "unclear")
MAX_WORDS = 2_000
MAX_COMMAND = 8_000


class Known(TypedDict):
    """One entry of `TrustLine.reports`."""

    label: str
    key: str
    verdict: str
    count: int


class ReportRefused(ValueError):  # noqa: N818 -- said in the product's words
    """The report cannot be kept. The message is a sentence."""


@transaction.atomic
def report(
    step: Step,
    *,
    verdict: str,
    words: str = "",
    command: str = "",
    by: User | None = None,
    now: datetime | None = None,
) -> Report:
    """Keep a reader's verdict with the step's text as they saw it. `by` is None for who is not signed in.

    The same from the same person again is one report, with the newer words. Raises ReportRefused.
    """
    if verdict not in WORST_FIRST:
        raise ReportRefused("Say what is the matter: wrong, unclear, blocked or missing.")
    if "\0" in words + command:
        raise ReportRefused("The words hold a character that no text has (NUL).")
    runbook = step.revision.runbook
    made = Report(
        runbook=runbook,
        revision=step.revision,
        key=step.key,
        label=step.label,
        step_text=step.text,
        verdict=verdict,
        words=words.strip()[:MAX_WORDS],
        command=command.strip()[:MAX_COMMAND],
        by=by,
        created_at=now or timezone.now(),
    )
    before = None
    if by is not None:
        same = Report.objects.open().filter(runbook=runbook, key=step.key, by=by, verdict=verdict)
        before = same.first()
    if before is not None:
        before.words = made.words or before.words
        before.command = made.command or before.command
        before.save(update_fields=["words", "command"])
        return before
    made.save()
    after = {"step": step.label, "verdict": verdict}
    audit.record(
        "report.made", by=by, of=runbook, name=runbook.slug, after=after, note=made.words, at=now
    )
    tell_trust(runbook)
    return made


def open_reports(runbook: Runbook) -> list[Report]:
    """The worst first, the newest first among equals."""
    found = Report.objects.open().filter(runbook=runbook).select_related("by", "revision")
    found = found.defer("revision__text")
    return sorted(found, key=lambda report: WORST_FIRST.index(report.verdict))


@transaction.atomic
def answer(
    revision: Revision, *, reports: Iterable[int], by: User, now: datetime | None = None
) -> int:
    """Close those reports of the revision's runbook: this revision answers them. How many were open."""
    asked = Report.objects.open().filter(runbook=revision.runbook_id, pk__in=list(reports))
    closed = asked.update(closed_at=now or timezone.now(), closed_by=by, answered_by=revision)
    if closed:
        _closed(revision.runbook, by=by, note=f"Answered by revision {revision.number}.", at=now)
    return closed


@transaction.atomic
def set_aside(made: Report, *, by: User, why: str, now: datetime | None = None) -> None:
    """Close a report without a change, and say why. Raises ReportRefused."""
    why = why.replace("\0", "").strip()[:MAX_WORDS]
    if not why:
        raise ReportRefused("Say why nothing has to change: who reported it will read that.")
    asked = Report.objects.open().filter(pk=made.pk)
    if not asked.update(closed_at=now or timezone.now(), closed_by=by, answer=why):
        raise ReportRefused("This report is already closed.")
    _closed(made.runbook, by=by, note=why, at=now)


def tell_trust(runbook: Runbook) -> None:
    """Write what is open into the trust line, each step by the label that it has now."""
    rows = list(
        Report.objects.open().filter(runbook=runbook).values_list("key", "label", "verdict")
    )
    live = Runbook.objects.filter(pk=runbook.pk).values("live_revision")
    labels = dict(Step.objects.filter(revision__in=live).values_list("key", "label"))
    counted: dict[tuple[str, str], Known] = {}
    for key, label, verdict in rows:
        known = counted.setdefault(
            (key, verdict),
            Known(label=labels.get(key, label), key=key, verdict=verdict, count=0),
        )
        known["count"] += 1
    ordered = sorted(
        counted.values(), key=lambda k: (WORST_FIRST.index(k["verdict"]), -k["count"], k["label"])
    )
    TrustLine.objects.filter(runbook=runbook).update(reports=ordered, version=F("version") + 1)


def after_publishing(published: hooks.Published) -> None:
    """A step that is gone takes its reports with it; the others follow their step to its new label."""
    if published.created:
        return
    runbook, revision = published.runbook, published.revision
    still = list(revision.steps.values_list("key", flat=True))
    there = Report.objects.open().filter(runbook=runbook)
    if not there.exists():
        return
    there.exclude(key__in=still).update(
        closed_at=revision.accepted_at, closed_by=revision.accepted_by, answered_by=revision
    )
    tell_trust(runbook)


def beside_steps(reports: Sequence[Known]) -> dict[str, str]:
    """Step key -> "2 reports: wrong": what stands beside the step."""
    by_key: dict[str, list[Known]] = {}
    for known in reports:
        by_key.setdefault(str(known.get("key", "")), []).append(known)
    said = {}
    for key, each in by_key.items():
        count = sum(int(known.get("count", 1)) for known in each)
        verdicts = ", ".join(str(known["verdict"]) for known in each)
        said[key] = f"{count} report{'' if count == 1 else 's'}: {verdicts}"
    return said


def _closed(runbook: Runbook, *, by: User, note: str, at: datetime | None) -> None:
    audit.record("report.closed", by=by, of=runbook, name=runbook.slug, note=note, at=at)
    tell_trust(runbook)
