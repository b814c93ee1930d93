"""One file of somebody else's tree as one of ours: what it says is read, and nothing of it is lost. Pure.

The front matter keeps every key; ours are added where the file says the same in other words. The body is
kept as it is, but for markup that only one site generator understands (`shortcodes.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from runbooks import document
from runbooks.format.meta import read_meta
from runbooks.frontmatter import read_front_matter, set_field
from runbooks.importing.shortcodes import plain_markdown
from runbooks.importing.titles import alert_like, readable, readable_title

#: Our field -> what other tools call it.
_ELSEWHERE: dict[str, tuple[str, ...]] = {
    "alerts": ("alertname", "alert_name", "alert_names", "alertnames", "prometheus_alert"),
    "services": ("component", "components", "service_name"),
}
_TITLES = ("linktitle", "sidebar_label", "sidebar_title", "nav_title", "name")
_OWNERS = ("owner", "owners", "maintainer", "maintainers")
_REVIEWED = ("last_reviewed_on", "last_reviewed", "reviewed_on", "reviewed_at", "last_verified")
_ADDRESSES = ("aliases", "url", "slug", "permalink", "redirect_from", "source", "source_link")
#: Words that people search with, which these tools keep in front matter.
_SEARCHED = ("symptom", "symptoms", "keywords", "description")
_INSTRUCTIONS = ("instruction", "instructions")
_MAX_WORDS = 300
_FENCE = re.compile(r"^[ \t]*(`{3,}|~{3,})", re.MULTILINE)
_H1 = re.compile(r"^#[ \t]+(\S[^\r\n]{0,1000})", re.MULTILINE)
_WORD = re.compile(r"\w+")
_DATE = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")


@dataclass(frozen=True, slots=True)
class Converted:
    """`text` is what will be proposed; `owner` its owner line's word, `owners` all that it names."""

    text: str
    owner: str = ""
    owners: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    draft: bool = False
    notes: tuple[str, ...] = ()


def convert(source: bytes | str, *, stem: str, described: str = "", service: str = "") -> Converted:
    """Read a file and say what becomes of it. `stem` is its name without ending, `described` what a
    catalogue says of it, `service` the service where it names none. Raises DocumentError."""
    text = document.decode(source)
    if not text.strip():
        raise document.DocumentError(document.Problem("The file is empty.", line=1))
    front = read_front_matter(text)
    meta, _ = read_meta(front.data, front.lines)
    others = _folded(meta.unknown)
    notes: list[str] = []

    body, unknown = plain_markdown(text[front.body :])
    if unknown:
        notes.append(f"Kept as written, since only its site knows them: {', '.join(unknown)}.")
    if not body.strip():
        body = _body_of(others)
    text = text[: front.body] + body
    for key, value in _facts(meta, others, body, stem, described, service):
        try:
            text = set_field(text, key, value)
        except document.DocumentError as error:
            notes.append(str(error))
    return Converted(
        text=text,
        owner=meta.owner,
        owners=tuple(_owners(front.data)),
        services=meta.services or tuple(_services(others, service)),
        draft=_is_true(others.get("draft")) or others.get("published") is False,
        notes=tuple(notes),
    )


def as_written(source: bytes | str) -> Converted:
    """A file that the product itself wrote: byte for byte. Raises DocumentError."""
    text = document.decode(source)
    front = read_front_matter(text)
    meta, _ = read_meta(front.data, front.lines)
    return Converted(text, meta.owner, tuple(_owners(front.data)), meta.services)


def _facts(
    meta: document.Meta,
    others: Mapping[str, Any],
    body: str,
    stem: str,
    described: str,
    service: str,
) -> Iterator[tuple[str, str | list[str]]]:
    """The fields that our format has and the file says in other words or in its name."""
    heading = first_heading(body)
    alerts = [entry.name for entry in meta.alerts]
    if not alerts and "alerts" not in meta.lines:
        found = _words(others, _ELSEWHERE["alerts"])
        named = (meta.title, heading, stem) if not found else ()
        found = found or [name.strip() for name in named if alert_like(name.strip())][:1]
        if found:
            alerts = found
            yield "alerts", found
    title = _title(meta.title, heading, alerts, others, stem)
    if title != (meta.title or heading):
        yield "title", title
    if not meta.services:
        services = _services(others, service)
        if services:
            yield "services", services
    if not meta.also:
        words = [w for w in (*_words(others, _SEARCHED), " ".join(described.split())) if w]
        if title != meta.title and _lost(meta.title, f"{title} {' '.join(alerts)} {body}"):
            words.append(meta.title)
        words = [w for w in dict.fromkeys(words) if w != title and len(w) <= _MAX_WORDS]
        if words:
            yield "also", words


