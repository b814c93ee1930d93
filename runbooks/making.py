"""What is made of a revision once, at publishing: its steps and its rendering."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from typing import Any

from runbooks import document, rendering
from runbooks.models import Attachment, Rendering, Revision, Runbook, Step

logger = logging.getLogger(__name__)

_BATCH = 100


def steps_of(revision: Revision, parsed: document.Document, keys: Mapping[str, str]) -> list[Step]:
    """The rows, not yet saved."""
    return [
        Step(
            revision=revision,
            key=keys[step.label],
            label=step.label,
            section=step.section,
            position=step.position,
            title=step.title,
            text=step.text,
            tier=step.tier,
        )
        for step in parsed.steps
    ]


def rendering_of(
    revision: Revision,
    parsed: document.Document,
    keys: Mapping[str, str],
    attachments: Mapping[str, str],
) -> Rendering:
    """The row, not yet saved. `attachments`: path as the text has it -> address here."""
    made = rendering.render(parsed, keys=keys, attachments=attachments)
    return Rendering(
        revision=revision,
        renderer=rendering.RENDERER_VERSION,
        steps_html=made.steps_html,
        background_html=made.background_html,
        escalation_html=made.escalation_html,
        plain="\n".join(f"{label}\t{line}" for label, line in made.plain),
        facts=facts_of(parsed, made),
    )


def facts_of(parsed: document.Document, made: rendering.Rendered) -> dict[str, Any]:
    """What the page shows beside the HTML, so that it asks no further table."""
    meta = parsed.meta
    return {
        "index": made.index,
        "sections": made.sections,
        "here_if": made.here_if,
        "variables": made.variables,
        "services": list(meta.services),
        "alerts": [alert.name for alert in meta.alerts],
        "dashboards": list(meta.dashboards),
        "related": list(meta.related),
        "also": list(meta.also),
        "tags": list(meta.tags),
        "access": {name: {"how": a.how, "check": a.check} for name, a in meta.access.items()},
        "escalation": [
            {"after": e.after, "minutes": e.after_minutes, "to": e.to, "how": e.how}
            for e in meta.escalation
        ],
    }


def make_again(revision: Revision) -> Rendering:
    """Render a revision anew, with the keys that its steps already have."""
    keys = dict(revision.steps.values_list("label", "key"))
    attachments = {
        a.path: a.get_absolute_url()
        for a in Attachment.objects.filter(runbook_id=revision.runbook_id).order_by("pk")
    }
    parsed = document.parse(revision.text, fallback_title=revision.title)
    row = rendering_of(revision, parsed, keys, attachments)
    fields = [f.name for f in Rendering._meta.concrete_fields if f.name not in ("id", "revision")]
    Rendering.objects.bulk_create(
        [row], update_conflicts=True, unique_fields=["revision"], update_fields=fields
    )
    return row


def make_old_again() -> Iterator[str]:
    """Draw anew what an earlier renderer drew and readers are shown; yields each slug when that is done.

    A batch of texts is in memory at a time, and each row is written for itself: whoever stops half way
    has lost nothing, and whoever comes again finds only what is left. A text that can no longer be read
    keeps the page that it has.
    """
    old = Runbook.objects.readable().filter(
        live_revision__rendering__renderer__lt=rendering.RENDERER_VERSION
    )
    ids = list(old.order_by("live_revision").values_list("live_revision", flat=True))
    for start in range(0, len(ids), _BATCH):
        batch = Revision.objects.filter(pk__in=ids[start : start + _BATCH])
        for revision in batch.select_related("runbook").order_by("pk"):
            try:
                make_again(revision)
            except document.DocumentError as error:
                logger.warning("%s keeps its old page: %s", revision.runbook.slug, error)
                continue
            yield revision.runbook.slug
