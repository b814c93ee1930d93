"""The one door: a person accepts a proposal, and it becomes a revision. There is no other way.

Programs may call `propose`; `accept` takes the person who answers for it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from portal.accounts import audit
from portal.accounts.models import User
from portal.transactions import one_transaction
from runbooks import checks, debts, document, frontmatter, hooks, telling
from runbooks.format.meta import read_meta
from runbooks.keys import carry_keys
from runbooks.making import make_rendering, make_steps
from runbooks.models import (
    AlertName,
    Alias,
    IndexCounter,
    Proposal,
    Revision,
    Runbook,
    Service,
    TrustLine,
)
from runbooks.naming import fold_address, slug_of

log = logging.getLogger(__name__)


class PublishingRefused(Exception):  # noqa: N818 -- a decision, said in the product's words
    """The proposal cannot become a revision. The message is a sentence; `findings` say what blocks."""

    def __init__(self, message: str, findings: Iterable[checks.Finding] = ()) -> None:
        super().__init__(message)
        self.findings = tuple(findings)


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
    with transaction.atomic():
        proposal = Proposal.objects.create(
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
        _record("proposal.made", proposal, by=by or asked_by, note=why, at=now)
    return proposal


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
    _record("proposal.declined", proposal, by=by, note=note, at=now)
    telling.proposal_decided(proposal, by=by, note=note, now=now)


def _record(
    action: str, proposal: Proposal, *, by: User | None, note: str, at: datetime | None
) -> None:
    after = {"proposal": proposal.pk, "kind": proposal.kind}
    name = proposal.slug
    audit.record(
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
    if not by.is_active:
        raise PublishingRefused(f"{by} is not active and cannot accept a proposal.")
    runbook, proposal = held(proposal)
    if runbook is None:
        refuse_taken(proposal.slug)
    elif runbook.live_revision_id != proposal.base_id:
        raise Conflict("The live runbook has moved on since this was proposed.")
    owner = _owner_of(proposal, runbook)
    text = with_owner(proposal.text, owner)
    if parsed is None or parsed.text != text:
        parsed = document.parse(text, fallback_title=proposal.slug)
    blocking = blocking_findings(kind=proposal.kind, runbook=runbook, parsed=parsed, owner=owner)
    if blocking:
        raise PublishingRefused("; ".join(f.message for f in blocking), blocking)

    created = runbook is None
    if runbook is None:
        runbook = Runbook(slug=proposal.slug, owner=owner)
        runbook.owner_confirmed = not proposal.owner_guessed
    elif proposal.kind == Proposal.Kind.HANDOVER:
        runbook.owner, runbook.owner_confirmed = owner, True
    _take_over_facts(runbook, parsed, proposal)
    try:
        with transaction.atomic():
            runbook.save()
    except IntegrityError:  # somebody was faster with another new runbook at this address
        refuse_taken(runbook.slug)
        raise
    previous = runbook.live_revision
    revision = Revision.objects.create(
        runbook=runbook,
        number=previous.number + 1 if previous else 1,
        title=runbook.title,
        text=text,
        proposal=proposal,
        accepted_by=by,
        accepted_at=now,
        why=why or proposal.why,
    )
    proposal.attachments.update(runbook=runbook)
    keys = carry_keys(parsed.steps, previous.steps.all() if previous else ())
    make_steps(revision, parsed, keys)
    rendering = make_rendering(revision, parsed, keys)
    runbook.live_revision = revision
    runbook.save(update_fields=["live_revision", "updated_at"])
    Proposal.objects.filter(pk=proposal.pk).update(
        runbook=runbook, state=Proposal.State.ACCEPTED, decided_by=by, decided_at=now
    )
    if created:
        TrustLine.objects.create(runbook=runbook)  # a hook of the reviews dates the first one
    audit.record(
        "proposal.accepted",
        by=by,
        of=runbook,
        name=runbook.slug,
        before={"revision": previous.number if previous else None},
        after={"revision": revision.number, "proposal": proposal.pk, "kind": proposal.kind},
        note=revision.why,
        at=now,
    )
    telling.proposal_decided(proposal, by=by, revision=revision, now=now)
    published = hooks.Published(runbook, revision, rendering, parsed, created)
    for hook in hooks.in_transaction:
        hook(published)
    waiting = _waiting.get()
    if waiting is None:
        _end([published])
    else:
        waiting.append(published)
    return revision


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


def refuse_taken(slug: str) -> None:
    """Raises Conflict or PublishingRefused where no new runbook can live at this address."""
    if Runbook.objects.filter(slug=slug).exists():
        raise Conflict(f"A runbook with the address /r/{slug} exists by now.")
    if (moved := moved_from(slug)) is not None:
        raise PublishingRefused(still_leads(slug, moved))


def moved_from(slug: str) -> Runbook | None:
    """The runbook that had this address before: it leads there for ever, and no other may have it."""
    old = Alias.objects.filter(kind=Alias.Kind.SLUG, folded=slug.casefold())
    found = old.select_related("runbook").first()
    return found.runbook if found else None


def still_leads(slug: str, runbook: Runbook) -> str:
    return f"/r/{slug} was the address of {runbook}, and still leads there: choose another."


def _owner_of(proposal: Proposal, runbook: Runbook | None) -> User:
    """Runbook.owner is the truth (decision 10); a new runbook's comes from the proposal or its text."""
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


