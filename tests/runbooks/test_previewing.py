"""What the editor says beside a text: debts of one kind are one row, and none of them is lost in it."""

from __future__ import annotations

import re

import pytest

from portal.accounts.models import Role
from runbooks import previewing
from runbooks.blank import blank_text
from runbooks.checking.codes import PLACEHOLDER
from runbooks.checks import Finding
from tests.factories import UserFactory, runbook_text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nothing_kept")]


@pytest.fixture
def untouched(yash):
    return previewing.look(blank_text(owner="yash"), runbook=None, by=yash)


def test_the_untouched_template_has_one_row_for_all_its_placeholders(untouched):
    found = [finding for finding in untouched.findings if finding.code == PLACEHOLDER]
    rows = [row for row in untouched.rows if row.finding.code == PLACEHOLDER]
    assert len(rows) == 1
    assert [rows[0].finding, *(finding for _, finding in rows[0].more)] == found
    assert len(found) > 10


def test_every_finding_is_in_one_row_under_its_own_number(untouched):
    numbered = [one for row in untouched.rows for one in ((row.number, row.finding), *row.more)]
    assert sorted(numbered, key=lambda one: one[0]) == list(enumerate(untouched.findings))


def test_what_blocks_is_never_folded(yash):
    steps = "\n".join(f"{n}. Drop it.\n   ```sh\n   dropdb shop{n}\n   ```" for n in range(1, 6))
    text = runbook_text(owner="yash").replace("## Diagnosis\n", f"## Diagnosis\n{steps}\n")
    look = previewing.look(text, runbook=None, by=yash)
    assert len(look.blocking) >= 5
    assert [row.finding for row in look.rows if row.finding.blocking] == list(look.blocking)
    assert not any(row.more for row in look.rows if row.finding.blocking)


def test_two_of_a_kind_stand_where_they_stood():
    debts = tuple(Finding(code, code, line=line) for line, code in enumerate("aba", 1))
    look = previewing.Look(None, (), debts)
    assert [(row.number, row.finding) for row in look.rows] == list(enumerate(debts))
    third = previewing.Look(None, (), (*debts, Finding("a", "a", line=9)))
    assert [(row.number, len(row.more)) for row in third.rows] == [(0, 2), (1, 0)]


def test_the_list_names_the_first_and_folds_the_others_with_their_lines(client):
    person = UserFactory(username="rita")
    Role.objects.create(person=person, name="editor")
    client.force_login(person)
    page = client.get("/new").text
    listed = page.split('id="ed-findings"')[1].split("</section>")[0]
    like = int(re.search(r"<summary>and (\d+) more like it</summary>", listed)[1])
    folded = listed.split("<summary>and")[1].split("</details>")[0]
    assert folded.count("was never replaced") == folded.count("data-goto=") == like
    shown = int(re.search(r'id="ed-count">(\d+)<', page)[1])
    assert shown == listed.count("<li ") - like
