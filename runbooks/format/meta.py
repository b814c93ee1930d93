"""Front matter as a runbook's facts: read tolerantly, and never guessed silently."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from runbooks.format.alert_entry import parse_alert
from runbooks.format.shapes import Access, AlertEntry, EscalationStep, Meta, Problem

#: Field -> the keys that it is read from, the documented one first. The order is that of a written file.
KEYS: dict[str, tuple[str, ...]] = {
    "title": ("title",),
    "services": ("services", "service"),
    "alerts": ("alerts", "alert"),
    "severity": ("severity", "severities"),
    "owner": ("owner",),
    "dashboards": ("dashboards", "dashboard"),
    "related": ("related",),
    "also": ("also",),
    "tags": ("tags", "tag"),
    "review_every": ("review_every", "review_in"),
    "source_url": ("source_url",),
    "access": ("access",),
    "escalation": ("escalation", "escalations"),
}
_FIELDS = {key: field for field, keys in KEYS.items() for key in keys}

SEVERITIES = ("low", "medium", "high", "critical")
_SEVERITY_WORDS = {
    "none": "low",
    "info": "low",
    "informational": "low",
    "information": "low",
    "notice": "low",
    "minor": "low",
    "debug": "low",
    "warning": "medium",
    "warn": "medium",
    "moderate": "medium",
    "ticket": "medium",
    "major": "high",
    "error": "high",
    "urgent": "high",
    "page": "critical",
    "crit": "critical",
    "emergency": "critical",
    "fatal": "critical",
    "disaster": "critical",
    **{word: word for word in SEVERITIES},
    **{
        f"{p}{n}": s for p in ("p", "sev", "s") for n, s in enumerate(reversed(SEVERITIES), start=1)
    },
    "p0": "critical",
    "sev0": "critical",
    "s0": "critical",
}


def severity_named(word: str) -> str:
    """`warning` -> `medium`; empty for a word that is no severity."""
    return _SEVERITY_WORDS.get(word.strip().lower(), "")


_INTERVAL_WORDS = {
    "daily": 1,
    "weekly": 7,
    "fortnightly": 14,
    "biweekly": 14,
    "monthly": 30,
    "quarterly": 90,
    "half-yearly": 180,
    "biannually": 180,
    "yearly": 365,
    "annually": 365,
}
_DAYS = {
    "d": 1,
    "day": 1,
    "w": 7,
    "week": 7,
    "m": 30,
    "mo": 30,
    "month": 30,
    "q": 90,
    "quarter": 90,
}
_DAYS |= {"y": 365, "year": 365}
_MINUTES = {"m": 1, "min": 1, "minute": 1, "h": 60, "hr": 60, "hour": 60, "d": 1440, "day": 1440}
_AMOUNT = re.compile(r"(\d{1,6})\s*([a-z]*)")
#: A review is due at least every ten years.
MAX_REVIEW_DAYS = 3_650
MAX_AFTER_MINUTES = 30 * 1_440


def field_of(key: str) -> str | None:
    """The field that a key states: `Service` and `services` are "services"; None for an unknown key."""
    return _FIELDS.get(key) or _FIELDS.get(key.strip().lower().replace("-", "_"))


def read_meta(
    data: Mapping[str, Any], lines: Mapping[str, int]
) -> tuple[Meta, tuple[Problem, ...]]:
    reader = _Reader(data, lines)
    return reader.meta(), tuple(reader.problems)


class _Reader:
    def __init__(self, data: Mapping[str, Any], lines: Mapping[str, int]) -> None:
        self.data = data
        self.lines = lines
        self.problems: list[Problem] = []
        self.values: dict[str, tuple[str, Any]] = {}
        self.unknown: dict[str, Any] = {}
        for key, value in data.items():
            self._place(key, value)

    def _place(self, key: str, value: Any) -> None:
        field = field_of(key)
        if field is None:
            self.unknown[key] = value
            self.problem(key, f"The field “{key}” is not one of the format's; it is kept as it is.")
            return
        if field in self.values:
            other, first = self.values[field]
            if field in ("services", "alerts", "dashboards", "tags", "severity"):
                self.values[field] = (other, [*_as_list(first), *_as_list(value)])
            else:
                self.problem(key, f"“{key}” and “{other}” say the same; “{other}” is read.")
            return
        self.values[field] = (key, value)

    def problem(self, key: str, message: str) -> None:
        self.problems.append(Problem(message, line=self.lines.get(key), field=key))

    def meta(self) -> Meta:
        return Meta(
            title=self.text("title"),
            services=self.words("services"),
            alerts=self.alerts(),
            severity=self.severity(),
            owner=self.owner(),
            dashboards=self.words("dashboards", literal=True),
            related=self.words("related"),
            also=self.words("also", literal=True),
            tags=self.words("tags"),
            review_every=self.review_every(),
            access=dict(self.access()),
            escalation=tuple(self.escalation()),
            source_url=self.text("source_url"),
            unknown=self.unknown,
            lines=dict(self.lines),
        )

    def text(self, field: str) -> str:
        key, value = self.values.get(field, (field, None))
        if isinstance(value, list | dict):
            self.problem(key, f"“{key}” must be one line of text.")
            return ""
        return " ".join(as_text(value).split())

    def words(self, field: str, *, literal: bool = False) -> tuple[str, ...]:
        """A list, or one value: literal, or names with commas between them. Each once, in order."""
        key, value = self.values.get(field, (field, None))
        if isinstance(value, str) and not literal:
            value = value.split(",")
        found: dict[str, None] = {}
        for item in _as_list(value):
            if isinstance(item, list | dict):
                self.problem(
                    key, f"“{key}” must be a list of texts; an entry that is none is not read."
                )
                continue
            text = as_text(item).strip()
            if text:
                found[text if literal else " ".join(text.split())] = None
        return tuple(found)

    def alerts(self) -> tuple[AlertEntry, ...]:
        key, value = self.values.get("alerts", ("alerts", None))
        if isinstance(value, str):
            value = split_outside_braces(value)
        found: dict[AlertEntry, None] = {}
        for item in _as_list(value):
            if isinstance(item, list | dict):
                self.problem(
                    key,
                    f"“{key}” must be a list of alert names; an entry that is none is not read.",
                )
                continue
            if not as_text(item).strip():
                continue
            try:
                found[parse_alert(as_text(item))] = None
            except ValueError as error:
                self.problem(key, str(error))
        return tuple(found)

    def severity(self) -> str:
        key, value = self.values.get("severity", ("severity", None))
        if isinstance(value, str):
            value = re.split(r"[,/|]", value)
        ranks = []
        for item in _as_list(value):
            word = as_text(item).strip().lower() if not isinstance(item, list | dict) else "a list"
            if word in _SEVERITY_WORDS:
                ranks.append(SEVERITIES.index(_SEVERITY_WORDS[word]))
            elif word:
                self.problem(key, f"“{word}” is no severity: write low, medium, high or critical.")
        return SEVERITIES[max(ranks)] if ranks else ""

    def owner(self) -> str:
        key, value = self.values.get("owner", ("owner", None))
        if not isinstance(value, list):
            return self.text("owner")
        names = [as_text(item).strip() for item in value if not isinstance(item, list | dict)]
        names = [name for name in names if name]
        if len(value) > 1:
            self.problem(key, "A runbook has one owner; the first of the list is read.")
        return names[0] if names else ""

    def review_every(self) -> int | None:
        key, value = self.values.get("review_every", ("review_every", None))
        if value is None:
            return None
        days = None if isinstance(value, list | dict) else parse_days(as_text(value))
        if days is None:
            self.problem(
                key, f"“{key}” must be a number of days, like 90d, or a word like quarterly."
            )
        return days

    def access(self) -> Iterator[tuple[str, Access]]:
        key, value = self.values.get("access", ("access", None))
        if isinstance(value, str | list):
            value = dict.fromkeys(self.words("access"))
        if value is not None and not isinstance(value, dict):
            self.problem(key, "“access” must be names with how to get each and how to check it.")
            return
        for name, entry in (value or {}).items():
            if isinstance(entry, dict):
                yield (
                    name,
                    Access(
                        how=self.inner(key, entry, "how"), check=self.inner(key, entry, "check")
                    ),
                )
                self.others(key, entry, ("how", "check"))
            elif isinstance(entry, list):
                self.problem(key, f"The access “{name}” must be a text, or how: and check:.")
                yield name, Access()
            else:
                yield name, Access(how=as_text(entry).strip())

    def escalation(self) -> Iterator[EscalationStep]:
        key, value = self.values.get("escalation", ("escalation", None))
        for item in _as_list(value):
            if isinstance(item, list):
                self.problem(key, "A step of “escalation” must have after:, to: and how:.")
                continue
            entry = item if isinstance(item, dict) else {"to": item}
            after, to = self.inner(key, entry, "after"), self.inner(key, entry, "to")
            minutes = parse_minutes(after)
            if after and minutes is None:
                self.problem(key, f"“{after}” is no time to escalate after: write 15m or 1h.")
            if not to:
                self.problem(key, "A step of “escalation” does not say to whom.")
            self.others(key, entry, ("after", "to", "how"))
            yield EscalationStep(after, minutes, to, self.inner(key, entry, "how"))

    def inner(self, key: str, entry: Mapping[str, Any], name: str) -> str:
        value = entry.get(name)
        if isinstance(value, list | dict):
            self.problem(key, f"“{name}” in “{key}” must be one line of text.")
            return ""
        return " ".join(as_text(value).split())

    def others(self, key: str, entry: Mapping[str, Any], known: tuple[str, ...]) -> None:
        for name in entry:
            if name not in known:
                self.problem(
                    key, f"“{name}” in “{key}” is not one of the format's; it is kept as it is."
                )


def as_text(value: Any) -> str:
    """A scalar of the front matter as it was written."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _as_list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def split_outside_braces(text: str) -> list[str]:
    """`A, B{x="1", y="2"}` at the commas between alerts, not at those between matchers."""
    parts, depth, start = [], 0, 0
    for index, char in enumerate(text):
        depth += (char == "{") - (char == "}")
        if char == "," and depth <= 0:
            parts.append(text[start:index])
            start = index + 1
    return [*parts, text[start:]]


def parse_days(text: str) -> int | None:
    """Days of "90d", "3 months", "quarterly" or "90"; None for what is not from 1 day to ten years."""
    word = text.strip().lower().removeprefix("every ").strip()
    days = _INTERVAL_WORDS.get(word) or _amount(word, _DAYS, "d")
    return days if days is not None and 1 <= days <= MAX_REVIEW_DAYS else None


def parse_minutes(text: str) -> int | None:
    """Minutes of "15m", "1h", "1h30m" or "15"; None for what is no time up to 30 days."""
    word = text.strip().lower().removeprefix("after ").strip()
    both = re.fullmatch(r"(\d{1,4})\s*h\s*(\d{1,4})\s*m(?:in)?", word)
    minutes = int(both[1]) * 60 + int(both[2]) if both else _amount(word, _MINUTES, "m")
    return minutes if minutes is not None and 0 <= minutes <= MAX_AFTER_MINUTES else None


def _amount(word: str, units: Mapping[str, int], default: str) -> int | None:
    found = _AMOUNT.fullmatch(word)
    if found is None:
        return None
    unit = found[2] or default
    size = units.get(unit) or units.get(unit.removesuffix("s"))
    return int(found[1]) * size if size else None
