"""Bringing a tree of Markdown in: each file a proposal, or published by the person who asked for it.

What is new is published in a few statements for all of a batch. A bad file never stops the rest: where that
fails, and for whatever is not new, each has a savepoint of its own; and a batch that fails at its end is done
again one by one.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path, PurePosixPath

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import DatabaseError, transaction

from portal.accounts import audit
from runbooks import document, publishing
from runbooks.importing.attachments import Carried
from runbooks.importing.manifest import digest_of
from runbooks.importing.planning import Options, Plan, Planner
from runbooks.importing.report import FileReport, Report
from runbooks.importing.scanning import Tree, scan
from runbooks.importing.settling import Arrived, spread_first_reviews
from runbooks.models import Attachment, Proposal, Revision

log = logging.getLogger(__name__)

#: Files in one transaction: enough that the disk is not waited for, few enough that others may write too.
BATCH = 50
_REPLACED = "A newer import of the same file took its place."

#: Called with the files that are done and the files that there are.
Progress = Callable[[int, int], None]


def import_runbooks(start: Path, options: Options, *, progress: Progress | None = None) -> Report:
    """Bring in every Markdown file under `start`. Raises OSError when that cannot be read at all."""
    return import_tree(scan(start), options, progress=progress)


def import_tree(tree: Tree, options: Options, *, progress: Progress | None = None) -> Report:
    report = Report(dry_run=options.dry_run, notes=list(options.owners.problems))
    report.files += [FileReport(name, "left out", sentences=[said]) for name, said in tree.left_out]
    report.files += [FileReport(name, "refused", sentences=[said]) for name, said in tree.refused]
    arrived: list[Arrived] = []
    plans = Planner(tree, options).plans()
    while batch := list(islice(plans, BATCH)):
        if not options.dry_run:
            arrived += _write_all(batch, options)
        report.files += [plan.report for plan in batch]
        if progress is not None:
            done = len(report.files) - len(tree.left_out) - len(tree.refused)
            progress(done, len(tree.found))
    spread_first_reviews(arrived, today=options.now.date())
    report.files.sort(key=lambda file: file.path)
    return report


def _write_all(batch: list[Plan], options: Options) -> Iterator[Arrived]:
    to_do = [plan for plan in batch if plan.to_do]
    if not to_do:
        return
    saved: list[str] = []
    try:
        with publishing.together():
            new = [plan for plan in to_do if _is_new(plan, options)]
            arrived = _write_new(new, options, saved)
            done = {id(plan) for plan in new} if arrived else set()
            for plan in to_do:
                if id(plan) not in done:
                    arrived += _write_one(plan, options, saved)
    except Exception:  # a room's hook, or the database at the end of the transaction
        log.exception("a batch of %s files failed; its files are written one by one", len(to_do))
        _forget(saved)
        arrived = [one for plan in to_do for one in _write_one(plan, options, [])]
    yield from arrived


def _is_new(plan: Plan, options: Options) -> bool:
    """A runbook that is not here, and of which no proposal waits."""
    waits = plan.earlier is not None and plan.earlier.state == Proposal.State.OPEN
    return plan.publish and plan.runbook is None and not waits and options.publish_as is not None


def _write_new(plans: list[Plan], options: Options, saved: list[str]) -> list[Arrived]:
    """Publish all of them at once; none, where one of them cannot be: `_write_one` then says why."""
    mine: list[str] = []
    by = options.publish_as
    if by is None or not plans:
        return []
    try:
        with transaction.atomic():
            proposals = [_draft(plan, options) for plan in plans]
            publishing.propose_all(proposals, asked_by=options.asked_by or by)
            several = []
            for plan, proposal in zip(plans, proposals, strict=True):
                for carried in plan.carried:
                    _attach(proposal, carried, mine)
                if plan.parsed is not None:
                    several.append((proposal, plan.parsed))
            revisions = publishing.accept_new(several, by=by, now=options.now)
    except Exception:
        log.info("%s new files are written one by one", len(plans), exc_info=True)
        _forget(mine)
        return []
    saved += mine
    return [_arrived(revision) for revision in revisions]


def _arrived(revision: Revision) -> Arrived:
    runbook = revision.runbook
    return Arrived(runbook.pk, runbook.slug, runbook.severity)


def _write_one(plan: Plan, options: Options, saved: list[str]) -> Iterator[Arrived]:
    """`saved` gains the names of the files that were stored for it."""
    mine: list[str] = []
    try:
        with transaction.atomic():
            proposal = _proposal(plan, options, mine)
            revision = _accepted(proposal, plan, options)
        saved += mine
    except (document.DocumentError, DatabaseError, OSError, ValueError) as error:
        _forget(mine)
        plan.ends("refused", f"It could not be written: {error}")
        return
    except Exception:  # whatever a room's hook does wrong, the other files are not to blame
        log.exception("%s could not be imported", plan.name)
        _forget(mine)
        plan.ends("refused", "It could not be written, for a reason that the log tells.")
        return
    if revision is not None and plan.runbook is None:
        yield _arrived(revision)


def _accepted(proposal: Proposal, plan: Plan, options: Options) -> Revision | None:
    if not plan.publish or options.publish_as is None:
        return None
    try:
        return publishing.accept(
            proposal, by=options.publish_as, now=options.now, parsed=plan.parsed
        )
    except publishing.PublishingRefused as error:
        plan.ends("proposed", str(error))
        return None


def _proposal(plan: Plan, options: Options, saved: list[str]) -> Proposal:
    """The open proposal that says what the file says: a new one, or that of an earlier run."""
    earlier = plan.earlier
    asked_by = options.asked_by or options.publish_as
    if earlier is not None and earlier.state == Proposal.State.OPEN:
        before = Proposal.objects.open().filter(pk=earlier.pk).first()
        if before is not None and plan.says_the_same and _still_fits(before, plan):
            return before
        if before is not None:
            before.state = Proposal.State.WITHDRAWN
            before.decision_note = _REPLACED
            before.save(update_fields=["state", "decision_note"])
            audit.record(
                "proposal.withdrawn",
                by=asked_by,
                of=plan.runbook,
                kind="runbook",
                name=before.slug,
                after={"proposal": before.pk, "kind": before.kind},
                note=_REPLACED,
                at=options.now,
            )
    proposal = _draft(plan, options)
    publishing.propose_all([proposal], asked_by=asked_by)
    for carried in plan.carried:
        _attach(proposal, carried, saved)
    return proposal


def _draft(plan: Plan, options: Options) -> Proposal:
    """Not yet saved; its text was parsed by the plan."""
    chosen = plan.chosen
    return Proposal(
        text=plan.text,
        kind=Proposal.Kind.IMPORT,
        runbook=plan.runbook,
        base=plan.runbook.live_revision if plan.runbook else None,
        slug=plan.report.slug,
        proposed_owner=chosen.person if chosen else None,
        owner_guessed=bool(chosen and chosen.guessed),
        why=f"Imported from {plan.name}.",
        origin=plan.name[:500],
        source_address=plan.source_address,
        created_at=options.now,
    )


def _still_fits(proposal: Proposal, plan: Plan) -> bool:
    live = plan.runbook.live_revision_id if plan.runbook else None
    runbook = plan.runbook.pk if plan.runbook else None
    owner = plan.chosen.person.pk if plan.chosen else None
    same_owner = proposal.proposed_owner_id == owner and proposal.text == plan.text
    return proposal.runbook_id == runbook and proposal.base_id == live and same_owner


def _attach(proposal: Proposal, carried: Carried, saved: list[str]) -> None:
    content = carried.file.read_bytes()
    if digest_of(content) != carried.sha256:
        raise OSError(f"{carried.path} changed while it was read.")
    attachment = Attachment(
        proposal=proposal,
        path=carried.path,
        content_type=carried.content_type,
        size=carried.size,
        sha256=carried.sha256,
    )
    same = Attachment.objects.filter(sha256=carried.sha256, size=carried.size).first()
    if same is not None and default_storage.exists(str(same.file.name)):
        attachment.file.name = same.file.name
    else:
        ending = PurePosixPath(carried.path).suffix[:10]
        attachment.file.save(f"{carried.sha256[:16]}{ending}", ContentFile(content), save=False)
        saved.append(str(attachment.file.name))
    attachment.save()


def _forget(saved: list[str]) -> None:
    """Files whose rows were rolled back."""
    for name in saved:
        default_storage.delete(name)
