"""Prevention: what would keep the symptom from coming back is open until the runbook's owner signs it off.

An item is carried from revision to revision by its words, or by its link where the words were mended.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from portal.accounts import audit
from portal.accounts.models import User
from portal.transactions import one_transaction
from portal.typed import clean
from runbooks.checking.placeholders import only_placeholders
from runbooks.document import Document, parse
from runbooks.format.plain import plain_text
from runbooks.hooks import Published
from runbooks.models import Revision, Runbook, TrustLine
from runbooks.reviews.deciding import Refused
from runbooks.reviews.evidence import Evidence
from runbooks.reviews.models import PreventionItem

State = PreventionItem.State
#: Of one runbook.
MOST_ITEMS = 100
_MOST_FOLDED = 500
_MOST_TEXT = 2_000
_CHUNK = 500
_ITEM = re.compile(r"(?:[-*+]|\d{1,3}[.)])[ \t]+(?P<text>.*)")
_BOX = re.compile(r"\[(?P<ticked>[ xX])\][ \t]+")
_URL = re.compile(r"\]\(<?(?P<linked>https?://[^\s<>()]+)|(?P<bare>https?://[^\s<>()\]]+)")
_STATUS = re.compile(r"\bstatus[ \t]*:[ \t]*(?P<word>[\w -]{1,30})\.?", re.IGNORECASE)
_DONE = re.compile(
    r"(?:done|merged|closed|fixed|shipped|finished|resolved|complete[d]?|deployed|released|rolled out)\b",
    re.IGNORECASE,
)
_ACCEPTED = re.compile(
    r"(?:risk[ \t]+(?:is[ \t]+)?accepted|accepted[ \t]+(?:the[ \t]+)?risk|we[ \t]+accept[ \t]+the[ \t]+risk)"
    r"[ \t]*[:,.;–-]*[ \t]*(?P<reason>.*)",
    re.IGNORECASE | re.DOTALL,
)
_FENCE = re.compile(r"\s*(?:```|~~~)")


@dataclass(frozen=True, slots=True)
class Written:
    """An item as the text has it; `says` is what the text says of its state."""

    text: str
    folded: str
    url: str
    says: str
    reason: str = ""


def written_in(document: Document) -> list[Written]:
    """The items of the Prevention sections: those of its lists, else its paragraphs."""
    found: dict[str, Written] = {}
    for section in document.sections:
        if section.name == "prevention" and not only_placeholders(section.markdown):
            for block in _blocks(section.markdown):
                one = _written(block)
                if one.folded:
                    found.setdefault(one.folded, one)
    return list(found.values())[:MOST_ITEMS]


def _blocks(markdown: str) -> Iterator[str]:
    lists: list[list[str]] = []
    paragraphs: list[list[str]] = [[]]
    fenced = in_item = False
    for line in markdown.splitlines():
        if _FENCE.match(line):
            fenced = not fenced
            continue
        if fenced:
            continue
        item = _ITEM.match(line)
        if item:
            lists.append([item["text"]])
            in_item = True
        elif (
            in_item and (line.startswith((" ", "\t")) or line.strip()) and not line.startswith("#")
        ):
            lists[-1].append(line.strip())
        elif not line.strip():
            in_item = False
            paragraphs.append([])
        elif not line.startswith(("#", "|", "<!--")):
            paragraphs[-1].append(line.strip())
    for block in lists or paragraphs:
        yield " ".join(block).strip()


def _written(block: str) -> Written:
    box = _BOX.match(block)
    text = block[box.end() :] if box else block
    status, accepted, link = _STATUS.search(text), _ACCEPTED.search(text), _URL.search(text)
    says, reason = State.OPEN.value, ""
    if accepted is not None:
        says, reason = State.ACCEPTED.value, accepted["reason"].strip()
    elif (box and box["ticked"] in "xX") or (status and _DONE.match(status["word"].strip())):
        says = State.DONE.value
    url = (link["linked"] or link["bare"] or "").rstrip(".,;") if link else ""
    plain = plain_text(text)[:_MOST_TEXT]
    # What is said of its state is no part of what it is.
    folded = " ".join(_STATUS.sub("", plain).casefold().split())[:_MOST_FOLDED]
    return Written(plain, folded, url if len(url) <= 2000 else "", says, reason[:_MOST_TEXT])


def carry(published: Sequence[Published]) -> None:
    """Hook of publishing: the items follow the live text. A handful of queries for all of a transaction.

    What the text says of an item's state counts where the owner published it: that is their signature.
    """
    _follow([(one.runbook, one.revision, one.document) for one in published])


def carry_all() -> int:
    """Every live runbook that has no items yet: for a library that was here before. How many were read."""
    known = PreventionItem.objects.values("runbook")
    live = Runbook.objects.live().exclude(live_revision=None).exclude(pk__in=known)
    count = 0
    for runbook in live.select_related("owner", "live_revision").order_by("pk").iterator(200):
        revision = runbook.live_revision
        if revision is not None and "prevent" in revision.text.casefold():
            with transaction.atomic():
                _follow([(runbook, revision, parse(revision.text, fallback_title=runbook.title))])
            count += 1
    return count


def _follow(several: Sequence[tuple[Runbook, Revision, Document]]) -> None:
    stored: dict[int, list[PreventionItem]] = {runbook.pk: [] for runbook, _, _ in several}
    ids = sorted(stored)
    for start in range(0, len(ids), _CHUNK):
        for item in PreventionItem.objects.filter(runbook__in=ids[start : start + _CHUNK]):
            stored[item.runbook_id].append(item)
    new: list[PreventionItem] = []
    changed: list[PreventionItem] = []
    for runbook, revision, document in several:
        left = stored[runbook.pk]
        for one in written_in(document):
            known = _match(one, left)
            item = known or PreventionItem(runbook=runbook, opened_at=revision.accepted_at)
            if known is None:
                new.append(item)
            else:
                left.remove(known)
                changed.append(known)
            item.text, item.folded, item.url, item.named = one.text, one.folded, one.url, True
            if one.says != State.OPEN and item.state == State.OPEN:
                _sign_by_text(item, one, runbook, revision)
        for item in left:
            if item.named:
                item.named = False
                changed.append(item)
    fields = ["text", "folded", "url", "named", "state", "reason", "changed_at", "changed_by"]
    PreventionItem.objects.bulk_update(changed, fields, batch_size=_CHUNK)
    PreventionItem.objects.bulk_create(new, batch_size=_CHUNK)


def _match(one: Written, stored: list[PreventionItem]) -> PreventionItem | None:
    exact = next((item for item in stored if item.folded == one.folded), None)
    if exact is not None or not one.url:
        return exact
    return next((item for item in stored if item.url == one.url and item.named), None)


def _sign_by_text(item: PreventionItem, one: Written, runbook: Runbook, revision: Revision) -> None:
    if revision.accepted_by_id != runbook.owner_id:
        return
    if one.says == State.ACCEPTED and not one.reason:
        return
    item.state, item.reason = one.says, one.reason
    item.changed_at, item.changed_by = revision.accepted_at, revision.accepted_by


@one_transaction
def sign_off(
    item: PreventionItem, *, by: User, state: str, reason: str = "", now: datetime | None = None
) -> PreventionItem:
    """The owner says that it is done, that the risk is accepted and why, or that it is open after all.

    Raises Refused with a sentence.
    """
    Runbook.objects.held().get(pk=item.runbook_id)
    item = (
        PreventionItem.objects.select_for_update(of=("self",), no_key=True)
        .select_related("runbook__owner")
        .get(pk=item.pk)
    )
    reason = clean(reason, _MOST_TEXT)
    if item.runbook.owner_id != by.pk or not by.is_active:
        raise Refused(
            f"It is {item.runbook.owner}’s to sign off: who owns the runbook answers for it."
        )
    if state not in State.values:
        raise Refused("Nothing was chosen, so nothing was changed.")
    if state == State.ACCEPTED and not reason:
        raise Refused("Say why this risk can be lived with: the next reader will ask.")
    if (item.state, item.reason) == (state, reason):
        return item
    before = {"state": item.state, "reason": item.reason}
    item.state, item.reason = state, reason
    item.changed_at, item.changed_by = now or timezone.now(), by
    item.save(update_fields=["state", "reason", "changed_at", "changed_by"])
    TrustLine.objects.filter(runbook=item.runbook_id).tell()
    audit.record(
        "prevention.signed",
        by=by,
        of=item.runbook,
        name=item.runbook.slug,
        **audit.changes(before, {"state": state, "reason": reason}),
        note=item.text,
    )
    return item


def of(runbook: Runbook) -> QuerySet[PreventionItem]:
    """What the live revision names, open ones first."""
    named = PreventionItem.objects.filter(runbook=runbook, named=True).select_related("changed_by")
    return named.order_by("-state", "opened_at", "pk")


def debt_since(now: datetime) -> datetime:
    """What is open since before then is its owner's debt."""
    return now - timedelta(days=settings.PREVENTION_DEBT_DAYS)


def debts_of(people: Iterable[int], now: datetime) -> QuerySet[PreventionItem]:
    """Items of live runbooks of these people (keys) that are open for too long, the oldest first."""
    return (
        PreventionItem.objects.filter(
            named=True,
            state=State.OPEN,
            opened_at__lte=debt_since(now),
            runbook__owner__in=list(people),
            runbook__state=Runbook.State.LIVE,
        )
        .select_related("runbook")
        .order_by("opened_at", "pk")
    )


def evidence(runbook: Runbook, since: datetime | None) -> list[Evidence]:
    """What is open asks for the owner's word; what is open for too long speaks against the runbook."""
    limit = debt_since(timezone.now())
    where = f"{runbook.get_absolute_url()}/prevention"
    found = []
    for item in of(runbook).filter(state=State.OPEN):
        old = item.opened_at <= limit
        words = f"{f'Open since {_day(item.opened_at)}' if old else 'Open'}: {item.text[:300]}"
        found.append(Evidence("prevention", words, item.opened_at, where, against=old, open=True))
    return found


def _day(at: datetime) -> str:
    day: date = timezone.localdate(at)
    return f"{day.day} {day:%B %Y}"
