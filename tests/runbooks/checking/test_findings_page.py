"""docs/findings.md says what each code means: its examples are held to be true."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from runbooks.checks import CODES, Facts, Finding, Library, check
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
#: What the portal knows besides, as the page says it: whose account is open, and what another runbook says.
OPEN_ACCOUNTS = {"maren": True, "bo": False}
BESIDE = "orders-queue-lags"


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


def found_in(code: str, kind: str) -> list[Finding]:
    document = parse(example(code, kind))
    facts = FACTS
    if code == "no-active-owner":
        facts = replace(facts, owner_active=OPEN_ACCOUNTS[document.meta.owner])
    elif code == "near-copy":
        other = example(code, f"Beside it, as `/r/{BESIDE}`")
        facts = replace(facts, library=Library.of([(BESIDE, other)]))
    return check(document, imported=False, facts=facts)


def codes(code: str, kind: str) -> set[str]:
    return {finding.code for finding in found_in(code, kind)}


def test_each_code_is_explained_once_and_no_other():
    assert sorted(ENTRIES) == sorted(CODES)
    assert all("**Mend it**:" in entry for entry in ENTRIES.values())


@pytest.mark.parametrize("code", sorted(CODES))
def test_the_bad_example_has_the_finding_and_the_good_one_has_not(code: str):
    assert code in codes(code, "Bad")
    assert code not in codes(code, "Good")


def test_the_page_says_which_stop_publishing():
    said = set(re.findall(r"^### `([a-z-]+)` \(stops publishing\)$", PAGE, re.MULTILINE))
    blocking = set()
    for code in CODES:
        found = found_in(code, "Bad")
        blocking |= {finding.code for finding in found if finding.blocking}
    assert said == blocking


def test_each_line_of_the_vague_example_is_vague_and_the_good_steps_are_not():
    found = found_in("vague-step", "Bad")
    assert [f.line for f in found if f.code == "vague-step"] == [2, 3, 4, 5, 6]
