"""Readers talk back: a report on a step, what the page says of it, and the revision that answers it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TypedDict

from django.core import signing
from django.utils import timezone

from portal.accounts import audit
from portal.accounts.models import User
from portal.transactions import one_transaction
from portal.typed import clean
from runbooks import document, hooks, telling
from runbooks.keys import carry_keys
from runbooks.models import Report, Revision, Runbook, Step, TrustLine

#: The worst first, as the trust line leads with it.
WORST_FIRST = ("wrong", "blocked", "missing", "unclear")
MAX_WORDS = 2_000
MAX_COMMAND = 8_000
#: So long who reported may say more, or take it back, signed in or not.
RECEIPT_SECONDS = 3_600
_SALT = "runbooks.reporting.receipt"


class Known(TypedDict):
    """One entry of `TrustLine.reports`."""

    label: str
    key: str
    verdict: str
    count: int


class ReportRefused(ValueError):  # noqa: N818 -- said in the product's words
    """The report cannot be kept. The message is a sentence."""


@one_transaction
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
        return say_more(before, words=words, command=command)
    made.save()
    after = {"step": step.label, "verdict": verdict}
    audit.record(
        "report.made", by=by, of=runbook, name=runbook.slug, after=after, note=made.words, at=now
    )
    tell_trust(runbook)
    _tell_rooms(made)
    return made


def receipt(made: Report) -> str:
    """What lets its maker say more or take it back for a while, without an account."""
    return signing.dumps(made.pk, salt=_SALT)


def of_receipt(sealed: str) -> Report | None:
    """The report, while it is open and the receipt is not too old."""
    try:
        pk = signing.loads(sealed, salt=_SALT, max_age=RECEIPT_SECONDS)
    except signing.BadSignature:
        return None
    return Report.objects.open().filter(pk=pk).select_related("runbook__owner", "by").first()


@one_transaction
def say_more(made: Report, *, words: str = "", command: str = "") -> Report:
    """Add a word or a better command to an open report; what is left empty stays. Raises ReportRefused."""
    if "\0" in words + command:
        raise ReportRefused("The words hold a character that no text has (NUL).")
    words, command = words.strip()[:MAX_WORDS], command.strip()[:MAX_COMMAND]
    if words in ("", made.words) and command in ("", made.command):
        return made
    Runbook.objects.held().get(pk=made.runbook_id)
    made.words, made.command = words or made.words, command or made.command
    made.save(update_fields=["words", "command"])
    # The page that is kept shows the older words.
    TrustLine.objects.filter(runbook=made.runbook_id).tell()
    _tell_rooms(made)
    return made


@one_transaction
def take_back(made: Report) -> None:
    """Its maker takes an open report back: it was a slip of the thumb."""
    Runbook.objects.held().get(pk=made.runbook_id)
    runbook, before = made.runbook, {"step": made.label, "verdict": made.verdict}
    if Report.objects.open().filter(pk=made.pk).delete()[0]:
        audit.record("report.taken.back", by=made.by, of=runbook, name=runbook.slug, before=before)
        tell_trust(runbook)
        _closed_for_rooms(runbook)


def open_reports(runbook: Runbook) -> list[Report]:
    """The worst first, the newest first among equals."""
    found = Report.objects.open().filter(runbook=runbook).select_related("by", "revision")
    found = found.defer("revision__text")
    return sorted(found, key=lambda report: WORST_FIRST.index(report.verdict))


def answered_by_text(runbook: Runbook, text: str) -> list[tuple[Report, bool]]:
    """The open reports, each with whether its step reads differently in `text` than live, or is gone."""
    there = open_reports(runbook)
    if not there:
        return []
    live = list(Step.objects.filter(revision=runbook.live_revision_id))
    try:
        steps = document.parse(text).steps
    except document.DocumentError:
        return [(report, False) for report in there]
    keys = carry_keys(steps, live)
    after = {keys[step.label]: step.text for step in steps}
    same = {step.key for step in live if after.get(step.key) == step.text}
    return [(report, report.key not in same) for report in there]


@one_transaction
def answer(
    revision: Revision, *, reports: Iterable[int], by: User, now: datetime | None = None
) -> int:
    """Close those reports of the revision's runbook: this revision answers them. How many were open."""
    Runbook.objects.held().get(pk=revision.runbook_id)
    asked = Report.objects.open().filter(runbook=revision.runbook_id, pk__in=list(reports))
    told = list(asked.select_related("by"))
    closed = asked.update(closed_at=now or timezone.now(), closed_by=by, answered_by=revision)
    if closed:
        said = _answered_by(revision)
        telling.reports_closed(told, revision.runbook, by=by, said=said, now=now)
        _closed(revision.runbook, by=by, note=f"Answered by revision {revision.number}.", at=now)
    return closed


@one_transaction
def set_aside(made: Report, *, by: User, why: str, now: datetime | None = None) -> None:
    """Close a report without a change, and say why. Raises ReportRefused."""
    why = clean(why, MAX_WORDS)
    if not why:
        raise ReportRefused("Say why nothing has to change: who reported it will read that.")
    Runbook.objects.held().get(pk=made.runbook_id)
    asked = Report.objects.open().filter(pk=made.pk)
    if not asked.update(closed_at=now or timezone.now(), closed_by=by, answer=why):
        raise ReportRefused("This report is already closed.")
    said = f"Nothing had to change: “{why}”"
    telling.reports_closed([made], made.runbook, by=by, said=said, now=now)
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
    TrustLine.objects.filter(runbook=runbook).tell(reports=ordered)


def after_publishing(published: hooks.Published) -> None:
    """A step that is gone takes its reports with it; the others follow their step to its new label."""
    if published.created:
        return
    runbook, revision = published.runbook, published.revision
    still = list(revision.steps.values_list("key", flat=True))
    there = Report.objects.open().filter(runbook=runbook)
    if not there.exists():
        return
    gone = list(there.exclude(key__in=still).select_related("by"))
    Report.objects.open().filter(pk__in=[report.pk for report in gone]).update(
        closed_at=revision.accepted_at, closed_by=revision.accepted_by, answered_by=revision
    )
    tell_trust(runbook)
    if gone:
        said = f"The step is gone. {_answered_by(revision)}"
        at, by = revision.accepted_at, revision.accepted_by
        telling.reports_closed(gone, runbook, by=by, said=said, now=at)
        _closed_for_rooms(runbook)


def _answered_by(revision: Revision) -> str:
    why = f": “{revision.why[:MAX_WORDS]}”" if revision.why else "."
    return f"Answered by revision {revision.number}{why}"


def _closed(runbook: Runbook, *, by: User, note: str, at: datetime | None) -> None:
    audit.record("report.closed", by=by, of=runbook, name=runbook.slug, note=note, at=at)
    tell_trust(runbook)
    _closed_for_rooms(runbook)


def _tell_rooms(made: Report) -> None:
    for hook in hooks.on_report:
        hook(made)


def _closed_for_rooms(runbook: Runbook) -> None:
    for hook in hooks.on_reports_closed:
        hook(runbook)