def with_owner(text: str, owner: User) -> str:
    """The text with its owner line telling the truth; untouched where it already does."""
    named = _owner_line(text)
    if named and User.objects.named(named) == owner:
        return text
    return frontmatter.set_field(text, "owner", owner.username)


def _owner_line(text: str) -> str:
    front = frontmatter.read_front_matter(document.decode(text))
    return read_meta(front.data, front.lines)[0].owner


def blocking_findings(
    *, kind: str, runbook: Runbook | None, parsed: document.Document, owner: User
) -> list[checks.Finding]:
    """What keeps this from going live: of a runbook that is here, only what an edit adds (decision 4).

    A finding that a lead waived for the runbook does not.
    """
    imported = runbook.imported if runbook else kind == Proposal.Kind.IMPORT
    facts = checks.Facts(owner_active=owner.is_active)
    findings = debts.without_waived(runbook, checks.check(parsed, imported=imported, facts=facts))
    blocking = [finding for finding in findings if finding.blocking]
    handover = (
        kind == Proposal.Kind.HANDOVER
    )  # it changes nothing but the owner, who must be active
    if (imported or handover) and runbook is not None and runbook.live_revision is not None:
        before = checks.check(
            document.parse(runbook.live_revision.text),
            imported=imported,
            facts=replace(facts, owner_active=facts.owner_active or handover),
        )
        return checks.blocking_added(before, findings)
    if imported:
        # An imported runbook goes live with its debts, and wears them; only an owner it must have.
        return [finding for finding in blocking if finding.code == checks.NO_ACTIVE_OWNER]
    return blocking


def _take_over_facts(runbook: Runbook, parsed: document.Document, proposal: Proposal) -> None:
    meta = parsed.meta
    runbook.title = (meta.title or runbook.slug)[:300]
    runbook.severity = meta.severity
    runbook.review_every = meta.review_every
    runbook.imported = runbook.imported or proposal.kind == Proposal.Kind.IMPORT
    runbook.source_url = (meta.source_url or proposal.source_address or runbook.source_url)[:2000]


def set_names(published: hooks.Published) -> None:
    """The services, alerts and old address that the text names: the first hook of every publishing."""
    runbook, meta = published.runbook, published.document.meta
    services = [service_named(name) for name in meta.services]
    if published.created:
        # A new runbook has none yet: nothing to compare with.
        Runbook.services.through.objects.bulk_create(
            Runbook.services.through(runbook_id=runbook.pk, service_id=service.pk)
            for service in dict.fromkeys(services)
        )
    elif set(runbook.services.all()) != set(services):
        runbook.services.set(services)
    wanted = [(a.name[:200], [list(m) for m in a.matchers]) for a in meta.alerts]
    stated = runbook.alert_names.filter(stated=True)
    if published.created or [(a.name, a.matchers) for a in stated] != wanted:
        if not published.created:
            stated.delete()
        AlertName.objects.bulk_create(
            AlertName(runbook=runbook, name=name, folded=name.casefold(), matchers=matchers)
            for name, matchers in wanted
        )
    if runbook.source_url:
        add_alias(runbook, kind=Alias.Kind.ADDRESS, value=runbook.source_url)


def service_named(name: str) -> Service:
    """The service with this name or slug, made when it is new to the portal."""
    slug = slug_of(name)[:120]
    return Service.objects.get_or_create(slug=slug, defaults={"name": name[:150]})[0]


def add_alias(runbook: Runbook, *, kind: str, value: str) -> None:
    """Let an old name or address lead here, unless it already leads somewhere."""
    folded = fold_address(value) if kind == Alias.Kind.ADDRESS else value.casefold()
    if folded and len(folded) <= 1000:
        alias = Alias(kind=kind, folded=folded, runbook=runbook)
        Alias.objects.bulk_create([alias], ignore_conflicts=True)


hooks.in_transaction.insert(0, set_names)
