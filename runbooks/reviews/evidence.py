"""What speaks for and against a runbook since its last review. Each room hands in its own."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
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
#: Filled likewise: of the runbooks with these keys, the labels of the steps that the last drill did not see
#: work as they stand. A drill that left out any proves nothing by itself.
left_out_by_drills: list[Callable[[Collection[int]], Mapping[int, Sequence[str]]]] = []


def evidence_of(runbook: Runbook, since: datetime | None) -> list[Evidence]:
    """Everything that the rooms know: what is open first, then what speaks against it, the newest first."""
    found = [one for ask in sources for one in ask(runbook, since)]
    newest = sorted(found, key=lambda e: -(e.at.timestamp() if e.at else 0))
    return sorted(newest, key=lambda e: (not e.open, not e.against))


def left_out(runbooks: Collection[int]) -> dict[int, list[str]]:
    """What `left_out_by_drills` says of each, where it says anything; nothing is asked about none."""
    found: dict[int, list[str]] = {}
    if runbooks:
        for ask in left_out_by_drills:
            for runbook, labels in ask(runbooks).items():
                found.setdefault(runbook, []).extend(labels)
    return found
