"""An alert entry: a name, or a PromQL selector that narrows it by labels."""

from __future__ import annotations

import re

from runbooks.format.shapes import AlertEntry

#: Longest entry that is read.
MAX_ALERT = 2_000

_SELECTOR = re.compile(r"([^{}\"'`]+?)\s*\{(.*)\}", re.DOTALL)
_MATCHER = re.compile(
    r"""\s*([A-Za-z_][A-Za-z0-9_]*)\s*(=~|!~|!=|=)\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|`([^`]*)`)\s*"""
)
_ESCAPE = re.compile(r"\\(.)")
_NEWLINES = {"n": "\n", "t": "\t", "r": "\r"}


def parse_alert(entry: str) -> AlertEntry:
    """`'ApiLatencyHigh{cluster=~"eu-.*"}'` as name and matchers. Raises ValueError with a sentence."""
    entry = entry.strip()
    if len(entry) > MAX_ALERT:
        raise ValueError(f"An alert entry has {len(entry)} characters; {MAX_ALERT} are read.")
    if "{" not in entry:
        if "}" in entry:
            raise ValueError(f"The alert “{entry}” closes a brace that it does not open.")
        if not entry:
            raise ValueError("An alert has no name.")
        return AlertEntry(" ".join(entry.split()))
    selector = _SELECTOR.fullmatch(entry)
    if selector is None:
        raise ValueError(
            f'The alert “{entry}” is no selector: write Name{{label="value"}}, with the name first.'
        )
    return AlertEntry(" ".join(selector[1].split()), _matchers(entry, selector[2]))


def _matchers(entry: str, text: str) -> tuple[tuple[str, str, str], ...]:
    matchers: list[tuple[str, str, str]] = []
    position = 0
    while text[position:].strip():
        found = _MATCHER.match(text, position)
        if found is None:
            raise ValueError(
                f"The alert “{entry}” has a matcher that cannot be read at “{text[position:].strip()[:40]}”: "
                'write label="value", with =, !=, =~ or !~ and the value in quotes.'
            )
        label, operator = found[1], found[2]
        value = next(group for group in found.groups()[2:] if group is not None)
        if found[5] is None:
            value = _ESCAPE.sub(lambda m: _NEWLINES.get(m[1], m[1]), value)
        if operator in ("=~", "!~"):
            _check_pattern(entry, value)
        matchers.append((label, operator, value))
        position = found.end()
        if position < len(text):
            if text[position] != ",":
                raise ValueError(
                    f"The alert “{entry}” needs a comma before “{text[position:][:40]}”."
                )
            position += 1
    return tuple(matchers)


def _check_pattern(entry: str, pattern: str) -> None:
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(
            f"The alert “{entry}” has a pattern that cannot be read: {error}."
        ) from None


def write_alert(alert: AlertEntry) -> str:
    """The entry as text again: what `parse_alert` reads as the same alert."""
    if not alert.matchers:
        return alert.name
    inner = ", ".join(
        f"{label}{operator}{_quoted(value)}" for label, operator, value in alert.matchers
    )
    return f"{alert.name}{{{inner}}}"


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    for letter, char in _NEWLINES.items():
        escaped = escaped.replace(char, f"\\{letter}")
    return f'"{escaped}"'
