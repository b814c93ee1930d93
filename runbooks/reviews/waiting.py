"""What besides reviews waits for a person, and is told in the next digest: once for each."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from portal.notify import kinds
from portal.notify.models import Message
from runbooks.models import Proposal, Runbook
from runbooks.reviews.models import Handover
from runbooks.reviews.prevention import debts_of

#: Nobody is told in a digest of what the inbox has for longer, whatever kept the digests back.
_NEWS = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Waiting:
    """One line of a digest. `source` makes it one, as "proposal:17": it is told to a person once, ever."""

    person: int
    source: str
    section: str
    title: str
    url: str
    words: str = ""
    #: Where all of its sort stand.
    all_at: str = "/owned"


#: What rooms hand in, in the digest's order: everything that is open for these people (primary keys), in a
#: number of queries that does not grow with them.
sources: list[Callable[[Collection[int], datetime], Iterable[Waiting]]] = []


def waiting_for(people: Collection[int], now: datetime) -> Iterator[Waiting]:
    for ask in sources:
        yield from ask(people, now)


def handovers(people: Collection[int], now: datetime) -> Iterator[Waiting]:
    offered = Handover.objects.open().filter(to__in=people)
    for one in offered.select_related("runbook", "offered_by").order_by("pk"):
        yield Waiting(
            person=one.to_id,
            source=f"handover:{one.pk}",
            section="Will you take these over?",
            title=one.runbook.title,
            url=f"{one.runbook.get_absolute_url()}/review",
            words=f"{one.offered_by} offers it to you" + (f": {one.note}" if one.note else ""),
        )


def proposals(people: Collection[int], now: datetime) -> Iterator[Waiting]:
    """Changes that wait for their owner's yes or no; not their own."""
    owned = Q(runbook__owner__in=people) | Q(runbook=None, proposed_owner__in=people)
    found = (
        Proposal.objects.open()
        .filter(owned)
        .select_related("proposed_by", "runbook")
        .defer("text")
        .order_by("pk")
    )
    for one in found.iterator(chunk_size=500):
        owner = one.runbook.owner_id if one.runbook else one.proposed_owner_id
        if owner is None or owner == one.proposed_by_id:
            continue
        who = str(one.proposed_by) if one.proposed_by else "A program"
        verb = "suggests a change" if one.runbook else "suggests a new runbook"
        yield Waiting(
            person=owner,
            source=f"proposal:{one.pk}",
            section="Suggestions that wait for your answer",
            title=one.runbook.title if one.runbook else one.slug,
            url=f"/proposals/{one.pk}",
            words=f"{who} {verb}" + (f": {one.why}" if one.why else ""),
            all_at="/proposals",
        )


def to_confirm(people: Collection[int], now: datetime) -> Iterator[Waiting]:
    """Runbooks whose owner an import only guessed."""
    guessed = Runbook.objects.live().readable().filter(owner__in=people, owner_confirmed=False)
    for pk, owner, title, slug in guessed.order_by("title", "pk").values_list(
        "pk", "owner", "title", "slug"
    ):
        yield Waiting(
            person=owner,
            source=f"confirm:{pk}:{owner}",
            section="Are these yours? An import guessed it",
            title=title,
            url="/owned",
            words=f"/r/{slug}",
        )


def prevention(people: Collection[int], now: datetime) -> Iterator[Waiting]:
    for one in debts_of(people, now):
        yield Waiting(
            person=one.runbook.owner_id,
            source=f"prevention:{one.pk}",
            section="Prevention that is open for a month",
            title=" ".join(one.text.split())[:200],
            url=f"{one.runbook.get_absolute_url()}/prevention",
            words=one.runbook.title,
        )


def from_the_inbox(people: Collection[int], now: datetime) -> Iterator[Waiting]:
    """What is told once a day alone (`Kind.daily`), unless it was read in the inbox meanwhile."""
    titles = {kind.name: kind.daily for kind in kinds.registered.values() if kind.daily}
    found = Message.objects.unread().filter(person__in=people, kind__in=titles, deliveries=None)
    for one in found.filter(created_at__gt=now - _NEWS).order_by("pk"):
        lines = [item for section in one.body.get("sections", []) for item in section["items"]]
        yield Waiting(
            person=one.person_id,
            source=f"message:{one.pk}",
            section=titles[one.kind] or "",
            title=one.subject,
            url=one.url or "/inbox",
            words=" ".join(filter(None, (item.get("words") for item in lines))),
            all_at="/inbox",
        )


sources += [handovers, proposals, to_confirm, prevention, from_the_inbox]
