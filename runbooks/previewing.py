"""What the editor says of a text while it is written: findings by line, and the page that it would be."""

from __future__ import annotations

from dataclasses import dataclass, replace

from portal.accounts.models import User
from runbooks import checks, debts, document, excerpt, publishing, rendering
from runbooks.checks import Finding
from runbooks.models import Attachment, Proposal, Runbook, Waiver
from runbooks.variables import fill

#: What cannot be read as a runbook at all.
UNREADABLE = "unreadable"
#: More debts of one kind are one row of the list.
_APART = 2
_NOTHING = rendering.Rendered("", "", "", (), (), (), (), ())


@dataclass(frozen=True, slots=True)
class Row:
    """Findings that are shown as one, each with its number in the form: the first, and `more` like it."""

    number: int
    finding: Finding
    more: tuple[tuple[int, Finding], ...] = ()


@dataclass(frozen=True, slots=True)
class Look:
    """`blocking` stop publishing, `debts` do not. `document` is None where the text cannot be read."""

    document: document.Document | None
    blocking: tuple[Finding, ...]
    debts: tuple[Finding, ...]
    rendered: rendering.Rendered = _NOTHING
    #: What a lead lives with in this runbook.
    waived: tuple[tuple[Finding, Waiver], ...] = ()
    #: The text is long: only the part round one line is drawn.
    is_excerpt: bool = False
    #: (line, id on the drawn page) of what is drawn, so that it can follow the cursor.
    places: tuple[tuple[int, str], ...] = ()

    @property
    def title(self) -> str:
        return self.document.meta.title if self.document else ""

    @property
    def page(self) -> str:
        """The HTML as the runbook page would show it, its variables still to be filled in."""
        drawn = self.rendered
        return fill(drawn.steps_html + drawn.background_html + drawn.escalation_html, {}).html

    @property
    def findings(self) -> tuple[Finding, ...]:
        return (*self.blocking, *self.debts)

    @property
    def rows(self) -> list[Row]:
        """The findings as they are listed: each that blocks, and the debts of one kind in one row."""
        rows = [Row(number, finding) for number, finding in enumerate(self.blocking)]
        debts = list(enumerate(self.debts, len(rows)))
        alike: dict[str, list[tuple[int, Finding]]] = {}
        for number, finding in debts:
            alike.setdefault(finding.code, []).append((number, finding))
        for number, finding in debts:
            first, *more = alike[finding.code]
            if len(more) < _APART:
                rows.append(Row(number, finding))
            elif number == first[0]:
                rows.append(Row(number, finding, tuple(more)))
        return rows


def look(
    text: str,
    *,
    runbook: Runbook | None,
    kind: str = Proposal.Kind.EDIT,
    by: User | None = None,
    at: int | None = None,
    draw: bool = True,
) -> Look:
    """Parse, check and draw `text` as it would be if it were published over `runbook` now.

    With `at`, a line, a long text is drawn only round it: a preview while one writes, which costs the same
    however long the text is. Findings are always of the whole.
    """
    try:
        parsed = document.parse(text, fallback_title=runbook.slug if runbook else "")
    except document.DocumentError as error:
        found = tuple(
            Finding(UNREADABLE, problem.message, problem.line, problem.field, blocking=True)
            for problem in error.problems
        )
        return Look(None, found, ())
    owner = runbook.owner if runbook else _named(parsed) or by
    everything, waived = debts.split_waived(
        runbook, debts.findings_for(parsed, runbook=runbook, owner=owner)
    )
    imported = runbook.imported if runbook else kind == Proposal.Kind.IMPORT
    blocking = [finding for finding in everything if finding.blocking]
    if imported and owner is not None:
        # What an edit adds, and no old debt: only publishing tells the two apart.
        blocking = publishing.blocking_findings(
            kind=kind, runbook=runbook, parsed=parsed, owner=owner
        )
    if runbook is None and (missing := _nobody(parsed)):
        blocking = [missing, *(f for f in blocking if f.code != missing.code)]
    said = {(finding.code, finding.line) for finding in blocking}
    others = [f for f in everything if (f.code, f.line) not in said]
    # An imported runbook's old debt of a kind that blocks elsewhere does not block here.
    worn = tuple(replace(f, blocking=False) for f in others)
    if not draw:
        return Look(parsed, tuple(blocking), worn, waived=tuple(waived))
    shown = parsed if at is None else excerpt.excerpt(parsed, at)
    return Look(
        parsed,
        tuple(blocking),
        worn,
        _draw(shown, runbook),
        tuple(waived),
        is_excerpt=shown is not parsed,
        places=tuple(excerpt.places(shown)),
    )


def _named(parsed: document.Document) -> User | None:
    return User.objects.named(parsed.meta.owner) if parsed.meta.owner else None


def _nobody(parsed: document.Document) -> Finding | None:
    """A new runbook's owner comes from its text: say at the line what publishing would say."""
    person = _named(parsed)
    if person is not None and person.is_active:
        return None
    named = parsed.meta.owner
    message = (
        f"Nobody active here is called {named!r}."
        if named
        else "A runbook needs an owner: name a person in its owner line."
    )
    return Finding(
        checks.NO_ACTIVE_OWNER,
        message,
        line=parsed.meta.lines.get("owner"),
        field="owner",
        blocking=True,
        mend="Write the user name of a person with an account.",
    )


def _draw(parsed: document.Document, runbook: Runbook | None) -> rendering.Rendered:
    attachments = {}
    if runbook is not None:
        found = Attachment.objects.filter(runbook=runbook).order_by("pk")
        attachments = {a.path: a.get_absolute_url() for a in found}
    return rendering.render(parsed, attachments=attachments)
