"""What an import did, file by file, for a person and for a program. No Django."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

Outcome = Literal["created", "changed", "proposed", "unchanged", "left out", "refused"]
#: The order in which they are told, the one that needs somebody last.
OUTCOMES: tuple[Outcome, ...] = (
    "created",
    "changed",
    "proposed",
    "unchanged",
    "left out",
    "refused",
)
_WORDS: dict[Outcome, str] = {
    "created": "new and live",
    "changed": "changed and live",
    "proposed": "wait as proposals",
    "unchanged": "unchanged",
    "left out": "left out",
    "refused": "refused",
}


@dataclass(slots=True)
class FileReport:
    """One file. `debts` is None where nobody looked, because nothing changed; `findings` says each."""

    path: str
    outcome: Outcome
    slug: str = ""
    title: str = ""
    owner: str = ""
    owner_guessed: bool = False
    debts: int | None = None
    attachments: int = 0
    sentences: list[str] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)

    def lines(self, *, findings: bool = False) -> Iterator[str]:
        leads = f" -> /r/{self.slug}" if self.slug else ""
        facts = []
        if self.owner:
            facts.append(f"owner {self.owner}{', to confirm' if self.owner_guessed else ''}")
        if self.attachments:
            facts.append(_counted(self.attachments, "attachment"))
        if self.debts:
            facts.append(_counted(self.debts, "debt"))
        said = f" ({'; '.join(facts)})" if facts else ""
        yield f"{self.outcome:<9} {self.path}{leads}{said}"
        for sentence in self.sentences:
            yield f"          {sentence}"
        for finding in self.findings if findings else ():
            yield f"          debt: {finding}"


@dataclass(slots=True)
class Report:
    """All files, in the order of their names, and what concerns none of them alone."""

    files: list[FileReport] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    dry_run: bool = False

    def count(self, outcome: Outcome) -> int:
        return self.counts[outcome]

    @property
    def counts(self) -> Counter[str]:
        return Counter(file.outcome for file in self.files)

    @property
    def read(self) -> int:
        """Files that could be read, whatever came of them."""
        return sum(file.outcome not in ("refused", "left out") for file in self.files)

    def summary(self) -> str:
        counts = self.counts
        said = [f"{counts[o]:,} {_WORDS[o]}" for o in OUTCOMES if counts[o]]
        debts = sum(file.debts or 0 for file in self.files)
        tail = f" {_counted(debts, 'debt')}{_DEBTS}" if debts else ""
        head = "Dry run, nothing is written: " if self.dry_run else ""
        return f"{head}{', '.join(said) or 'no Markdown files found'}.{tail}"

    def as_json(self) -> dict[str, Any]:
        return {
            "dry_run": self.dry_run,
            "counts": {outcome: self.counts[outcome] for outcome in OUTCOMES},
            "notes": self.notes,
            "files": [
                {
                    "path": file.path,
                    "outcome": file.outcome,
                    "slug": file.slug,
                    "title": file.title,
                    "owner": file.owner,
                    "owner_guessed": file.owner_guessed,
                    "debts": file.debts,
                    "attachments": file.attachments,
                    "sentences": file.sentences,
                    "findings": file.findings,
                }
                for file in self.files
            ],
        }


_DEBTS = ": findings that stop nothing. Each page lists its own; -v 2 lists them here, by file."


def _counted(count: int, word: str) -> str:
    return f"{count:,} {word}{'' if count == 1 else 's'}"
