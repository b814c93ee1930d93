"""What holds of every finding."""

from __future__ import annotations

from runbooks.checking.codes import TIER_TOO_LOW, VAGUE_STEP
from runbooks.checks import MOST_OF_A_KIND
from tests.checked import diagnosis, found

DELETES = "## Resolution\n1. Delete it.\n   ```sh\n   kubectl -n shop delete pod x\n   ```\n"


def test_each_finding_says_how_to_mend_it_and_the_lines_are_those_of_the_file():
    text = "---\nowner: sre\n---\n" + diagnosis("Check the logs. TODO") + DELETES
    total = len(text.split("\n"))
    findings = found(text)
    assert len(findings) > 8
    for finding in findings:
        assert finding.message.endswith((".", "…", "?"))
        assert finding.mend
        assert finding.line is None or 1 <= finding.line <= total


def test_line_ends_of_windows_change_no_line():
    text = diagnosis("Check the logs.") + "\nTODO\n"
    windows = [(f.code, f.line) for f in found(text.replace("\n", "\r\n"))]
    assert windows == [(f.code, f.line) for f in found(text)]


def test_of_one_kind_so_many_are_told_and_the_rest_is_counted():
    text = "## Diagnosis\n" + "1. Check the logs.\n" * (MOST_OF_A_KIND + 12)
    vague = [f for f in found(text) if f.code == VAGUE_STEP]
    assert len(vague) == MOST_OF_A_KIND + 1
    assert vague[0].message == "… and 12 more like these."


def test_what_blocks_is_never_left_out_of_the_count():
    block = "2. x\n   ```sh\n   rm -rf /x\n   ```\n"
    text = "## Fix\n" + block * (MOST_OF_A_KIND + 5)
    assert sum(f.code == TIER_TOO_LOW for f in found(text)) == MOST_OF_A_KIND + 5
