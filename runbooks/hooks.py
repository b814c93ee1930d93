"""What rooms add to publishing: typed, ordered, filled in `AppConfig.ready()` (decision 28)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runbooks.document import Document
    from runbooks.models import Rendering, Revision, Runbook


@dataclass(frozen=True, slots=True)
class Published:
    """What `publishing.accept` hands to the rooms."""

    runbook: Runbook
    revision: Revision
    rendering: Rendering
    document: Document
    created: bool


#: Called inside the transaction, before the index counter is locked; an error refuses the revision.
in_transaction: list[Callable[[Published], None]] = []
#: Called inside the transaction after those, with all that it publishes (an import publishes many at once).
at_the_end: list[Callable[[Sequence[Published]], None]] = []
#: Called after commit with the ids of what was published; an error is logged and undoes nothing.
after_commit: list[Callable[[list[int]], object]] = []
#: Called inside a transaction when services, owners or alert texts changed what search knows of runbooks.
on_facts_changed: list[Callable[[list[int]], object]] = []
