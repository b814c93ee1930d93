"""Findings of live runbooks: told at publishing, told again when the portal learns more, waived by a lead.

An imported runbook goes live with its debts and wears them; the page, the owner's list and the
lead's read them here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from portal.accounts import audit
from portal.accounts.access import Right, refusal, viewer_of
from portal.accounts.models import User
from portal.transactions import one_transaction
from runbooks import known
from runbooks.checking.codes import (
    NEAR_COPY,
    RELATED_IS_DEAD,
    UNKNOWN_CHANNEL,
    UNKNOWN_TEAM,
    UNKNOWN_TOOL,
)
from runbooks.checking.copies import sketch_of
from runbooks.checks import CODES, NEVER_WAIVED, Facts, Finding, Library, check
from runbooks.document import Document, parse
from runbooks.hooks import Published
from runbooks.models import Debt, KnownName, Runbook, TrustLine, Waiver
from runbooks.models.waiver import MOST_ABOUT

_BATCH = 200
MOST_REASON = 2_000


class WaiverRefused(ValueError):  # noqa: N818 -- a decision, said in the product's words
    """The finding cannot be waived. The message is a sentence."""


@dataclass(frozen=True, slots=True)
class Worn:
    """A debt as it is shown, with the waiver that covers it."""

    debt: Debt
    waiver: Waiver | None


def findings_for(
    document: Document, *, runbook: Runbook | None, owner: User | None
) -> list[Finding]:
    """What the editor shows beside the lines: everything that the portal knows is asked, but for copies.

    `owner` is who will own it; None where that is what the owner line says.
    """
    facts = known.facts()
    if owner is not None:
        facts = replace(facts, owner_active=owner.is_active)
    if runbook is not None:
        facts = replace(facts, name=runbook.slug)
    return check(document, imported=bool(runbook and runbook.imported), facts=facts)


def worn_by(runbook: Runbook) -> list[Worn]:
    """The debts of a live runbook as of its last check, waived ones marked. Two queries."""
    waivers = list(runbook.waivers.select_related("by"))
    return [
        Worn(debt, next((w for w in waivers if w.covers(debt.code, debt.about)), None))
        for debt in runbook.debts.all()
    ]


def split_waived(
    runbook: Runbook | None, findings: Iterable[Finding]
) -> tuple[list[Finding], list[tuple[Finding, Waiver]]]:
    """The findings that count, and those that a lead has waived for this runbook. One query."""
    waivers = list(runbook.waivers.select_related("by")) if runbook is not None else []
    count, waived = [], []
    for finding in findings:
        waiver = next((w for w in waivers if w.covers(finding.code, finding.about)), None)
        if waiver is None:
            count.append(finding)
        else:
            waived.append((finding, waiver))
    return count, waived


def without_waived(runbook: Runbook | None, findings: Iterable[Finding]) -> list[Finding]:
    """The findings that no lead has waived for this runbook. A new runbook has no waivers."""
    return split_waived(runbook, findings)[0]


def tell(published: Sequence[Published]) -> None:
    """What publishing calls at the end of its transaction: the debts of each revision, in place of the old.

    Copies are looked for by `refresh` alone: comparing with all texts is not for somebody who waits.
    """
    facts = known.facts()
    now = timezone.now()
    ids = [one.runbook.pk for one in published]
    Debt.objects.filter(runbook__in=ids).exclude(code=NEAR_COPY).delete()
    Debt.objects.bulk_create(
        (debt for one in published for debt in _rows(one.runbook, one.document, facts, now)),
        batch_size=500,
    )
    new = [one.runbook.slug for one in published if one.created]
    # What was named before it was there leads somewhere now.
    Debt.objects.filter(code=RELATED_IS_DEAD, about__in=new).delete()


def refresh(*, now: datetime | None = None) -> Iterator[tuple[Runbook, list[Finding]]]:
    """Check every live runbook again, with all that the portal knows by now, and keep what is found.

    For the nightly run and `check_runbooks --live --store`: whoever calls it runs through it to the end. A
    runbook is written in a transaction of its own.
    """
    now = now or timezone.now()
    for runbook, findings in live_findings():
        with transaction.atomic():
            runbook.debts.all().delete()
            Debt.objects.bulk_create(
                (_row(runbook, finding, now) for finding in findings), batch_size=500
            )
        yield runbook, findings
    Debt.objects.exclude(runbook__state=Runbook.State.LIVE).delete()


def live_findings() -> Iterator[tuple[Runbook, list[Finding]]]:
    """Every live runbook with what is to be said of it today, copies among them."""
    facts = known.facts()
    libraries = _libraries()
    for runbook, audience in _live():
        about_it = replace(
            facts,
            owner_active=runbook.owner.is_active,
            library=libraries[audience],
            name=runbook.slug,
        )
        yield runbook, check(_parsed(runbook), imported=runbook.imported, facts=about_it)


def _rows(runbook: Runbook, document: Document, facts: Facts, now: datetime) -> Iterator[Debt]:
    about_it = replace(facts, owner_active=runbook.owner.is_active, name=runbook.slug)
    for finding in check(document, imported=runbook.imported, facts=about_it):
        yield _row(runbook, finding, now)


def _row(runbook: Runbook, finding: Finding, now: datetime) -> Debt:
    return Debt(
        runbook=runbook,
        code=finding.code,
        message=finding.message,
        mend=finding.mend,
        about=finding.about[:MOST_ABOUT],
        line=finding.line,
        field=(finding.field or "")[:60],
        blocking=finding.blocking,
        checked_at=now,
    )


def _live() -> Iterator[tuple[Runbook, str]]:
    """Live runbooks with who may see each, a batch of texts in memory at a time."""
    ids = list(Runbook.objects.live().exclude(live_revision=None).values_list("pk", flat=True))
    for start in range(0, len(ids), _BATCH):
        batch = ids[start : start + _BATCH]
        audiences = known.audiences(batch)
        rows: QuerySet[Runbook] = Runbook.objects.filter(pk__in=batch)
        for runbook in rows.select_related("owner", "live_revision").order_by("slug"):
            yield runbook, audiences.get(runbook.pk, "")


def _libraries() -> dict[str, Library]:
    """For each audience the texts that it may be told of: its own and the public ones, no others'."""
    sketches = [(who, r.slug, sketch_of(_text(r))) for r, who in _live()]
    libraries: dict[str, Library] = {
        who: Library() for who in {"", *(who for who, _, _ in sketches)}
    }
    for who, slug, sketch in sketches:
        for audience, library in libraries.items():
            if who in ("", audience):
                library.add(slug, sketch)
    return libraries


