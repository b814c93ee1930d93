"""An upload of runbooks: looked at, then brought in, by what `manage.py import_runbooks` calls."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from portal.accounts.first_run import Step
from portal.accounts.models import User
from runbooks import hooks
from runbooks.hooks import Arrived
from runbooks.importing import confluence, jobs
from runbooks.importing.importing import import_runbooks
from runbooks.importing.jobs import Refused
from runbooks.importing.owners import Owners, OwnersError, read_owners
from runbooks.importing.planning import NAME_ONE, Options
from runbooks.importing.report import OUTCOMES, FileReport, Report
from runbooks.importing.working import Kind, Told, Work
from runbooks.models import ImportedFile, Proposal, Revision

#: Where repositories keep it.
_CODEOWNERS = ("CODEOWNERS", "docs/CODEOWNERS")
_MOST_SENTENCES = 500
#: What a wiki's export looks like is nothing that anybody misses.
_THEIR_LOOKS = ("styles/", "images/", "scripts/")
_CHOOSE_ONE = "Choose below who owns what nobody else does."


@dataclass(frozen=True, slots=True)
class _Done:
    """What this job has written by now, at this attempt or an earlier one: slug -> outcome."""

    outcomes: dict[str, str]
    arrived: list[Arrived]


def look(work: Work) -> Told:
    return _told(work, _import(work, dry_run=True))


def bring_in(work: Work) -> Told:
    report = _import(work, dry_run=False)
    if work.job.attempts > 1:
        # A worker before this one was ended: what it had brought in counts as what this job did.
        done = _done(work)
        for file in report.files:
            if file.outcome == "unchanged" and file.slug in done.outcomes:
                file.outcome = done.outcomes[file.slug]  # type: ignore[assignment]
                file.sentences = []
        _tell_rooms(work, done)
    return _told(work, report)


def after_cancel(work: Work) -> Told:
    """The files that were done stay as they are; the others were not begun."""
    done = _done(work)
    _tell_rooms(work, done)
    files = list(ImportedFile.objects.filter(job=work.job))
    for file in files:
        if file.outcome in ("created", "changed", "proposed"):
            file.outcome = done.outcomes.get(file.slug, "left out")
            file.sentences = [] if file.slug in done.outcomes else ["Cancelled before its turn."]
        file.pk = None
    counts: dict[str, int] = {
        outcome: sum(f.outcome == outcome for f in files) for outcome in OUTCOMES
    }
    return Told(files=files, counts=counts, notes=work.job.notes)


def _import(work: Work, *, dry_run: bool) -> Report:
    choices = work.job.choices
    owners = _owners(work)
    root, base = _markdown(work, choices.get("source_base", ""))
    publish = dry_run or choices.get("publish", False)
    owner = User.objects.filter(pk=choices.get("owner") or 0, is_active=True).first()
    options = Options(
        now=work.now,
        owners=owners,
        owner=owner,
        publish_as=work.person if publish else None,
        asked_by=work.person,
        source_base=base,
        service_from_folder=bool(choices.get("service_from_folder")),
        dry_run=dry_run,
    )
    doing = "Looking at the files" if dry_run else "Bringing the files in"
    work.tell(0, 0, doing)  # the first files may take a while
    try:
        report = import_runbooks(root, options, progress=partial(work.tell, doing=doing))
    except OSError as error:
        raise Refused(f"The upload cannot be read: {error.strerror or error}.") from None
    report.files += [FileReport(name, "left out", sentences=[said]) for name, said in work.left_out]
    report.notes += work.notes
    return report


def _markdown(work: Work, base: str) -> tuple[Path, str]:
    """The tree to read, and where it was on the web: a Confluence export is made into Markdown first."""
    if not confluence.is_confluence_export(work.root):
        return work.root, base
    work.tell(0, 0, "Reading the Confluence space")
    work.left_out = [one for one in work.left_out if not one[0].startswith(_THEIR_LOOKS)]
    target = jobs.folder_of(work.job) / "markdown"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(mode=0o700)
    try:
        report = confluence.convert_space(work.root, target, base=base)
    except OSError as error:
        raise Refused(f"The Confluence export cannot be read: {error}.") from None
    work.notes += list(report.sentences())[:_MOST_SENTENCES]
    return target, ""  # each page's own address stands in what was written of it


def _owners(work: Work) -> Owners:
    """The file that was uploaded beside; else the CODEOWNERS among the files."""
    name, text = work.job.choices.get("owners_name", ""), work.job.choices.get("owners_text", "")
    if not text:
        found = next((work.root / n for n in _CODEOWNERS if (work.root / n).is_file()), None)
        if found is None or found.stat().st_size > 1024 * 1024:
            return Owners()
        name, text = found.name, _text_of(found)
        work.notes.append(f"{name} of the upload says who owns what.")
    try:
        return read_owners(text, name=name)
    except OwnersError as error:
        raise Refused(f"{name}: {error}") from None


def _text_of(file: Path) -> str:
    return file.read_bytes().decode("utf-8-sig", "replace")


def _done(work: Work) -> _Done:
    """All that was written at the moment of the confirmation is this job's."""
    outcomes: dict[str, str] = {}
    arrived: list[Arrived] = []
    mine = Proposal.objects.filter(kind=Proposal.Kind.IMPORT, created_at=work.now)
    for slug in mine.filter(state=Proposal.State.OPEN).values_list("slug", flat=True):
        outcomes[slug] = "proposed"
    live = Revision.objects.filter(accepted_at=work.now, accepted_by=work.person)
    for revision in live.select_related("runbook").only(
        "number", "runbook__slug", "runbook__severity"
    ):
        runbook = revision.runbook
        outcomes[runbook.slug] = "created" if revision.number == 1 else "changed"
        if revision.number == 1:
            arrived.append(Arrived(runbook.pk, runbook.slug, runbook.severity))
    return _Done(outcomes, arrived)


def _tell_rooms(work: Work, done: _Done) -> None:
    """What a whole import does at its end, such as spreading the first reviews, over all that it brought."""
    for hook in hooks.on_imported:
        hook(done.arrived, work.now.date())


def _told(work: Work, report: Report) -> Told:
    files = [
        ImportedFile(
            path=file.path,
            outcome=file.outcome,
            slug=file.slug,
            title=file.title,
            owner=file.owner,
            owner_guessed=file.owner_guessed,
            debts=file.debts,
            attachments=file.attachments,
            sentences=[said.replace(NAME_ONE, _CHOOSE_ONE) for said in file.sentences],
        )
        for file in report.files
    ]
    counts: dict[str, int] = {outcome: report.count(outcome) for outcome in OUTCOMES}
    counts["debts"] = sum(file.debts or 0 for file in report.files)
    counts["guessed"] = sum(
        file.owner_guessed
        for file in report.files
        if file.outcome in ("created", "changed", "proposed")
    )
    return Told(files=files, counts=counts, notes=report.notes)


KIND = Kind("runbooks", look, bring_in, after_cancel)
#: Of the first run: whom to ask, and what they know.
STEPS = [
    Step("people", "Invite people", "importing:people", lambda: User.objects.count() > 1),
    Step("runbooks", "Bring the runbooks", "importing:runbooks", Proposal.objects.exists),
]
