"""What the page says beside a rendering's HTML: where to jump, whom to page, what to do first. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from runbooks.naming import slug_of

_LETTERS = {"diagnosis": "D", "mitigation": "M", "resolution": "R"}
#: So many alert names fit into the strip; the others are counted.
_ALERTS_SHOWN = 3


def page_facts(
    facts: Mapping[str, Any], *, severity: str, service_names: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The template's context from `Rendering.facts`; `severity` is the runbook's.

    `service_names` by slug: what the portal calls the services, where the text calls them by slug.
    """
    called = service_names or {}
    sections = facts.get("sections", [])
    alerts = facts.get("alerts", [])
    mitigations = [step for step in facts.get("index", []) if step["section"] == "mitigation"]
    urgent = severity in ("high", "critical")
    return {
        "steps": facts.get("index", []),
        "background": [section for section in sections if section["name"] not in _LETTERS],
        "jumps": [_jump(section) for section in sections if section["name"] in _LETTERS],
        "here_if": facts.get("here_if", []),
        "services": [
            (slug, called.get(slug, name))
            for slug, name in ((slug_of(name)[:120], name) for name in facts.get("services", []))
        ],
        "alerts": alerts[:_ALERTS_SHOWN],
        "more_alerts": alerts[_ALERTS_SHOWN:],
        "dashboards": [
            {"url": url, "name": _board_name(url)} for url in facts.get("dashboards", [])
        ],
        "first_aid": mitigations[0] if urgent and mitigations else None,
        "escalation": facts.get("escalation", []),
        "has_access": bool(facts.get("access")),
    }


def _jump(section: Mapping[str, Any]) -> dict[str, str]:
    first, last = section["first"][1:], section["last"][1:]
    return {
        "anchor": section["anchor"],
        "heading": section["heading"],
        "letter": _LETTERS[section["name"]],
        "range": first if first == last else f"{first}\u2013{last}",
    }


def _board_name(url: str) -> str:
    parts = urlsplit(url)
    last = unquote(parts.path.rstrip("/").rpartition("/")[2])
    return last or parts.netloc
