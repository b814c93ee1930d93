"""docs/findings.md says what each code means: its examples are held to be true."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from runbooks.checks import CODES, Facts, check
from runbooks.document import parse

PAGE = (Path(__file__).parents[3] / "docs" / "findings.md").read_text(encoding="utf-8")
FACTS = Facts(
    people=frozenset({"maren", "adaeze"}),
    teams=frozenset({"payments", "dba-oncall"}),
    channels=frozenset({"deploys"}),
    tools=frozenset({"flagctl"}),
    services=frozenset({"checkout"}),
    alerts=frozenset({"checkouterrorshigh", "gatewayerrorshigh"}),
    slugs=frozenset({"postgres-replica-lag"}),
)
#: Their examples would be two texts, or none: what they are about is not in the text.
WITHOUT_EXAMPLES = {"no-active-owner", "near-copy"}


def entries() -> dict[str, str]:
    parts = re.split(r"^### `([a-z-]+)`(?: \(stops publishing\))?$", PAGE, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


ENTRIES = entries()


def example(code: str, kind: str) -> str:
    found = re.search(
        rf"^{kind}:\n\n````markdown\n(.*?)^````$", ENTRIES[code], re.DOTALL | re.MULTILINE
    )
    assert found, f"{code} has no {kind.lower()} example"
    return found[1]


def codes(text: str) -> set[str]:
    return {finding.code for finding in check(parse(text), imported=False, facts=FACTS)}


def test_each_code_is_explained_once_and_no_other():
    assert sorted(ENTRIES) == sorted(CODES)
    assert all("**Mend it**:" in entry for entry in ENTRIES.values())


@pytest.mark.parametrize("code", sorted(set(CODES) - WITHOUT_EXAMPLES))
def test_the_bad_example_has_the_finding_and_the_good_one_has_not(code: str):
    assert code in codes(example(code, "Bad"))
    assert code not in codes(example(code, "Good"))


def test_the_page_says_which_stop_publishing():
    said = set(re.findall(r"^### `([a-z-]+)` \(stops publishing\)$", PAGE, re.MULTILINE))
    blocking = {"no-active-owner"}
    for code in set(CODES) - WITHOUT_EXAMPLES:
        found = check(parse(example(code, "Bad")), imported=False, facts=FACTS)
        blocking |= {finding.code for finding in found if finding.blocking}
    assert said == blocking


def test_each_line_of_the_vague_example_is_vague_and_the_good_steps_are_not():
    found = check(parse(example("vague-step", "Bad")), imported=False, facts=FACTS)
    assert [f.line for f in found if f.code == "vague-step"] == [2, 3, 4, 5, 6]