def _lost(title: str, kept: str) -> bool:
    """Would a word of a title that becomes readable stand nowhere any more ("ConfigInconsistent")?"""
    said = {word.casefold() for word in _WORD.findall(kept)}
    return any(word.casefold() not in said for word in _WORD.findall(title))


def _services(others: Mapping[str, Any], service: str) -> list[str]:
    return _words(others, _ELSEWHERE["services"]) or ([service] if service else [])


def _title(
    stated: str, heading: str, alerts: list[str], others: Mapping[str, Any], stem: str
) -> str:
    title = stated or heading
    if not title:
        title = next(iter(_words(others, _TITLES)), "")
    symptom = next(iter(_words(others, ("symptom",))), "")
    shown = readable_title(title, alerts) if title else ""
    if symptom and len(symptom) <= 120 and (not title or shown != title):
        return symptom
    return shown or readable(stem) or stem


def first_heading(body: str) -> str:
    """The text of the first level-1 heading that is not in a code block, or ""."""
    found = _H1.search(body)
    if found is None:
        return ""
    fences = [fence.start() for fence in _FENCE.finditer(body, 0, found.start())]
    if len(fences) % 2:
        return ""
    return " ".join(found[1].rstrip(" \t#").split())


def _body_of(others: Mapping[str, Any]) -> str:
    """A body for a file that has all its words in its front matter, as Robusta's do."""
    parts = []
    for heading, keys in (("Symptoms", ("symptom", "symptoms")), ("Diagnosis", _INSTRUCTIONS)):
        said = next((others[key] for key in keys if isinstance(others.get(key), str)), "")
        if said.strip():
            parts.append(f"## {heading}\n\n{said.strip()}\n")
    return "\n".join(parts)


def _owners(data: Mapping[str, Any]) -> Iterator[str]:
    folded = _folded(data)
    for key in _OWNERS:
        for word in _listed(folded.get(key)):
            if isinstance(word, str | int) and not isinstance(word, bool) and str(word).strip():
                yield str(word).strip()


def addresses(data: Mapping[str, Any]) -> Iterator[str]:
    """Where else a page was found, as its generator's front matter says: paths and whole addresses."""
    folded = _folded(data)
    for key in _ADDRESSES:
        for word in _listed(folded.get(key)):
            if isinstance(word, str) and word.startswith(("http://", "https://", "/")):
                yield word.strip()


def reviewed_on(data: Mapping[str, Any]) -> date | None:
    """The day of the last review that a file's front matter tells of."""
    folded = _folded(data)
    return next((day for key in _REVIEWED if (day := read_date(folded.get(key)))), None)


def _folded(data: Mapping[str, Any]) -> dict[str, Any]:
    return {str(key).lower().replace("-", "_"): value for key, value in data.items()}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def keep_owner(text: str, named: str, *, key: str = "team") -> str:
    """`text` with what its owner line says kept under `key`, for that line will name somebody else."""
    data = read_front_matter(text).data
    if key in data:
        key = "owner_before"
    others = [value for other, value in data.items() if other.lower() != "owner"]
    if not named or named in map(str, others):
        return text
    with suppress(document.DocumentError):
        return set_field(text, key, named)
    return text


def _words(others: Mapping[str, Any], keys: tuple[str, ...]) -> list[str]:
    found: dict[str, None] = {}
    for key in keys:
        for word in _listed(others.get(key)):
            if isinstance(word, str) and word.strip():
                found[" ".join(word.split())] = None
    return list(found)


def _is_true(value: Any) -> bool:
    return value is True or str(value).strip().lower() in ("true", "yes", "1")


def read_date(value: Any) -> date | None:
    """A date as front matter has it, year first, or "4 March 2026"; None for anything else."""
    text = str(value or "").strip()
    with suppress(ValueError):
        if found := _DATE.match(text):
            return date(int(found[1]), int(found[2]), int(found[3]))
        for form in ("%d %B %Y", "%d %b %Y", "%B %d, %Y"):
            with suppress(ValueError):
                return datetime.strptime(text[:40], form).date()  # noqa: DTZ007 -- a day has no zone
    return None
