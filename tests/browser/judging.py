"""What is wrong with a page in a browser, for whoever looks at it and for whoever has it read out."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page


def violations(page: Page, *, serious: bool = False) -> list[tuple[str, str, str]]:
    """What axe-core finds: its rule, the element, and what to do about it. Or only what is `serious`, or
    worse."""
    looked = Axe().run(page).response
    assert looked["passes"], "axe-core looked at nothing"
    return [
        (found["id"], node["html"][:200], node["failureSummary"][:300])
        for found in looked["violations"]
        if not serious or found["impact"] in ("serious", "critical")
        for node in found["nodes"]
    ]


def wrong_with(page: Page, name: str) -> list[tuple[str, ...]]:
    """What sticks out of the window and what is serious, each with the page's name."""
    width = page.evaluate("document.documentElement.scrollWidth")
    out = [("sticks out", f"{width} px")] if width > page.viewport_size["width"] else []
    return [(name, *words) for words in (*out, *violations(page, serious=True))]
