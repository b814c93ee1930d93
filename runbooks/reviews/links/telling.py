"""A dead link of a live runbook is a concern of its review; once it answers again, it is none."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from runbooks.models import Runbook, TrustLine
from runbooks.reviews.evidence import Evidence
from runbooks.reviews.models import Concern, Decision, LinkCheck, RunbookLink
from runbooks.reviews.turning import open_concerns, raise_concern

KIND = "link"
_CHUNK = 200


def tell_dead(link: LinkCheck, now: datetime) -> None:
    """Every live runbook that names it hears of it, once for each time that it dies."""
    source = _source(link)
    named = RunbookLink.objects.filter(check_row=link, runbook=OuterRef("pk"))
    told = Concern.objects.filter(runbook=OuterRef("pk"), source=source)
    untold = Runbook.objects.live().filter(Exists(named), ~Exists(told)).select_related("owner")
    for runbook in untold.order_by("pk").iterator(chunk_size=_CHUNK):
        where = _where(
            RunbookLink.objects.filter(check_row=link, runbook=runbook).order_by("place", "pk")
        )
        words = f"A link{where} is dead: {_short(link.url)}. {link.words}"
        raise_concern(runbook, kind=KIND, source=source, words=words, now=now)


@transaction.atomic
def settle_healed(link: LinkCheck, now: datetime) -> None:
    """It answers again: nothing stands against anybody because of it."""
    _settle(Concern.objects.filter(source__startswith=f"link:{link.pk}:"), now)


def settle_unnamed(runbooks: Iterable[int], now: datetime) -> None:
    """What these runbooks no longer name does not stand against them."""
    ids = list(runbooks)
    told = Concern.objects.open().filter(runbook__in=ids, kind=KIND)
    standing = list(told.values_list("pk", "runbook_id", "source"))
    if not standing:
        return
    named = set(
        RunbookLink.objects.filter(runbook__in={row[1] for row in standing}).values_list(
            "runbook_id", "check_row_id"
        )
    )
    over = [
        pk for pk, runbook, source in standing if (runbook, int(source.split(":")[1])) not in named
    ]
    _settle(Concern.objects.filter(pk__in=over), now)


def _settle(concerns: QuerySet[Concern], now: datetime) -> None:
    ids = list(
        concerns.filter(kind=KIND, settled_at=None).order_by("pk").values_list("pk", flat=True)
    )
    for start in range(0, len(ids), _CHUNK):
        some = Concern.objects.filter(pk__in=ids[start : start + _CHUNK])
        runbooks = list(Runbook.objects.filter(concerns__in=some).distinct().order_by("pk"))
        some.update(settled_at=now)
        for runbook in runbooks:
            _as_before(runbook)


def _as_before(runbook: Runbook) -> None:
    """With nothing else against it the review is due when the last decision said."""
    line = TrustLine.objects.filter(runbook=runbook)
    line.tell()
    last = Decision.objects.filter(runbook=runbook).first()
    if last is not None and last.next_due_on is not None and not open_concerns(runbook).exists():
        line.filter(due_on__lt=last.next_due_on).update(due_on=last.next_due_on)


def evidence(runbook: Runbook, since: datetime | None) -> list[Evidence]:
    """What the review page says of a runbook's links: each dead one, and the others in one line."""
    links = list(
        RunbookLink.objects.filter(runbook=runbook)
        .select_related("check_row")
        .order_by("place", "pk")
    )
    by_check: dict[int, list[RunbookLink]] = {}
    for link in links:
        by_check.setdefault(link.check_row_id, []).append(link)
    found: list[Evidence] = []
    edit = f"{runbook.get_absolute_url()}/edit"
    counts: dict[str, int] = {}
    last: datetime | None = None
    for several in by_check.values():
        check = several[0].check_row
        counts[check.state] = counts.get(check.state, 0) + 1
        last = max(filter(None, (last, check.checked_at)), default=None)
        if check.state == LinkCheck.State.DEAD:
            words = f"A link{_where(several)} is dead: {_short(check.url)}. {check.words}"
            at = check.failing_since or check.checked_at
            found.append(Evidence(KIND, words, at, edit, against=True, open=True))
    others = [
        f"{count} {words[count != 1]}"
        for state, words in _COUNTED.items()
        if (count := counts.get(state, 0))
    ]
    if others:
        said = f"Of {len(by_check)} link{'s' * (len(by_check) != 1)} {', '.join(others)}."
        found.append(Evidence(KIND, said, last))
    return found


_State = LinkCheck.State
_COUNTED: dict[str, tuple[str, str]] = {
    _State.OK: ("answers", "answer"),
    _State.SIGN_IN: ("is reachable and needs sign-in", "are reachable and need sign-in"),
    _State.UNSURE: ("gave no clear answer", "gave no clear answer"),
    _State.NOT_ALLOWED: ("is private and was not asked", "are private and were not asked"),
    _State.UNCHECKED: ("is not checked yet", "are not checked yet"),
}


def _source(link: LinkCheck) -> str:
    return f"link:{link.pk}:{link.failing_since:%Y%m%d%H%M%S}"


def _where(links: Iterable[RunbookLink]) -> str:
    """ " in D2", " in Prevention", or nothing where it says nothing."""
    link = next(iter(links), None)
    if link is None or link.place == RunbookLink.Place.TEXT:
        return ""
    if link.place == RunbookLink.Place.STEP:
        return f" in {link.label}"
    return " to a dashboard" if link.place == RunbookLink.Place.DASHBOARD else " in Prevention"


def _short(url: str) -> str:
    return url if len(url) <= 200 else f"{url[:199]}…"