def _text(runbook: Runbook) -> str:
    return runbook.live_revision.text if runbook.live_revision else ""


def _parsed(runbook: Runbook) -> Document:
    return parse(_text(runbook), fallback_title=runbook.title)


@one_transaction
def waive(
    runbook: Runbook,
    *,
    code: str,
    reason: str,
    by: User,
    about: str = "",
    now: datetime | None = None,
) -> Waiver:
    """Live with a finding of this runbook. `about` is the finding's; without it, all findings with the code.

    Raises PermissionDenied (access.Right.WAIVE), WaiverRefused for what cannot be waived or has no reason.
    """
    _must_be_allowed(runbook, by)
    reason = reason.strip()[:MOST_REASON]
    if code not in CODES:
        raise WaiverRefused(f"There is no finding {code!r}.")
    if code in NEVER_WAIVED:
        raise WaiverRefused("This finding cannot be waived: the runbook could not be used.")
    if not reason:
        raise WaiverRefused("Say why this may stay as it is: whoever reads it next will ask.")
    waiver, _ = Waiver.objects.update_or_create(
        runbook=runbook,
        code=code,
        about=about[:MOST_ABOUT],
        defaults={"reason": reason, "by": by, "at": now or timezone.now()},
    )
    audit.record(
        "finding.waived", by=by, of=runbook, after={"code": code, "about": about}, note=reason
    )
    _page_changed([runbook.pk])
    return waiver


@one_transaction
def unwaive(waiver: Waiver, *, by: User) -> None:
    """The finding counts again. Raises PermissionDenied."""
    _must_be_allowed(waiver.runbook, by)
    before = {"code": waiver.code, "about": waiver.about, "reason": waiver.reason}
    waiver.delete()
    audit.record("finding.unwaived", by=by, of=waiver.runbook, before=before)
    _page_changed([waiver.runbook_id])


def _page_changed(runbook_ids: Iterable[int]) -> None:
    """The page that is kept for all readers shows debts and waivers."""
    TrustLine.objects.filter(runbook__in=list(runbook_ids)).tell()


def _must_be_allowed(runbook: Runbook, by: User) -> None:
    teams = runbook.services.exclude(team=None).values_list("team_id", flat=True)
    if not viewer_of(by).may(Right.WAIVE, teams=[team for team in teams if team is not None]):
        raise PermissionDenied(refusal(Right.WAIVE))


#: What a finding is about that a name of ours settles: its code, and the kind of name.
SETTLED_BY_A_NAME = {
    UNKNOWN_TOOL: KnownName.Kind.TOOL,
    UNKNOWN_TEAM: KnownName.Kind.HANDLE,
    UNKNOWN_CHANNEL: KnownName.Kind.CHANNEL,
}


@one_transaction
def know(kind: str, names: Iterable[str], *, by: User | None, now: datetime | None = None) -> int:
    """Add names of ours: tools, handles (`dba-oncall`), channels. Returns how many were new.

    Findings that said that nobody knows them are gone at once.
    """
    words = {name.strip().lstrip("@#").strip()[:100].replace("\0", "") for name in names} - {""}
    by_folded = {word.casefold()[:100]: word for word in sorted(words)}
    there = KnownName.objects.filter(kind=kind, folded__in=by_folded)
    new = sorted(set(by_folded) - set(there.values_list("folded", flat=True)))
    made = KnownName.objects.bulk_create(
        (
            KnownName(
                kind=kind,
                name=by_folded[folded],
                folded=folded,
                added_by=by,
                added_at=now or timezone.now(),
            )
            for folded in new
        ),
        ignore_conflicts=True,
    )
    if not made:
        return 0
    after = {"kind": kind, "names": ", ".join(by_folded[folded] for folded in new)[:2_000]}
    audit.record("name.added", by=by, kind="knownname", name=kind, after=after, at=now)
    code = next(code for code, settles in SETTLED_BY_A_NAME.items() if settles == kind)
    told = Debt.objects.filter(code=code).values_list("pk", "about", "runbook")
    settled = [(pk, runbook) for pk, about, runbook in told if about.casefold() in by_folded]
    Debt.objects.filter(pk__in=[pk for pk, _ in settled]).delete()
    _page_changed({runbook for _, runbook in settled})
    return len(made)


@one_transaction
def forget(known_name: KnownName, *, by: User) -> None:
    """A name that is none of ours any more. The nightly check says where it is still used."""
    before = {"kind": known_name.kind, "names": known_name.name}
    audit.record("name.removed", by=by, kind="knownname", name=known_name.kind, before=before)
    known_name.delete()
