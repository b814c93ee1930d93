"""The rules against what a person judged on real runbooks, by reading, without seeing what the rules say.

judged.tsv holds code, file, line (a range, or - for the whole file) and whether it is a finding there.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

import pytest

from runbooks.checking.codes import STEP_WITHOUT_COMMAND, VAGUE_STEP
from runbooks.checks import CODES, TEXT_PROBLEM, Facts, Finding, Library, check
from runbooks.document import parse
from runbooks.naming import slug_of

#: The issue's bar, for each code with at least so many judged cases.
PRECISION, RECALL, CASES = 0.9, 0.8, 5


@dataclass(frozen=True)
class Judged:
    code: str
    file: str
    first: int
    last: int
    is_finding: bool

    def found_in(self, findings: list[Finding]) -> bool:
        codes = {self.code}
        if self.code == STEP_WITHOUT_COMMAND:
            codes.add(VAGUE_STEP)  # which says that there is nothing to run, too
        return any(
            finding.code in codes
            and (not self.first or self.first <= (finding.line or 0) <= self.last)
            for finding in findings
        )


def judged() -> list[Judged]:
    rows = (Path(__file__).parent / "judged.tsv").read_text(encoding="utf-8").splitlines()
    cases = []
    for row in rows:
        if row.startswith("#"):
            continue
        code, file, lines, verdict = row.split("\t")
        first, _, last = lines.partition("-") if lines != "-" else ("0", "", "")
        cases.append(Judged(code, file, int(first), int(last or first), verdict == "yes"))
    return cases


JUDGED = judged()


@pytest.fixture(scope="module")
def findings(corpus: Path) -> dict[str, list[Finding]]:
    texts = {
        file.stem: file.read_text(encoding="utf-8") for file in (corpus / "runbooks").glob("*.md")
    }
    library = Library.of(texts.items())
    slugs = frozenset(slug_of(name) for name in texts)
    return {
        name: check(
            parse(text, fallback_title=name),
            imported=True,
            facts=Facts(library=library, name=name, slugs=slugs),
        )
        for name, text in texts.items()
    }


def test_the_sample_is_of_a_hundred_cases_and_more_and_of_known_codes_only():
    assert len(JUDGED) >= 100
    assert {case.code for case in JUDGED} <= set(CODES)
    assert len({(c.code, c.file, c.first, c.last) for c in JUDGED}) == len(JUDGED)


def test_each_code_says_what_a_person_says(findings: dict[str, list[Finding]]):
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for case in JUDGED:
        found = case.found_in(findings[case.file])
        counts[case.code][
            ("right" if found else "missed")
            if case.is_finding
            else ("false" if found else "left alone")
        ] += 1
    worse = {}
    for code, count in counts.items():
        if count.total() < CASES:
            continue
        precision = (
            count["right"] / (count["right"] + count["false"])
            if count["right"] + count["false"]
            else 1.0
        )
        recall = (
            count["right"] / (count["right"] + count["missed"])
            if count["right"] + count["missed"]
            else 1.0
        )
        if precision < PRECISION or recall < RECALL:
            worse[code] = dict(count)
    assert worse == {}


def test_most_of_the_codes_that_a_text_alone_can_have_are_measured(
    findings: dict[str, list[Finding]],
):
    measured = {
        code for code, count in Counter(case.code for case in JUDGED).items() if count >= CASES
    }
    told = Counter(finding.code for found in findings.values() for finding in found)
    often = {code for code, count in told.items() if count >= 10} - {TEXT_PROBLEM}
    assert often <= measured, "what is told often is what has to be right"


def test_nobody_is_drowned(findings: dict[str, list[Finding]]):
    """Real runbooks, none of them written for this format: a page of findings helps nobody."""
    per_file = sorted(len(found) for found in findings.values())
    assert per_file[len(per_file) // 2] <= 12
    assert per_file[-1] <= 40
