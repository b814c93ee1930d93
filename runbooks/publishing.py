"""The one door: a person accepts a proposal, and it becomes a revision. There is no other way.

Programs may call `propose`; `accept` takes the person who answers for it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from datetime import datetime
from functools import cache

from django.db import IntegrityError, transaction
from django.utils import timezone

from portal.accounts import audit
from portal.accounts.models import AuditEntry, User
from portal.transactions import one_transaction
from runbooks import checks, debts, document, frontmatter, going_live, hooks, leading_here, telling
from runbooks.format.meta import read_meta
from runbooks.models import Alias, IndexCounter, Proposal, Revision, Runbook
from runbooks.naming import slug_of

log = logging.getLogger(__name__)

#: The person of a user name or an e-mail address.
Named = Callable[[str], User | None]


class PublishingRefused(Exception):  # noqa: N818 -- a decision, said in the product's words
    """The proposal cannot become a revision. The message is a sentence; `findings` say what blocks."""

    def __init__(self, message: str, findings: Iterable[checks.Finding] = ()) -> None:
        super().__init__(message)
        self.findings = tuple(findings)

    @property
    def sentences(self) -> list[str]:
        """What stands in the way, one by one."""
        return [finding.message for finding in self.findings] or [str(self)]


class Conflict(PublishingRefused):
    """The live runbook moved on while the proposal was open."""


def propose(  # noqa: PLR0913 -- the facts of a proposal, all by name
    *,
    text: str,
    kind: str,
    runbook: Runbook | None = None,
    base: Revision | None = None,
    slug: str = "",
    by: User | None = None,
    asked_by: User | None = None,
    owner: User | None = None,
    owner_guessed: bool = False,
    why: str = "",
    origin: str = "",
    source_address: str = "",
    now: datetime | None = None,
    parsed: document.Document | None = None,
) -> Proposal:
    """Record a change as an open proposal. Nothing that is live changes.

    `runbook` is None for a new runbook, which then needs a `slug`. `base` is the revision that the change
    began from, where that may not be the live one any more. `by` is None where a program proposes;
    `asked_by` is then the person who set it to work, whom the audit trail names.
    Who has parsed the text already hands it over, and it is not parsed again.
    Raises document.DocumentError when the text cannot be a runbook at all.
    """
    if parsed is None or parsed.text != text:
        document.parse(text)
    proposal = Proposal(
        runbook=runbook,
        slug=runbook.slug if runbook else slug_of(slug),
        kind=kind,
        text=text,
        base=base or (runbook.live_revision if runbook else None),
        proposed_by=by,
        proposed_owner=owner,
        owner_guessed=owner_guessed,
        why=why,
        origin=origin[:500],
        source_address=source_address,
        created_at=now or timezone.now(),
    )
    propose_all([proposal], asked_by=by or asked_by)
    return proposal


@transaction.atomic
def propose_all(proposals: Sequence[Proposal], *, asked_by: User | None) -> None:
    """Record proposals that are not yet saved, whose texts the caller has parsed: two statements for all."""
    Proposal.objects.bulk_create(proposals)
    audit.record_all(
        _entry("proposal.made", one, by=asked_by, note=one.why, at=one.created_at)
        for one in proposals
    )


@one_transaction
def decline(proposal: Proposal, *, by: User, note: str = "", now: datetime | None = None) -> None:
    """A named person says no. Raises PublishingRefused when it is already decided."""
    changed = (
        Proposal.objects.open()
        .filter(pk=proposal.pk)
        .update(
            state=Proposal.State.DECLINED,
            decided_by=by,
            decided_at=now or timezone.now(),
            decision_note=note,
        )
    )
    if not changed:
        raise PublishingRefused("This proposal has already been decided.")
    proposal.refresh_from_db()
    _entry("proposal.declined", proposal, by=by, note=note, at=now).save()
    telling.proposal_decided(proposal, by=by, note=note, now=now)


def _entry(
    action: str, proposal: Proposal, *, by: User | None, note: str, at: datetime | None
) -> AuditEntry:
    after = {"proposal": proposal.pk, "kind": proposal.kind}
    name = proposal.slug
    return audit.entry(
        action, by=by, of=proposal.runbook, kind="runbook", name=name, after=after, note=note, at=at
    )


@one_transaction
def accept(
    proposal: Proposal,
    *,
    by: User,
    why: str = "",
    now: datetime | None = None,
    parsed: document.Document | None = None,
) -> Revision:
    """Make the proposal the runbook's newest revision, in one transaction, and tell the rooms.

    `by` is the active person who answers for it; `why` defaults to the proposal's own reason. `parsed` spares
    another parsing, where it is of the very text that goes live.
    Raises PublishingRefused (with findings) when it is decided, blocked or nobody active would own it,
    Conflict when the live runbook moved on since it was proposed.
    """
    now = now or timezone.now()
    _must_be_active(by)
    runbook, proposal = held(proposal)
    if runbook is None:
        refuse_taken(proposal.slug)
    elif runbook.live_revision_id != proposal.base_id:
        raise Conflict("The live runbook has moved on since this was proposed.")
    ready = _ready(proposal, runbook, parsed=parsed, why=why)
    return _go_live([ready], by=by, now=now)[0]


@one_transaction
def accept_new(
    proposals: Sequence[tuple[Proposal, document.Document]], *, by: User, now: datetime
) -> list[Revision]:
    """`accept` for new runbooks whose proposals this very transaction has made, in as many statements for
    fifty as for one. With each comes its text, parsed.

    Raises PublishingRefused where one of them is refused: nothing is live then, and whoever wants the others
    accepts them one by one.
    """
    _must_be_active(by)
    refuse_taken(*(proposal.slug for proposal, _ in proposals))
    named = cache(User.objects.named)
    several = [_ready(one, None, parsed=parsed, named=named) for one, parsed in proposals]
    return _go_live(several, by=by, now=now)


def _must_be_active(by: User) -> None:
    if not by.is_active:
        raise PublishingRefused(f"{by} is not active and cannot accept a proposal.")


def _ready(
    proposal: Proposal,
    runbook: Runbook | None,
    *,
    parsed: document.Document | None,
    why: str = "",
    named: Named | None = None,
) -> going_live.Ready:
    """Raises PublishingRefused where a finding blocks it, or nobody active would own it."""
    owner = _owner_of(proposal, runbook)
    text = with_owner(proposal.text, owner, named=named)
    if parsed is None or parsed.text != text:
        parsed = document.parse(text, fallback_title=proposal.slug)
    blocking = blocking_findings(kind=proposal.kind, runbook=runbook, parsed=parsed, owner=owner)
    if blocking:
        raise PublishingRefused("; ".join(f.message for f in blocking), blocking)
    if runbook is None:
        runbook = Runbook(slug=proposal.slug, owner=owner)
        runbook.owner_confirmed = not proposal.owner_guessed
    elif proposal.kind == Proposal.Kind.HANDOVER:
        runbook.owner, runbook.owner_confirmed = owner, True
    _take_over_facts(runbook, parsed, proposal)
    return going_live.Ready(proposal, runbook, text, parsed, why or proposal.why)


def _go_live(several: Sequence[going_live.Ready], *, by: User, now: datetime) -> list[Revision]:
    try:
        with transaction.atomic():
            published = going_live.write(several, by=by, now=now)
    except IntegrityError:  # somebody was faster with another new runbook at this address
        refuse_taken(*(one.runbook.slug for one in several if one.proposal.runbook_id is None))
        raise
    for one in published:
        telling.proposal_decided(one.revision.proposal, by=by, revision=one.revision, now=now)
    leading_here.set_names(published)
    for one in published:
        for hook in hooks.in_transaction:
            hook(one)
    waiting = _waiting.get()
    if waiting is None:
        _end(published)
    else:
        waiting += published
    return [one.revision for one in published]


@contextmanager
def together() -> Iterator[None]:
    """Accept several in one transaction: what can be done for all at once is done at its end.

    Leaving it may raise what a room's hook raises; then nothing of it is live.
    """
    with transaction.atomic():
        token = _waiting.set([])
        try:
            yield
            published = _waiting.get()
        finally:
            _waiting.reset(token)
        if published:
            _end(published)


#: What this transaction has published so far; None where each is for itself.
_waiting: ContextVar[list[hooks.Published] | None] = ContextVar("waiting", default=None)


def _end(published: list[hooks.Published]) -> None:
    for hook in hooks.at_the_end:
        hook(published)
    IndexCounter.raise_by_one()
    runbook_ids = [one.runbook.pk for one in published]
    transaction.on_commit(lambda: _after_commit(runbook_ids), robust=True)


def _after_commit(runbook_ids: list[int]) -> None:
    for hook in hooks.after_commit:
        try:
            hook(runbook_ids)
        except Exception:  # publishing never fails because a follower is down
            log.exception("after publishing runbooks %s: %s failed", runbook_ids, hook)


def held(proposal: Proposal, *, onto: int | None = None) -> tuple[Runbook | None, Proposal]:
    """The rows of an open proposal and of its runbook (or that of the key `onto`), held until the transaction
    ends. Always the runbook first, so that no two wait for each other. Raises PublishingRefused.
    """
    pk = onto or Proposal.objects.values_list("runbook", flat=True).get(pk=proposal.pk)
    runbook = Runbook.objects.held().get(pk=pk) if pk else None
    proposal = Proposal.objects.select_for_update(no_key=True).get(pk=proposal.pk)
    if proposal.state != Proposal.State.OPEN:
        raise PublishingRefused("This proposal has already been decided.")
    if proposal.runbook_id not in (pk, None):
        raise Conflict("This proposal was settled with another runbook meanwhile.")
    return runbook, proposal


def refuse_taken(*slugs: str) -> None:
    """Raises Conflict or PublishingRefused where no new runbook can live at one of these addresses."""
    taken = Runbook.objects.filter(slug__in=slugs).order_by("pk").values_list("slug", flat=True)
    if (slug := taken.first()) is not None:
        raise Conflict(f"A runbook with the address /r/{slug} exists by now.")
    for slug, moved in _moved_from(slugs).items():
        raise PublishingRefused(still_leads(slug, moved))


def moved_from(slug: str) -> Runbook | None:
    """The runbook that had this address before: it leads there for ever, and no other may have it."""
    return _moved_from([slug]).get(slug)


def _moved_from(slugs: Iterable[str]) -> dict[str, Runbook]:
    by_folded = {slug.casefold(): slug for slug in slugs}
    old = Alias.objects.filter(kind=Alias.Kind.SLUG, folded__in=by_folded)
    return {by_folded[one.folded]: one.runbook for one in old.select_related("runbook")}


def still_leads(slug: str, runbook: Runbook) -> str:
    return f"/r/{slug} was the address of {runbook}, and still leads there: choose another."


def _owner_of(proposal: Proposal, runbook: Runbook | None) -> User:
    """Runbook.owner is the truth, and the text's owner line is written after it; a new runbook's owner comes
    from the proposal or its text."""
    if runbook is not None and proposal.kind != Proposal.Kind.HANDOVER:
        return runbook.owner
    if proposal.proposed_owner is not None:
        return proposal.proposed_owner
    named = _owner_line(proposal.text)
    person = User.objects.named(named) if named else None
    if person is not None:
        return person
    raise PublishingRefused(
        f"Nobody here is called {named!r}: a runbook needs an owner, a person with an account."
        if named
        else "A runbook needs an owner: name a person in its owner line."
    )


def with_owner(text: str, owner: User, *, named: Named | None = None) -> str:
    """The text with its owner line telling the truth; untouched where it already does.

    `named` is what `User.objects.named` says; whoever asks for many texts remembers it.
    """
    word = _owner_line(text)
    # A user name is one person's alone; what has an @ in it may be another's e-mail address.
    if word and word == owner.username and "@" not in word:
        return text
    if word and (named or User.objects.named)(word) == owner:
        return text
    return frontmatter.set_field(text, "owner", owner.username)


def _owner_line(text: str) -> str:
    front = frontmatter.read_front_matter(document.decode(text))
    return read_meta(front.data, front.lines)[0].owner


def blocking_findings(
    *, kind: str, runbook: Runbook | None, parsed: document.Document, owner: User
) -> list[checks.Finding]:
    """What keeps this from going live: of a runbook that is here, only what an edit adds: old debt never
    stops whoever mends one wrong flag at night.

    A finding that a lead waived for the runbook does not.
    """
    imported = runbook.imported if runbook else kind == Proposal.Kind.IMPORT
    live = runbook.live_revision if runbook else None
    if imported and live is None and owner.is_active:
        return []  # it goes live with its debts, and wears them; only an owner it must have
    facts = checks.Facts(owner_active=owner.is_active)
    findings = debts.without_waived(runbook, checks.check(parsed, imported=imported, facts=facts))
    blocking = [finding for finding in findings if finding.blocking]
    handover = (
        kind == Proposal.Kind.HANDOVER
    )  # it changes nothing but the owner, who must be active
    if (imported or handover) and live is not None:
        before = checks.check(
            document.parse(live.text),
            imported=imported,
            facts=replace(facts, owner_active=facts.owner_active or handover),
        )
        return checks.blocking_added(before, findings)
    if imported:
        return [finding for finding in blocking if finding.code == checks.NO_ACTIVE_OWNER]
    return blocking


def _take_over_facts(runbook: Runbook, parsed: document.Document, proposal: Proposal) -> None:
    meta = parsed.meta
    runbook.title = (meta.title or runbook.slug)[:300]
    runbook.severity = meta.severity
    runbook.review_every = meta.review_every
    runbook.imported = runbook.imported or proposal.kind == Proposal.Kind.IMPORT
    runbook.source_url = (meta.source_url or proposal.source_address or runbook.source_url)[:2000]
