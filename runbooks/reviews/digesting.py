"""What a daily digest says: everything that is due for a person, in one message."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from urllib.parse import quote

from portal.accounts.models import User
from portal.notify.body import Action, Body, Item, Section
from portal.notify.kinds import Kind
from portal.notify.outbox import Telling
from runbooks.reviews.answering import Part
from runbooks.reviews.stages import Tell, in_words
from runbooks.reviews.waiting import Waiting

KIND = Kind("digest", "What is due for you, once a day at most", digest=True)
#: So many reviews stand in one digest. The rest is told on the next working days, the latest reviews first.
MOST_REVIEWS = 100
#: So many lines of one sort besides reviews; of the others it says how many there are.
MOST_LINES = 10
OWNED = "/owned"
_TITLES = {
    Part.OWNER: "Your reviews",
    Part.DEPUTY: "You are the deputy",
    Part.LEAD: "Late in your team",
}
_PARTS = tuple(Part)


@dataclass(frozen=True, slots=True)
class Due:
    """A review that a person is told of today."""

    runbook: int
    slug: str
    title: str
    owner: str
    due_on: date
    tell: Tell
    part: Part
    reasons: tuple[str, ...] = ()


@dataclass(slots=True)
class Digest:
    """What one person is told on one day of theirs."""

    person: int
    day: date
    reviews: list[Due] = field(default_factory=list)
    waiting: list[Waiting] = field(default_factory=list)
    left_out: int = 0

    def __bool__(self) -> bool:
        return bool(self.reviews or self.waiting)

    def put_in_order(self) -> None:
        """The person's own first, the latest first; what is too much for one message is left for tomorrow."""
        self.reviews.sort(key=lambda due: (_PARTS.index(due.part), due.due_on, due.title, due.slug))
        self.left_out = max(0, len(self.reviews) - MOST_REVIEWS)
        del self.reviews[MOST_REVIEWS:]

    @property
    def key(self) -> str:
        return f"digest:{self.person}:{self.day.isoformat()}"


def review_path(slug: str) -> str:
    """The page of exactly that review."""
    return f"/r/{quote(slug)}/review"


def telling_of(digest: Digest, person: User) -> Telling:
    return Telling(
        person=person,
        key=digest.key,
        kind=KIND.name,
        subject=_subject(digest),
        body=_body(digest),
        url=OWNED,
        day=digest.day,
    )


def _subject(digest: Digest) -> str:
    """As "2 reviews are overdue, 1 is coming", or what the only line says."""
    if not digest.reviews:
        count = len(digest.waiting)
        return digest.waiting[0].title if count == 1 else f"{count} things wait for you"
    if len(digest.reviews) == 1:
        due = digest.reviews[0]
        return f"Review {in_words(due.due_on, digest.day)}: {due.title}"
    late = sum(due.due_on < digest.day for due in digest.reviews)
    now = sum(due.due_on == digest.day for due in digest.reviews)
    coming = len(digest.reviews) - late - now
    counts = [(late, "overdue"), (now, "due today"), (coming, "coming")]
    said = [f"{count} {words}" for count, words in counts if count]
    return f"{len(digest.reviews)} reviews: {', '.join(said)}"


def _body(digest: Digest) -> Body:
    sections = [
        Section(title=_TITLES[part], items=items)
        for part in _PARTS
        if (items := [_review(due, digest.day) for due in digest.reviews if due.part is part])
    ]
    sections += _others(digest.waiting)
    body = Body(intro="", sections=sections)
    if digest.left_out:
        body["outro"] = (
            f"{digest.left_out} more are due. They follow on the next working days; all of them stand on "
            "your list of what you own."
        )
    return body


def _review(due: Due, today: date) -> Item:
    when = in_words(due.due_on, today)
    if due.part is not Part.OWNER:
        when += f", owner: {due.owner}"
    # What brought it forward, each a sentence or part of one.
    words = [when, *(reason.rstrip(".") for reason in due.reasons)]
    url = review_path(due.slug)
    label = "Review it" if due.part is Part.OWNER else "See the review"
    return Item(
        title=due.title,
        url=url,
        words=". ".join(words),
        action=Action(label=label, url=url),
        ref={
            "runbook": due.slug,
            "due_on": due.due_on.isoformat(),
            "stage": due.tell.stage.value,
        },
    )


def _others(waiting: Sequence[Waiting]) -> Iterator[Section]:
    by_title: dict[str, list[Waiting]] = {}
    for one in waiting:
        by_title.setdefault(one.section, []).append(one)
    for title, some in by_title.items():
        items = [
            Item(title=one.title, url=one.url, words=one.words, ref={"source": one.source})
            for one in some[:MOST_LINES]
        ]
        more = len(some) - MOST_LINES
        if more > 0:
            items.append(Item(title=f"and {more} more", url=some[0].all_at, words=""))
        yield Section(title=title, items=items)
