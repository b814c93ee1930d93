"""Here-documents: where their text ends, and which variables could end it too early. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from runbooks.quoting.words import MARK, Command


@dataclass(frozen=True, slots=True)
class Heredoc:
    end: str
    quoted: bool
    tabs: bool
    command: Command

    def stop(self, text: str, start: int) -> tuple[int, int] | None:
        """Where the lines from `start` on end, and where the command goes on; None without an end."""
        goes_on = False
        for begin, end in _lines(text, start):
            line = text[begin:end]
            if not goes_on and (line.lstrip("\t") if self.tabs else line) == self.end:
                return begin, min(end + 1, len(text))
            backslashes = len(line) - len(line.rstrip("\\"))
            goes_on = not self.quoted and backslashes % 2 == 1
        return None

    def could_end(self, body: str) -> Iterator[int]:
        """Numbers of variables on lines that the right value would turn into the end."""
        number = 0
        for line in body.split("\n"):
            marks = line.count(MARK)
            letters = iter(self.end)
            if marks and all(c in letters for c in line.replace(MARK, "").strip("\t\r")):
                yield from range(number, number + marks)
            number += marks


def _lines(text: str, start: int) -> Iterator[tuple[int, int]]:
    while start <= len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        yield start, end
        start = end + 1
