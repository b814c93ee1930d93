"""Analysed runbooks in the database: made at publishing, and again when their services or alerts change."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import F

from runbooks import privacy
from runbooks.models import AlertName, AlertText, IndexCounter, Rendering, Runbook, Service
from runbooks.search.documents import ANALYSIS_VERSION, analysed
from runbooks.search.engine import Line, SearchRecord
from runbooks.search.filters import filter_term
from runbooks.search.models import SearchDocument

if TYPE_CHECKING:
    from runbooks.hooks import Published

_CHUNK = 200


def index_published(published: Sequence[Published]) -> None:
    """A hook of publishing, inside its transaction: the counter rises after all hooks have run."""
    _store(records_of([one.runbook.pk for one in published]))


@transaction.atomic
def index_again(runbook_ids: Iterable[int]) -> int:
    """Analyse these runbooks anew and let every process know; answers how many were changed by it."""
    changed = sum(_store(records_of(chunk)) for chunk in _chunks(sorted(set(runbook_ids))))
    if changed:
        IndexCounter.raise_by_one()
    return changed


def index_everything() -> int:
    """Every runbook with a text, whatever is stored of it: for `reindex`, and after an upgrade."""
    with transaction.atomic():
        SearchDocument.objects.filter(runbook__live_revision__isnull=True).delete()
        changed = index_again(readable_ids())
        IndexCounter.raise_by_one()
    return changed


def readable_ids() -> list[int]:
    return list(Runbook.objects.readable().order_by("pk").values_list("pk", flat=True))


def outdated_ids() -> list[int]:
    """Runbooks never analysed, or by an older version of the analyzer."""
    fresh = SearchDocument.objects.filter(version=ANALYSIS_VERSION)
    return list(
        Runbook.objects.readable()
        .exclude(pk__in=fresh.values("pk"))
        .order_by("pk")
        .values_list("pk", flat=True)
    )


def records_of(runbook_ids: Sequence[int]) -> list[SearchRecord]:
    """What search knows of these runbooks, in seven queries for however many."""
    runbooks = Runbook.objects.readable().filter(pk__in=runbook_ids).select_related("owner")
    audiences = dict(runbooks.values_list("pk", privacy.audience()))
    renderings = _renderings(runbook_ids)
    services = _services(runbook_ids)
    alerts: dict[int, list[str]] = defaultdict(list)
    for pk, name in (
        AlertName.objects.filter(runbook__in=runbook_ids)
        .order_by("pk")
        .values_list("runbook_id", "name")
    ):
        alerts[pk].append(name)
    texts = _alert_texts({name.casefold() for names in alerts.values() for name in names})
    found = []
    for runbook in runbooks:
        plain, facts = renderings.get(runbook.pk, ("", {}))
        own_alerts = list(dict.fromkeys(alerts[runbook.pk]))
        found.append(
            SearchRecord(
                pk=runbook.pk,
                slug=runbook.slug,
                title=runbook.title,
                alerts=tuple(own_alerts),
                services=tuple(service.slug for service in services[runbook.pk]),
                service_names=tuple(service.name for service in services[runbook.pk]),
                also=tuple(facts.get("also", ())),
                tags=tuple(facts.get("tags", ())),
                alert_texts=tuple(
                    text for alert in own_alerts for text in texts.get(alert.casefold(), ())
                ),
                lines=tuple(lines_of(plain)),
                severity=runbook.severity,
                owner=runbook.owner.username,
                state=runbook.state,
                seen_by=privacy.marks_for_search(audiences[runbook.pk], runbook.owner_id),
            )
        )
    return found


def lines_of(plain: str) -> Iterator[Line]:
    """Rendering.plain: one "where<TAB>text" a line."""
    for line in plain.splitlines():
        label, _, text = line.partition("\t")
        if text.strip():
            yield Line(text, label)


def _renderings(runbook_ids: Sequence[int]) -> dict[int, tuple[str, dict[str, Any]]]:
    rows = Rendering.objects.filter(revision__runbook__in=runbook_ids)
    live = rows.filter(revision_id=F("revision__runbook__live_revision_id"))
    return {
        pk: (plain, facts)
        for pk, plain, facts in live.values_list("revision__runbook_id", "plain", "facts")
    }


def _services(runbook_ids: Sequence[int]) -> dict[int, list[Service]]:
    found: dict[int, list[Service]] = defaultdict(list)
    links = Runbook.services.through.objects.filter(runbook__in=runbook_ids)
    for link in links.select_related("service").order_by("pk"):
        found[link.runbook_id].append(link.service)
    return found


def _alert_texts(folded: set[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    rows = AlertText.objects.filter(folded__in=folded).order_by("pk")
    for name, summary, description in rows.values_list("folded", "summary", "description"):
        found[name] += [text for text in (summary, description) if text.strip()]
    return {name: list(dict.fromkeys(texts)) for name, texts in found.items()}


def _store(records: Iterable[SearchRecord]) -> int:
    rows = {record.pk: _document(record) for record in records}
    stored = SearchDocument.objects.filter(pk__in=rows, version=ANALYSIS_VERSION)
    known = dict(stored.values_list("pk", "stamp"))
    changed = [row for pk, row in rows.items() if known.get(pk) != row.stamp]
    SearchDocument.objects.bulk_create(
        changed,
        update_conflicts=True,
        unique_fields=["runbook"],
        update_fields=["stamp", "version", "facts", "terms", "codes", "filters", "lines", "shown"],
    )
    return len(changed)


def _document(record: SearchRecord) -> SearchDocument:
    found = analysed(record)
    row = SearchDocument(
        runbook_id=record.pk,
        version=ANALYSIS_VERSION,
        facts=found.packed_facts(),
        terms=" ".join(found.codes),
        codes=bytes(found.codes.values()),
        filters=[
            *(filter_term("service", service) for service in record.services),
            filter_term("severity", record.severity),
            filter_term("owner", record.owner),
            filter_term("state", record.state),
            *(filter_term("seen", mark) for mark in record.seen_by),
        ],
        lines="\n".join(f"{line.label}\t{line.text}" for line in record.lines),
        shown={
            "services": list(zip(record.services, record.service_names, strict=True)),
            "alerts": list(record.alerts),
        },
    )
    parts = (row.facts, row.terms, json.dumps([row.filters, row.shown]), row.lines)
    digest = hashlib.blake2b(f"{row.version}".encode(), digest_size=16)
    for part in parts:
        digest.update(part.encode())
    digest.update(row.codes)
    row.stamp = digest.hexdigest()
    return row


def _chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), _CHUNK):
        yield ids[start : start + _CHUNK]
