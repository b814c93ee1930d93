"""Writing in the editor, as a person does or in one go."""

from __future__ import annotations

from playwright.sync_api import Page

TEXT = "#ed-text"


def replace(page: Page, old: str, new: str) -> None:
    """These words of the text by others, as if chosen and typed over."""
    area = page.locator(TEXT)
    text = area.input_value()
    assert old in text
    page.evaluate(
        """([from, to, words]) => {
            const area = document.getElementById("ed-text");
            area.focus(); area.setSelectionRange(from, to);
            document.execCommand("insertText", false, words);
        }""",
        [text.index(old), text.index(old) + len(old), new],
    )


def put_at_the_end(page: Page, words: str) -> None:
    """In one go, however many they are."""
    page.evaluate(
        """words => { const a = document.getElementById("ed-text");
            a.focus(); a.setRangeText(words, a.value.length, a.value.length, "end");
            a.dispatchEvent(new Event("input", {bubbles: true})); }""",
        words,
    )
