"""What rooms add to publishing: typed, ordered, filled in `AppConfig.ready()`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.http import HttpRequest

    from portal.accounts.models import User
    from runbooks.document import Document
    from runbooks.models import Rendering, Report, Revision, Runbook


@dataclass(frozen=True, slots=True)
class Published:
    """What `publishing.accept` hands to the rooms."""

    runbook: Runbook
    revision: Revision
    rendering: Rendering
    document: Document
    created: bool


@dataclass(frozen=True, slots=True)
class Arrived:
    """A runbook that an import made, whose first review nobody has dated."""

    runbook_id: int
    slug: str
    severity: str


#: Called inside the transaction, before the index counter is locked; an error refuses the revision.
in_transaction: list[Callable[[Published], None]] = []
#: Called inside the transaction after those, with all that it publishes (an import publishes many at once).
at_the_end: list[Callable[[Sequence[Published]], None]] = []
#: Called after commit with the ids of what was published; an error is logged and undoes nothing.
after_commit: list[Callable[[list[int]], object]] = []
#: Called inside a transaction when services, owners or alert texts changed what search knows of runbooks.
on_facts_changed: list[Callable[[list[int]], object]] = []
#: Called inside the transaction in which a reader reports a step, and again when they add words or a command.
on_report: list[Callable[[Report], None]] = []
#: Called inside the transaction in which reports of these runbooks were closed or taken back.
on_reports_closed: list[Callable[[Runbook], None]] = []
#: Called once an import has published all that it publishes, with the runbooks that are new by it.
on_imported: list[Callable[[Sequence[Arrived], date], None]] = []
#: Called when somebody opens the page of a runbook that is watched (reading.watched), with its key.
on_opened: list[Callable[[HttpRequest, int], None]] = []
#: Called inside the transaction in which a person took a runbook out of use.
on_retired: list[Callable[[Runbook, User], None]] = []
#: Whether what is published now is somebody's answer to a review, and not a change that came up.
reviewing: ContextVar[bool] = ContextVar("reviewing", default=False)
