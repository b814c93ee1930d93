"""What the reader of the file already said: oddities that cost no word."""

from __future__ import annotations

from collections.abc import Iterator

from runbooks.checking.codes import TEXT_PROBLEM
from runbooks.checking.shapes import Case, Finding


def text_reads_well(case: Case) -> Iterator[Finding]:
    for problem in case.document.problems:
        yield Finding(
            TEXT_PROBLEM,
            problem.message,
            line=problem.line,
            field=problem.field,
            mend="Mend the line, or leave it: nothing of it is lost.",
            about=problem.message,
        )
