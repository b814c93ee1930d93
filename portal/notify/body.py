"""What a message says, in one shape for every kind: mail, Slack, webhook and inbox draw the same.

Addresses are paths of this site ("/r/x/review") and are made whole where they leave it.
"""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict

from django.conf import settings


class Action(TypedDict):
    """What one click opens. Never a GET that changes anything."""

    label: str
    url: str


class Item(TypedDict):
    """One line of a message. `ref` is the caller's own and is drawn nowhere."""

    title: str
    url: NotRequired[str]
    words: NotRequired[str]
    action: NotRequired[Action | None]
    ref: NotRequired[dict[str, Any]]


class Section(TypedDict):
    title: str
    items: list[Item]


class Invitation(TypedDict):
    """A calendar file that goes with the mail."""

    method: str
    ics: str


class Body(TypedDict):
    intro: NotRequired[str]
    sections: NotRequired[list[Section]]
    outro: NotRequired[str]
    calendar: NotRequired[Invitation]


def whole(url: str) -> str:
    """The address with this site's host, for what is read elsewhere. "" stays ""."""
    return f"{settings.SITE_URL}{url}" if url.startswith("/") else url


def made_whole(body: Body) -> Body:
    """The body with every address whole, and without the callers' own references."""
    sections = [
        Section(title=section["title"], items=[_item(item) for item in section["items"]])
        for section in body.get("sections", [])
    ]
    return Body(intro=body.get("intro", ""), sections=sections, outro=body.get("outro", ""))


def _item(item: Item) -> Item:
    action = item.get("action")
    return Item(
        title=item["title"],
        url=whole(item.get("url", "")),
        words=item.get("words", ""),
        action=Action(label=action["label"], url=whole(action["url"])) if action else None,
    )
