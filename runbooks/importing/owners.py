"""Who owns what comes in: CODEOWNERS, a YAML or a CSV file; the last rule that matches wins. Pure.

A rule's pattern is a path as in CODEOWNERS (`/payments/`, `*.md`, `docs/**/kafka*`), a service, or what
stands in a file's own owner line (a team). `service:`, `team:` and `path:` say which one is meant.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from runbooks.format.shapes import DocumentError
from runbooks.format.yaml_reading import read_yaml
from runbooks.naming import slug_of

MAX_PATTERN = 500
#: More than so many stars in one pattern could take for ever to match.
MAX_STARS = 8

#: Line, pattern, people.
Entry = tuple[int, str, tuple[str, ...]]
_KINDS = ("path", "service", "team", "pattern")
_SECTION = re.compile(r"\^?\[[^\]]*\](?:\[\d+\])?")
_PERSON = ("person", "username", "user", "email", "owner")


class OwnersError(ValueError):
    """The file cannot be read at all. The message is a sentence."""


@dataclass(frozen=True, slots=True)
class Rule:
    """`people` as written (`@yash`, `yash@shop.example`, `@shop/payments`): the first who is here counts."""

    pattern: str
    people: tuple[str, ...]
    line: int
    words: str = ""  # folded service or team that it may mean; "" where it is a path only
    path: re.Pattern[str] | None = None

    def matches(self, *, paths: Iterable[str], words: Iterable[str]) -> bool:
        if self.path is not None and any(self.path.fullmatch(path) for path in paths):
            return True
        return bool(self.words) and self.words in words


@dataclass(frozen=True, slots=True)
class Owners:
    rules: tuple[Rule, ...] = ()
    problems: tuple[str, ...] = ()

    def of(self, *, paths: Sequence[str], words: Iterable[str] = ()) -> Rule | None:
        """The last rule for a file. `paths` are the names it goes by (from the tree's and the repository's
        root), `words` its services and the owner that it names itself."""
        folded = {slug_of(word.removeprefix("@").rpartition("/")[2]) for word in words}
        for rule in reversed(self.rules):
            if rule.matches(paths=paths, words=folded):
                return rule
        return None


def read_owners(text: str, *, name: str) -> Owners:
    """Read the file `name`: YAML or CSV by its ending, else CODEOWNERS. Raises OwnersError.

    A line that cannot be read is in `problems`, with its number; the others count.
    """
    ending = name.lower().rpartition(".")[2]
    entries: Iterable[Entry]
    if ending in ("yaml", "yml"):
        entries = _yaml_entries(text)
    elif ending == "csv":
        entries = _csv_entries(text)
    else:
        entries = _codeowners_entries(text)
    rules: list[Rule] = []
    problems: list[str] = []
    for line, pattern, people in entries:
        try:
            rules.append(_rule(pattern, people, line))
        except ValueError as error:
            problems.append(f"{name}, line {line}: {error}")
    return Owners(tuple(rules), tuple(problems))


def _codeowners_entries(text: str) -> Iterator[Entry]:
    default: tuple[str, ...] = ()
    for number, written in enumerate(text.splitlines(), start=1):
        line = re.sub(r"(?<!\\)(?:^|\s)#.*", "", written).strip()
        if not line:
            continue
        section = _SECTION.match(line)
        if section and not line[section.end() :].lstrip().startswith("/"):
            default = tuple(line[section.end() :].split())
            continue
        pattern, *people = re.split(r"(?<!\\)\s+", line)
        yield number, pattern.replace("\\ ", " ").replace("\\#", "#"), tuple(people) or default


def _csv_entries(text: str) -> Iterator[Entry]:
    try:
        reader = csv.reader(io.StringIO(text, newline=""), skipinitialspace=True)
        columns: dict[str, int] | None = None
        for row in reader:
            cells = [cell.strip() for cell in row]
            if not any(cells) or cells[0].startswith("#"):
                continue
            if columns is None:
                columns = _heading(cells)
                if columns:
                    continue
            columns = columns or {"pattern": 0, "person": 1}
            person = next(columns[name] for name in _PERSON if name in columns)
            kind = next((k for k in _KINDS if k in columns and _cell(cells, columns[k])), "")
            pattern = _cell(cells, columns[kind]) if kind else ""
            yield reader.line_num, _of_kind(kind, pattern), tuple(_cell(cells, person).split())
    except csv.Error as error:
        raise OwnersError(f"The CSV cannot be read: {error}.") from None


def _heading(cells: Sequence[str]) -> dict[str, int]:
    """Name -> place of the columns; empty where the first row is no heading but a rule already."""
    names = {cell.lower(): place for place, cell in enumerate(cells)}
    known = any(kind in names for kind in _KINDS) and any(name in names for name in _PERSON)
    return names if known else {}


def _of_kind(kind: str, pattern: str) -> str:
    return f"{kind}:{pattern}" if kind in ("service", "team") else pattern


def _cell(cells: Sequence[str], place: int) -> str:
    return cells[place] if place < len(cells) else ""


def _yaml_entries(text: str) -> list[Entry]:
    """`pattern: person`, or `owners:` with a list of `{path|service|team: …, owner: …}`."""
    is_list = text.lstrip().startswith("- ") or re.search(r"(?m)^- ", text) is not None
    if is_list:
        text = "owners:\n" + text
    try:
        data, lines = read_yaml(text, first_line=0 if is_list else 1)
    except DocumentError as error:
        problem = error.problems[0]
        message = problem.message.replace("front matter", "YAML")
        raise OwnersError(f"Line {problem.line}: {message}") from None
    listed = data.get("owners")
    if isinstance(listed, list):
        return [(lines["owners"], *_listed_entry(entry)) for entry in listed]
    if isinstance(listed, dict) and len(data) == 1:
        data, lines = listed, dict.fromkeys(listed, lines["owners"])
    return [(lines.get(key, 1), key, _people(value)) for key, value in data.items()]


def _listed_entry(entry: Any) -> tuple[str, tuple[str, ...]]:
    if not isinstance(entry, dict):
        return str(entry), ()
    person = next((entry[name] for name in _PERSON if name in entry), None)
    kind = next((k for k in _KINDS if k in entry), "")
    return _of_kind(kind, str(entry.get(kind, ""))), _people(person)


def _people(value: Any) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [value]
    return tuple(str(v).strip() for v in values if v is not None and str(v).strip())


def _rule(pattern: str, people: tuple[str, ...], line: int) -> Rule:
    kind, _, rest = pattern.partition(":")
    if kind in ("service", "team") and rest:
        return Rule(pattern, people, line, words=slug_of(rest.strip().removeprefix("@")))
    pattern = rest if kind == "path" and rest else pattern
    pattern = pattern.strip()
    if not pattern:
        raise ValueError("it names no path, service or team.")
    bare = not re.search(r"[/*?]", pattern.removeprefix("@"))
    return Rule(
        pattern,
        people,
        line,
        words=slug_of(pattern.removeprefix("@").rpartition("/")[2])
        if bare or pattern.startswith("@")
        else "",
        path=path_pattern(pattern),
    )


def path_pattern(pattern: str) -> re.Pattern[str]:
    """A CODEOWNERS pattern as a pattern for whole paths without a leading slash. Raises ValueError."""
    if len(pattern) > MAX_PATTERN:
        raise ValueError(f"the pattern has more than {MAX_PATTERN} characters.")
    if pattern.startswith("!"):
        raise ValueError("a pattern that begins with ! is not read in CODEOWNERS either.")
    pattern = re.sub(r"\*{3,}", "**", pattern)
    if len(re.findall(r"\*+", pattern)) > MAX_STARS:
        raise ValueError(f"the pattern has more than {MAX_STARS} stars.")
    anchored = "/" in pattern.rstrip("/")
    folder = pattern.endswith("/")
    body = pattern.strip("/")
    made = "" if anchored and not body.startswith("**/") else "(?:.*/)?"
    parts = re.split(r"(\*\*/|/\*\*$|\*\*|\*|\?)", body.removeprefix("**/"))
    signs = {"**/": "(?:.*/)?", "/**": "/.*", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    made += "".join(signs.get(part) or re.escape(part) for part in parts)
    # `docs/*` are the files in docs and none below it; any other pattern also means all that is in it.
    below = "/.*" if folder else "" if body.endswith("/*") else "(?:/.*)?"
    return re.compile(made + below)
