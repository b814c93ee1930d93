"""What speaks for and against a runbook since its last review. Each room hands in its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from runbooks.models import Runbook


@dataclass(frozen=True, slots=True)
class Evidence:
    """One line of the review page.

    `against`: it speaks against the runbook. `open`: the owner is asked to do something about it, where `url`
    leads. `blocks_still_true`: until then the runbook cannot be called still true. `rests_on`: a
    models.Decision.RestsOn value that it proves by itself (a drill that worked end to end), so that "still
    true" is one tap.
    """

    kind: str
    words: str
    at: datetime | None
    url: str = ""
    against: bool = False
    open: bool = False
    blocks_still_true: bool = False
    rests_on: str = ""

    def kept(self) -> dict[str, Any]:
        """What a decision keeps of it."""
        told = asdict(self)
        return {name: told[name] for name in ("kind", "words", "against", "open", "rests_on")}


#: Filled by rooms in `AppConfig.ready()`: what there is of a runbook since the last decision (None: ever).
sources: list[Callable[[Runbook, datetime | None], list[Evidence]]] = []


def evidence_of(runbook: Runbook, since: datetime | None) -> list[Evidence]:
    """Everything that the rooms know: what is open first, then what speaks against it, the newest first."""
    found = [one for ask in sources for one in ask(runbook, since)]
    newest = sorted(found, key=lambda e: -(e.at.timestamp() if e.at else 0))
    return sorted(newest, key=lambda e: (not e.open, not e.against))
