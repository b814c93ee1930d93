"""Which live runbook names which address: kept with every publishing, and gone over once a night."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from runbooks.hooks import Published
from runbooks.models import Rendering, Runbook
from runbooks.reviews.links.naming import Named, host_of, named_by
from runbooks.reviews.links.telling import settle_unnamed
from runbooks.reviews.models import LinkCheck, RunbookLink

_CHUNK = 500
_BATCH = 200
_Row = tuple[int, str, str]  # check row, place, label


def collect(published: Sequence[Published]) -> None:
    """Hook of publishing. A handful of queries for all that one transaction publishes."""
    _keep({one.runbook.pk: _named(one.rendering) for one in published})


def collect_all() -> int:
    """Every live runbook again, and nothing of the others: for a library that was here before, and for what
    was drawn anew. How many were gone over."""
    live = Runbook.objects.live().exclude(live_revision=None)
    ids = list(live.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), _BATCH):
        with transaction.atomic():
            rows = Rendering.objects.filter(
                revision__in=Runbook.objects.filter(pk__in=ids[start : start + _BATCH]).values(
                    "live_revision"
                )
            )
            rows = rows.only("steps_html", "background_html", "facts", "revision__runbook_id")
            _keep({r.revision.runbook_id: _named(r) for r in rows.select_related("revision")})
    RunbookLink.objects.exclude(runbook__state=Runbook.State.LIVE).delete()
    LinkCheck.objects.exclude(Exists(RunbookLink.objects.filter(check_row=OuterRef("pk")))).delete()
    return len(ids)


def _named(rendering: Rendering) -> list[Named]:
    return named_by(
        steps_html=rendering.steps_html,
        background_html=rendering.background_html,
        facts=rendering.facts,
        site_url=settings.SITE_URL,
    )


def _keep(wanted: Mapping[int, list[Named]]) -> None:
    urls = {one.url for several in wanted.values() for one in several}
    rows = _rows_of(urls)
    stored: dict[int, dict[_Row, int]] = {pk: {} for pk in wanted}
    for chunk in _chunks(sorted(wanted)):
        for pk, runbook, check, place, label in RunbookLink.objects.filter(
            runbook__in=chunk
        ).values_list("pk", "runbook_id", "check_row_id", "place", "label"):
            stored[runbook][check, place, label] = pk
    new: list[RunbookLink] = []
    gone: list[int] = []
    for runbook, several in wanted.items():
        named: dict[_Row, None] = {(rows[n.url], n.place, n.label): None for n in several}
        gone += [pk for row, pk in stored[runbook].items() if row not in named]
        new += [
            RunbookLink(runbook_id=runbook, check_row_id=check, place=place, label=label)
            for check, place, label in named
            if (check, place, label) not in stored[runbook]
        ]
    for chunk in _chunks(gone):
        RunbookLink.objects.filter(pk__in=chunk).delete()
    RunbookLink.objects.bulk_create(new, batch_size=_CHUNK, ignore_conflicts=True)
    _look_again({link.check_row_id for link in new})
    if gone:
        settle_unnamed(sorted(wanted), timezone.now())


def _rows_of(urls: Iterable[str]) -> dict[str, int]:
    """The row of each address, made where it is new. In one order, so that no two publishings wait for each
    other."""
    digests = {digest_of(url): url for url in urls}
    found: dict[str, int] = {}
    now = timezone.now()
    for chunk in _chunks(sorted(digests)):
        known = dict(LinkCheck.objects.filter(digest__in=chunk).values_list("digest", "pk"))
        if missing := [digest for digest in chunk if digest not in known]:
            LinkCheck.objects.bulk_create(
                (
                    LinkCheck(
                        url=digests[digest],
                        digest=digest,
                        host=host_of(digests[digest]),
                        next_check_at=now,
                    )
                    for digest in missing
                ),
                ignore_conflicts=True,
            )
            known |= dict(LinkCheck.objects.filter(digest__in=missing).values_list("digest", "pk"))
        found |= {digests[digest]: pk for digest, pk in known.items()}
    return found


def _look_again(checks: set[int]) -> None:
    """A runbook that names what is known to be dead hears of it soon, not in a week."""
    now = timezone.now()
    for chunk in _chunks(sorted(checks)):
        LinkCheck.objects.filter(
            pk__in=chunk, state=LinkCheck.State.DEAD, next_check_at__gt=now
        ).update(next_check_at=now)


def digest_of(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()


def _chunks(rows: Sequence[int] | Sequence[str]) -> Iterator[list]:  # type: ignore[type-arg]
    return (list(rows[start : start + _CHUNK]) for start in range(0, len(rows), _CHUNK))
