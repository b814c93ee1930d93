"""The site's style sheet and script: one file each, small enough for a bad line."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

from portal import assets

STATIC = Path(__file__).resolve().parents[2] / "static"


def test_each_small_file_is_in_a_joined_one() -> None:
    written = {
        path.relative_to(STATIC).as_posix()
        for kind in ("css", "js")
        for path in (STATIC / kind).rglob(f"*.{kind}")
    }
    assert written <= {part for parts in assets.JOINED.values() for part in parts}


def test_a_joined_file_holds_its_parts_in_their_order() -> None:
    joined = assets.join("site.css")
    places = [joined.index(path.read_text().strip()) for path in assets.source_paths("site.css")]
    assert places == sorted(places)
    assert "@layer tokens, base, parts, pages, print;" in joined[:500]


def test_style_sheet_and_script_leave_room_for_the_page_within_45_kilobytes() -> None:
    weight = {
        name: len(gzip.compress(assets.join(name).encode())) for name in ("site.css", "site.js")
    }
    assert sum(weight.values()) < 33_000, weight


def test_the_development_server_serves_what_is_on_disk_now() -> None:
    found = finders.find("site.css")
    assert isinstance(found, str)
    assert Path(found).read_text() == assets.join("site.css")


def test_what_a_portal_prepares_are_the_joined_files_with_a_hash_and_compressed(
    prepared: Path,
) -> None:
    names = {path.name for path in (prepared / "static").iterdir()}
    for stem, ending in (("site", "css"), ("site", "js")):
        hashed = [n for n in names if re.fullmatch(rf"{stem}\.[0-9a-f]{{12}}\.{ending}", n)]
        assert len(hashed) == 1
        assert {f"{hashed[0]}.gz", f"{hashed[0]}.br"} <= names


def test_a_missing_part_is_named_by_a_system_check(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(assets.JOINED, "site.css", ("css/gone.css",))
    (problem,) = assets.JoinedFinder().check()
    assert "css/gone.css" in problem.msg


def test_no_page_needs_inline_styles_or_scripts() -> None:
    """The content security policy would drop them silently. A mail is no page, and has no sheet to load."""
    for page in (STATIC.parent / "templates").rglob("*.html"):
        if page.name == "mail.html":
            continue
        text = page.read_text()
        assert not re.search(r"\sstyle=|<style|\son[a-z]+=|hx-on|<script(?![^>]*\ssrc=)", text), (
            page
        )


def test_every_icon_a_template_names_is_in_the_sprite() -> None:
    templates = STATIC.parent / "templates"
    symbol = re.compile(r'<symbol id="(i-[\w-]+)"')
    sprite = set(symbol.findall((templates / "_icons.html").read_text()))
    # Those of the live pages stand in their own head.
    drills = set(symbol.findall((templates / "drills" / "_band.html").read_text()))
    for page in templates.rglob("*.html"):
        named = set(re.findall(r'<use href="#(i-[\w-]+)"', page.read_text()))
        assert named <= (sprite | drills if page.parent.name == "drills" else sprite), page
