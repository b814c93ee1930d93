"""The pages that people read first lead somewhere, and the commands in them exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.management import get_commands

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")),
    *sorted((ROOT / "docs").glob("*.md")),
]


def words(page: Path) -> str:
    return page.read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_a_file_leads_to_one(page: Path):
    targets = re.findall(
        r"\]\((?!https?:|mailto:|#|/)([^)\s#]+)",
        re.sub(r"```.*?```|`[^`]*`", "", words(page), flags=re.DOTALL),
    )
    missing = [target for target in targets if not (page.parent / target).exists()]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_that_is_named_exists(page: Path):
    named = set(re.findall(r"manage\.py ([a-z_]+)", words(page)))
    assert named <= set(get_commands())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_make_target_that_is_named_exists(page: Path):
    makefile = words(ROOT / "Makefile")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    assert set(re.findall(r"`make ([a-z-]+)", words(page))) <= targets


def test_the_index_of_the_docs_lists_every_page_of_them():
    index = words(ROOT / "docs" / "index.md")
    pages = {page.name for page in (ROOT / "docs").glob("*.md")} - {"index.md"}
    assert {name for name in pages if f"({name})" in index} == pages


def test_how_to_contribute_is_said_in_under_a_hundred_lines():
    assert len(words(ROOT / "CONTRIBUTING.md").splitlines()) < 100
