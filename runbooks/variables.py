r"""`{{ name }}` in a command: filled with an alert's value, quoted for the place where it stands. Pure.

Label values come from outside and end up in terminals, so a value never leaves its place:

| `data-quote` | where                         | how a value is written there                              |
| ------------ | ----------------------------- | --------------------------------------------------------- |
| `bare`       | outside quotes, in a comment  | as it is when plain, else `'…'` with each `'` as `'\''`   |
| `double`     | inside "…"                    | `\` before each of `\ " $ backtick`; `!` as `"'!'"`       |
| `single`     | inside '…'                    | each `'` as `'\''`                                        |
| `heredoc`    | in a here-document            | `\` before each of `\ $ backtick`                         |
| `raw`        | another language, or <<'EOF'  | as it is                                                  |
| `ticks`      | backticks around one of these | `\` before each of `\ $ backtick`, in what stands inside  |
| `plain`      | in a program: awk, python -c  | as it is; a label's value only when it is plain           |
| `typed`      | where quoting cannot help     | as it is, and only what a person typed; never a label     |

Several kinds, parted by spaces, are applied from the last to the first: `double bare` quotes a value as bare
and then escapes the result as double. *Plain* is `[A-Za-z0-9_./:@%+,]` first, then those and `=` and `-`.
A value that is not plain is marked, in every context. Before all this, characters that a terminal obeys or
nobody sees are taken out (`clean`). An empty value, or one longer than MAX_VALUE, counts as missing: half a
name is worse than none.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from html import escape
from typing import Literal, NamedTuple

from runbooks.document import VARIABLE
from runbooks.quoting.pieces import TYPED
from runbooks.quoting.shell import ONLY_PLAIN, places

#: Longest value that is filled in, in characters.
MAX_VALUE = 1_000
#: Fences in these languages, or in none, are read as shell.
SHELL_LANGUAGES = frozenset(
    {"", "sh", "bash", "shell", "zsh", "ksh", "dash", "ash", "console", "terminal"}
    | {"shell-session", "shellsession", "sh-session", "shellscript", "session", "cli", "command"}
)
#: Languages that say what is wanted and run no command. Any other is a program.
DATA_LANGUAGES = frozenset(
    {
        "sql",
        "postgresql",
        "pgsql",
        "mysql",
        "promql",
        "logql",
        "yaml",
        "yml",
        "json",
        "jsonc",
        "toml",
        "ini",
    }
    | {
        "xml",
        "html",
        "css",
        "http",
        "url",
        "text",
        "txt",
        "plain",
        "plaintext",
        "log",
        "logs",
        "output",
        "diff",
    }
    | {
        "md",
        "markdown",
        "csv",
        "conf",
        "config",
        "properties",
        "nginx",
        "hcl",
        "graphql",
        "cql",
        "none",
    }
)

_PLAIN = re.compile(r"[A-Za-z0-9_./:@%+,][A-Za-z0-9_./:@%+,=-]*")
#: Control, format (bidirectional, zero width), line and paragraph separators, halves, private, unassigned.
_TAKEN_OUT = {"Cc", "Cf", "Zl", "Zp", "Cs", "Co", "Cn"}
#: Letters that show as nothing.
_BLANK = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\ufe00-\ufe0f]")


def clean(value: str) -> str:
    """`value` without what a terminal would obey or a reader could not see."""
    if not value.isprintable():
        value = "".join(c for c in value if unicodedata.category(c) not in _TAKEN_OUT)
    return value if value.isascii() else _BLANK.sub("", value)


def _bare(text: str) -> str:
    return text if _PLAIN.fullmatch(text) else "'" + _single(text) + "'"


def _single(text: str) -> str:
    return text.replace("'", "'\\''")


def _double(text: str) -> str:
    # "!" recalls history in the double quotes of an interactive shell, and no backslash helps there.
    return re.sub(r'([\\"$`])', r"\\\1", text).replace("!", "\"'!'\"")


def _heredoc(text: str) -> str:
    return re.sub(r"([\\$`])", r"\\\1", text)


_WRITTEN: dict[str, Callable[[str], str]] = {
    "bare": _bare,
    "single": _single,
    "double": _double,
    "heredoc": _heredoc,
    "ticks": _heredoc,
    "raw": str,
    ONLY_PLAIN: str,
    TYPED: str,
}


def quote(value: str, context: str) -> tuple[str, bool]:
    """`value` as it must be written in `context`, and whether it is anything but plain."""
    kept = clean(value)
    text = kept
    for kind in reversed(context.split()):
        text = _WRITTEN[kind](text)
    return text, kept != value or not _PLAIN.fullmatch(kept)


def contexts(command: str, language: str) -> list[str]:
    """The context of each variable of a command, in order: what `data-quote` says."""
    if language in SHELL_LANGUAGES:
        return places(command)
    kind = "raw" if language in DATA_LANGUAGES else ONLY_PLAIN
    return [kind] * len(VARIABLE.findall(command))


def placeholder(name: str, context: str) -> str:
    """A variable as a rendering holds it, until `fill`."""
    return f'<var data-name="{name}" data-quote="{context}">{name}</var>'


def placeholders(html: str) -> list[str]:
    """The variables that stand in rendered HTML, each once, in order."""
    return list(dict.fromkeys(_PLACEHOLDER.findall(html)))


_PLACEHOLDER = re.compile(r'<var data-name="(\w+)"')
#: What `rendering` writes around variables, and `fill` reads. Authors cannot write it: nh3 passes no data-*.
FIGURE_OPEN = '<figure class="command" data-vars>'
CAPTION = '<figcaption data-values="{number}"></figcaption>'
BUTTON_OPEN = '<button type="button" data-copy data-needs>'
_OURS = re.compile(
    r'<var data-name="(\w+)" data-quote="([a-z ]+)">\w+</var>'
    r'|<figcaption data-values="(\d+)"></figcaption>'
    r'|<button type="button" data-copy data-needs>'
    r'|<figure class="command" data-vars>'
)


@dataclass(frozen=True, slots=True)
class Filled:
    """Rendered HTML with values in it. `used`: name to value as shown; the others are names."""

    html: str
    used: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    quoted: tuple[str, ...] = ()


def fill(html: str, values: Mapping[str, str]) -> Filled:
    """Put `values` (an alert's labels; may be empty) into rendered HTML. What has no value is to be typed."""
    if "data-name=" not in html:
        return Filled(html)
    filling = _Filling(values)
    filled = _OURS.sub(filling.replace, html)
    return Filled(filled, filling.used, tuple(filling.missing), tuple(filling.quoted))


class _Drawn(NamedTuple):
    """One variable in one context: its HTML, its value as shown, and what its figure must say of it."""

    html: str
    shown: str
    state: Literal["missing", "plain", "quoted", "check"]


def _draw(name: str, value: str, context: str) -> _Drawn:
    attributes = f'data-name="{name}" data-quote="{context}"'
    why = _why_not(value, context)
    if why:
        title = escape(why)
        html = f'<var {attributes} class="missing" title="{title}">{name}</var>'
        return _Drawn(html, "", "missing")
    text, marked = quote(value, context)
    shown = clean(value)
    if not marked:
        return _Drawn(f"<var {attributes}>{escape(text)}</var>", shown, "plain")
    is_quoted = context.endswith("bare")
    title = (
        f"{'Quoted' if is_quoted else 'Read it first'}: the alert’s value holds {in_words(value)}"
    )
    html = f'<var {attributes} class="quoted" title="{escape(title)}">{escape(text)}</var>'
    return _Drawn(html, shown, "quoted" if is_quoted else "check")


class _Filling:
    """One pass over a rendering. The three dicts without values are ordered sets."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self.values = values
        self.used: dict[str, str] = {}
        self.missing: dict[str, None] = {}
        self.quoted: dict[str, None] = {}
        self.drawn: dict[tuple[str, str], _Drawn] = {}
        self.start_figure()

    def start_figure(self) -> None:
        self.to_type: dict[str, None] = {}
        self.in_quotes: dict[str, str] = {}
        self.to_check: dict[str, str] = {}

    def replace(self, found: re.Match[str]) -> str:
        name, context, figure = found.groups()
        if name:
            return self.variable(name, context)
        if figure:
            return self.caption(figure)
        if found[0] == FIGURE_OPEN:
            self.start_figure()
            return FIGURE_OPEN
        return BUTTON_OPEN[:-1] + " disabled>" if self.to_type else BUTTON_OPEN

    def variable(self, name: str, context: str) -> str:
        drawn = self.drawn.get((name, context))
        if drawn is None:
            drawn = self.drawn[name, context] = _draw(name, self.values.get(name, ""), context)
        if drawn.state == "missing":
            self.missing[name] = None
            self.to_type[name] = None
            return drawn.html
        self.used[name] = drawn.shown
        if drawn.state != "plain":
            self.quoted[name] = None
            marked = self.in_quotes if drawn.state == "quoted" else self.to_check
            marked[name] = self.values[name]
        return drawn.html

    def caption(self, figure: str) -> str:
        said: list[str] = []
        if self.in_quotes:
            count, verb = _count(self.in_quotes, "is", "are")
            label = "label" if len(self.in_quotes) == 1 else "labels"
            held = in_words(*self.in_quotes.values())
            said.append(f"{count} {verb} in quotes because the alert’s {label} held {held}.")
        if self.to_check:
            count, verb = _count(self.to_check, "holds", "hold")
            held = in_words(*self.to_check.values())
            it = "it" if len(self.to_check) == 1 else "them"
            said.append(f"{count} from the alert {verb} {held}: read {it} before you run this.")
        if self.to_type:
            said.append(_inputs(figure, self.to_type))
        return f'<figcaption data-values="{figure}">{" ".join(said)}</figcaption>' if said else ""


def _why_not(value: str, context: str) -> str:
    """Why a value is not filled in; empty when it may be."""
    if not clean(value):
        return "Type it once on this page"
    if len(value) > MAX_VALUE:
        return f"The alert’s value is too long ({len(value):,} characters): type it"
    if context == TYPED or (context.endswith(ONLY_PLAIN) and not _PLAIN.fullmatch(value)):
        return "The alert’s value cannot be quoted here: type it"
    return ""


def _inputs(figure: str, names: Iterable[str]) -> str:
    inputs = [
        f'<label for="fill-{figure}-{name}">{name}</label> '
        f'<input id="fill-{figure}-{name}" data-fill="{name}" size="12" autocomplete="off" '
        f'autocapitalize="none" spellcheck="false">'
        for name in names
    ]
    it = "it" if len(inputs) == 1 else "them"
    return f"{' '.join(inputs)} <span data-ask>Type {it} to copy the command.</span>"


def _count(values: Sequence[str] | Mapping[str, str], one: str, more: str) -> tuple[str, str]:
    return ("1 value", one) if len(values) == 1 else (f"{len(values)} values", more)


_HOLDS = (
    (re.compile(r"\s"), "a space"),
    (re.compile(r"[()\[\]{}<>]"), "brackets"),
    (re.compile(r"[\"'`‘’“”]"), "quote marks"),
    (re.compile(r"[$]"), "a dollar sign"),
    (re.compile(r"\\"), "a backslash"),
    (re.compile(r"[;&|]"), "a sign that starts another command"),
    (re.compile(r"^-"), "a dash in front, which makes it an option"),
    (re.compile(r"[^\x00-\x7f]"), "letters beyond plain ones"),
)
_OTHER = "a special sign"


@lru_cache(maxsize=256)
def in_words(*values: str) -> str:
    """What makes the values not plain: "a space and brackets"."""
    held: dict[str, None] = {}
    for value in values:
        kept = clean(value)
        if kept != value:
            held["hidden characters, now taken out"] = None
        found = [word for pattern, word in _HOLDS if pattern.search(kept)]
        held |= dict.fromkeys(found or ([] if _PLAIN.fullmatch(kept) else [_OTHER]))
    *most, last = held or {_OTHER: None}
    return f"{', '.join(most)} and {last}" if most else last
