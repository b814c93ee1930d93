"""What an import would do with each file. Reads the tree and the database; writes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from urllib.parse import quote

from rapidfuzz import fuzz

from portal.accounts.models import User
from runbooks import checks, document, publishing
from runbooks.importing import scanning
from runbooks.importing.attachments import Carried, carry
from runbooks.importing.converting import Converted, as_written, convert, keep_owner
from runbooks.importing.earlier import Earlier, earlier_imports
from runbooks.importing.manifest import Entry, digest_of, read_manifest
from runbooks.importing.owners import Owners
from runbooks.importing.people import Chosen, People
from runbooks.importing.report import FileReport, Outcome
from runbooks.models import Alias, Attachment, Proposal, Revision, Runbook

#: A base address with one of these shows files, by their whole names.
_FILE_VIEWS = ("/blob/", "/raw/", "/src/", "/tree/", "/browse/")

#: A file from another place has at least so many per cent of its characters in common with what it edits.
_ALIKE = 50.0
_COMPARED = 20_000
#: What one does about it on the command line.
NAME_ONE = "Name a person with --owners or --owner."


@dataclass(frozen=True, slots=True)
class Options:
    """How to import. `owner` answers for what nobody else owns; `publish_as` accepts what comes in.

    `asked_by` is who wants it, whom the audit trail names: by default who accepts.
    """

    now: datetime
    owners: Owners = field(default_factory=Owners)
    owner: User | None = None
    publish_as: User | None = None
    asked_by: User | None = None
    source_base: str = ""
    service_from_folder: bool = False
    dry_run: bool = False


@dataclass(slots=True)
class Plan:
    """One file and what becomes of it. `to_do` is off where nothing needs to be written."""

    name: str
    report: FileReport
    to_do: bool = False
    publish: bool = False
    text: str = ""
    parsed: document.Document | None = None
    chosen: Chosen | None = None
    runbook: Runbook | None = None
    source_address: str = ""
    carried: list[Carried] = field(default_factory=list)
    earlier: Earlier | None = None
    #: The open proposal of an earlier run says the same: it is the one to accept.
    says_the_same: bool = False

    def ends(self, outcome: Outcome, *sentences: str) -> Plan:
        self.report.outcome = outcome
        self.report.sentences += [sentence for sentence in sentences if sentence]
        return self


class Planner:
    """Holds what is asked of the database once for a whole import."""

    def __init__(self, tree: scanning.Tree, options: Options) -> None:
        self.tree = tree
        self.options = options
        self.people = People()
        self.earlier = earlier_imports()
        self.live = set(Runbook.objects.values_list("slug", flat=True))
        old = Alias.objects.filter(kind=Alias.Kind.SLUG)
        self.moved = dict(old.values_list("folded", "runbook__slug"))
        self.manifest = read_manifest(tree.root)
        self.above = _above(tree.root)
        self.named = cache(User.objects.named)

    def plans(self) -> Iterator[Plan]:
        for found, slug, note in scanning.slugs(self.tree, self.earlier.slugs):
            plan = Plan(found.name, FileReport(found.name, "refused", slug=slug))
            try:
                yield self._plan(plan, found, slug, note)
            except document.DocumentError as error:
                yield plan.ends("refused", *map(_sentence, error.problems))
            except OSError as error:
                yield plan.ends("refused", str(error))

    def _plan(self, plan: Plan, found: scanning.Found, slug: str, note: str) -> Plan:
        if not slug:
            return plan.ends("refused", "The file's name has no letter that an address can have.")
        content = scanning.read(found, self.tree.root)
        entry = self.manifest.runbooks.get(found.name)
        converted = self._converted(found, content, entry)
        plan.text = self._with_owner_kept(converted)
        folder = found.name.rpartition("/")[0]
        plan.carried, left = carry(
            plan.text, folder=folder, root=self.tree.root, kept=entry.attachments if entry else {}
        )
        plan.report.attachments = len(plan.carried)
        plan.report.sentences += [*filter(None, [note]), *converted.notes, *left]
        plan.earlier = self.earlier.of(slug, plan.text)
        if plan.earlier and plan.earlier.same and self._same_files(plan):
            if not self._may_publish(plan, converted):
                return plan.ends("unchanged", plan.earlier.sentence)
            plan.says_the_same = True
        return self._plan_change(plan, found, converted, entry)

    def _plan_change(
        self, plan: Plan, found: scanning.Found, converted: Converted, entry: Entry | None
    ) -> Plan:
        slug = plan.report.slug
        if found.stands_for_its_folder and self._only_lists(plan):
            plan.report.slug = ""
            return plan.ends("left out", "It only lists its folder.")
        if slug in self.live:
            plan.runbook = Runbook.objects.select_related("owner", "live_revision__proposal").get(
                slug=slug
            )
            if plan.runbook.state == Runbook.State.RETIRED:
                return plan.ends("left out", "This runbook is retired here.")
            owner = plan.runbook.owner
        elif moved := self.moved.get(slug.casefold()):
            return plan.ends(
                "left out", f"Its runbook is /r/{moved} by now: name the file {moved}.md."
            )
        else:
            plan.chosen = self._owner(found, converted)
            if plan.chosen is None:
                return plan.ends("refused", _nobody(converted))
            owner = plan.chosen.person
            plan.report.owner_guessed = plan.chosen.guessed
        plan.report.owner = owner.username
        plan.text = publishing.with_owner(plan.text, owner, named=self.named)
        if plan.runbook is not None and self._is_live(plan, plan.runbook):
            return plan.ends("unchanged")
        parsed = plan.parsed = document.parse(plan.text, fallback_title=slug)
        plan.report.title = parsed.meta.title
        findings = checks.check(
            parsed, imported=True, facts=checks.Facts(owner_active=owner.is_active)
        )
        plan.report.debts = len(findings)
        plan.report.findings = [_said(finding) for finding in findings]
        plan.source_address = self._address(found, entry)
        plan.to_do = True
        return self._decide(plan, parsed, converted, entry)

    def _decide(
        self, plan: Plan, parsed: document.Document, converted: Converted, entry: Entry | None
    ) -> Plan:
        if self.options.publish_as is None:
            return plan.ends("proposed")
        if converted.draft:
            return plan.ends("proposed", "The file says that it is a draft.")
        if plan.runbook is not None:
            revision = plan.runbook.live_revision
            written_from = entry.revision if entry else None
            if revision is not None and revision.number != written_from and _edited_here(revision):
                return plan.ends(
                    "proposed", "It changed here and in the file: a person has to look at both."
                )
            if revision is not None and entry is None and _is_another(plan, revision):
                return plan.ends(
                    "proposed", f"/r/{plan.report.slug} came from another file, with another text."
                )
            blocking = publishing.blocking_findings(
                kind=Proposal.Kind.IMPORT,
                runbook=plan.runbook,
                parsed=parsed,
                owner=plan.runbook.owner,
            )
            if blocking:
                return plan.ends("proposed", *(finding.message for finding in blocking))
        plan.publish = True
        return plan.ends("changed" if plan.runbook else "created")

    def _converted(self, found: scanning.Found, content: bytes, entry: Entry | None) -> Converted:
        if entry is not None and entry.sha256 == digest_of(content):
            return as_written(content)
        folder = found.name.rpartition("/")[0].rpartition("/")[2]
        return convert(
            content,
            stem=found.stem,
            described=self.tree.described.get(found.name, ""),
            service=folder if self.options.service_from_folder else "",
        )

    def _with_owner_kept(self, converted: Converted) -> str:
        """What the owner line says stays, as the team, where that line will name a person instead."""
        if not converted.owner or self.people.named(converted.owner):
            return converted.text
        known = self.people.has_account(converted.owner)
        key = "owner_before" if known else "team"
        return keep_owner(converted.text, converted.owner, key=key)

    def _owner(self, found: scanning.Found, converted: Converted) -> Chosen | None:
        return self.people.choose(
            stated=converted.owners,
            services=converted.services,
            paths=(found.name, f"{self.above}{found.name}"),
            owners=self.options.owners,
            fallback=self.options.owner,
        )

    def _may_publish(self, plan: Plan, converted: Converted) -> bool:
        waits = plan.earlier is not None and plan.earlier.state == Proposal.State.OPEN
        return waits and self.options.publish_as is not None and not converted.draft

    def _is_live(self, plan: Plan, runbook: Runbook) -> bool:
        revision = runbook.live_revision
        return revision is not None and plan.text == revision.text and self._same_files(plan)

    def _only_lists(self, plan: Plan) -> bool:
        parsed = document.parse(plan.text)
        return not parsed.steps and not parsed.meta.alerts

    def _same_files(self, plan: Plan) -> bool:
        """Are the images and files that come along the ones that are here already?"""
        if not plan.carried:
            return True
        earlier, slug = plan.earlier, plan.report.slug
        here = Attachment.objects.filter(runbook__slug=slug)
        if earlier is not None and earlier.state != Proposal.State.ACCEPTED:
            here = Attachment.objects.filter(proposal_id=earlier.pk)
        known = dict(here.order_by("pk").values_list("path", "sha256"))
        return all(known.get(one.path) == one.sha256 for one in plan.carried)

    def _address(self, found: scanning.Found, entry: Entry | None) -> str:
        if entry is not None and entry.source_url:
            return entry.source_url
        return address_of(self.options.source_base, found) if self.options.source_base else ""


def address_of(base: str, found: scanning.Found) -> str:
    """Where a file was found before: by its whole name in a repository, without ending on a site."""
    name = found.name
    if not any(view in f"{base}/" for view in _FILE_VIEWS):
        folder, slash, _ = name.rpartition("/")
        name = folder if found.stands_for_its_folder else f"{folder}{slash}{found.stem}"
    return f"{base.rstrip('/')}/{quote(name)}"


def _above(root: Path) -> str:
    """What a file's name in the repository has before its name in the tree: `content/runbooks/`."""
    for folder in (root, *root.parents):
        if (folder / ".git").exists():
            inner = root.relative_to(folder).as_posix()
            return "" if inner == "." else f"{inner}/"
    return ""


def _edited_here(revision: Revision) -> bool:
    return revision.proposal.kind not in (Proposal.Kind.IMPORT, Proposal.Kind.HANDOVER)


def _is_another(plan: Plan, revision: Revision) -> bool:
    """Is this a file of the same name from elsewhere, and not one that was moved or edited?"""
    earlier = plan.earlier
    if earlier is None or earlier.origin == plan.name:
        return False
    return fuzz.ratio(plan.text[:_COMPARED], revision.text[:_COMPARED]) < _ALIKE


def _said(finding: checks.Finding) -> str:
    where = f"line {finding.line}: " if finding.line else ""
    return f"{where}{finding.message}"


def _nobody(converted: Converted) -> str:
    if converted.owner:
        return f"Nobody would own it: “{converted.owner}” is no active person here. {NAME_ONE}"
    return f"Nobody would own it. {NAME_ONE}"


def _sentence(problem: document.Problem) -> str:
    where = f"Line {problem.line}: " if problem.line and problem.line > 1 else ""
    return f"{where}{problem.message}"
