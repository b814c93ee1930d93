"""What was meant to be filled in and never was."""

from __future__ import annotations

import re
from collections.abc import Iterator

from runbooks.blank import blank_text
from runbooks.checking.codes import PLACEHOLDER
from runbooks.checking.passages import fenced
from runbooks.checking.shapes import Case, Finding
from runbooks.drawing.command_words import is_command

#: Said as a word of its own. `-XX:+UseG1GC` and `5XX` are no such words; `drwxr-xr-x` is none either.
_WORD = re.compile(
    r"(?<![\w$.{/:<-])(?:TODO|TBD|TBA|TBC|FIXME|WIP|X{2,}|x{3,})(?![\w}/=>-])(?!\.\w)(?!\]\(#)"
    r"|\bTo[- ]?do:|\b(?:t|T)o be (?:added|written|done|completed|determined|defined|"
    r"decided|described|filled"
    r"|documented|continued|announced|confirmed)\b(?=[ \t]*(?:[.!:;)*_]|$|here|later|soon))"
    r"|\b[Cc]oming soon\b|\b[Ll]orem ipsum\b|\b[Ff]ill (?:this |me |"
    r"it )?in\b(?=[ \t]*(?:[.!:)]|$|here|later))"
    r"|(?<![\w./-])X (?:times|seconds|minutes|hours|days|errors|requests|%)"
    r"|(?<![\w$.{/:<`-])(?:tbd|tba|tbc|fixme)(?![\w}/=>`-])(?!\.\w)|(?<![\w/.#-])todo:"
    r"|\bX{3}-X{3,4}\b|(?<=[:\w] )_{4,}(?!\w)|(?<=:)_{4,}(?!\w)|(?<=[: (])\?{3,}|^\W*\?{3,}\W*$"
    r"|^\W*(?:\d+\. )?(?:[Ii]nsert|[Aa]dd|[Pp]aste|[Pp]ut)\b (?:\w+ ){0,3}?(?:links?|screenshots?|"
    r"names?|commands?|urls?|URLs?|dashboards?|descriptions?|details|text|content|images?|"
    r"contacts?|numbers?|steps?|examples?|query|queries) here\b"
)
#: Without one of these, no line needs to be looked at for a word.
_HINT = re.compile(
    r"todo|to[- ]do:|tb[dac]\b|fixme|\bwip\b|xx|to be (?:a|w|d|c|f)|coming soon|lorem|fill |"
    r"\?\?\?|____| here\b|"
    r"\bX (?:t|s|m|h|d|e|r|%)",
    re.IGNORECASE,
)
#: `<my-namespace>`, `<value of the label>`: no HTML, no autolink, no redirection.
_ANGLE = re.compile(
    r"(?<![<\w$-])<(?P<words>[A-Za-z][\w.:'-]{0,60}(?:[ _|/-][\w.:'-]{1,40}){0,8})>(?!>)"
)
#: What a value is called that belongs to one place: `<team>`, `[pod-name]`, `{host}`.
_THING = (
    r"(?:name|id|ip|ip-address|host|hostname|namespace|pod|node|cluster|service|instance|"
    r"container|deployment|region|env|environment|user|username|password|token|url|domain|"
    r"bucket|table|database|db|topic|queue|job|team|owner|person|contact|phone|number|email|"
    r"link|date|command|ticket|release|version|project|account|key|address|channel|dashboard|"
    r"customer|tenant|shard|replica|broker|server|path|file|filename|value|label)"
)
_NAMED = re.compile(
    rf"(?:(?:\w+[ _-]){{0,3}}{_THING}|{_THING}(?:[ _-]\w+){{1,2}}|{_THING} (?:of|from) .{{1,40}})",
    re.IGNORECASE,
)
#: In a command: `[pod-name]`, `{pod_name}`, `POD_NAME`, `-n NAMESPACE`.
_IN_COMMAND = re.compile(
    rf"(?<![\w$%@.'\"\\^\]({{])\[(?P<square>(?:[a-z]+[ _-]){{0,2}}{_THING})\](?![\w(:\[\]])|"
    rf"(?<![\w$%@'\"\\^({{])\{{(?P<curly>(?:[a-z]+[_-]){{0,2}}{_THING})\}}(?![\w}}])|"
    r"(?<![\w$%{}=:\"'./-])(?P<capitals>(?:[A-Z]+_)*(?:POD|NODE|HOST|CLUSTER|SERVICE|CONTAINER|"
    r"DEPLOYMENT|INSTANCE|BUCKET|TOPIC|JOB|PROJECT|USER)_(?:NAME|ID|IP))(?![\w=:.(-])|"
    r"(?:-n|--namespace)[ =](?P<space>NAMESPACE)\b"
)
#: There, the shell itself is told what the name stands for.
_TOLD_THERE = re.compile(r"\b(?:read|for|unset|export|local|declare|in) [^;|&]*$")
_YOUR = re.compile(
    r"(?<![\w/.-])(?:YOUR|your|MY|my|INSERT|insert|ENTER|enter|REPLACE|replace|CHANGE|change)[-_ ]"
)
#: `[insert name]`, `[your cluster]`: not a link's text.
_BRACKETS = re.compile(
    r"(?<![\w\]])\[(?:insert|your|enter|fill in|add|name of|link to)\b[^\[\]\n]{0,60}\](?![(\[:])|"
    r"(?-i:(?<![\w\]])\[(?:[A-Z]+[ _-]){0,3}(?:NAME|TEAM|LINK|URL|HOST|DATE|NUMBER|EMAIL|PHONE|HERE|"
    r"NAMESPACE|CLUSTER|CONTACT|DESCRIPTION|OWNER|CHANNEL)\](?![(\[:]))",
    re.IGNORECASE,
)
#: How a program is called, not a call of it: "Usage: drain.sh <node>"; and keys that one presses.
_USAGE = re.compile(r"\busage:", re.IGNORECASE)
_KEY = re.compile(
    r"(?:shift|ctrl|control|alt|cmd|meta|esc|enter|tab|space|del|up|down|f\d{1,2})(?:-\w+)*",
    re.IGNORECASE,
)
_YOUR_WORD = re.compile(
    r"(?<![\w/.<-])(?:your|YOUR)[-_](?:[A-Za-z]+[-_]){0,3}[A-Za-z]+(?![\w>]*\()|"
    r"\b(?:CHANGEME|REPLACEME|change-me)\b"
)
_HINT_OF_A_NAME = re.compile(
    r"[<\[{]|your|YOUR|CHANGE|REPLACE|change-me|_(?:NAME|ID|IP)\b|NAMESPACE"
)
_SPAN = re.compile(r"(?<!`)(`{1,2})(?!`)([^`\n]{1,400})\1(?!`)")
#: What programs print between angle brackets, and what markup writes there.
_PRINTED = frozenset(
    {
        "none",
        "nil",
        "null",
        "unknown",
        "pending",
        "unset",
        "invalid",
        "empty",
        "not set",
        "no value",
        "eof",
    }
)
_TAGS = frozenset(
    """
    a abbr b blockquote body br button center code col dd del details div dl dt em figure font
    form h1 h2 h3 h4 h5 h6 head hr html i iframe img input ins kbd label li link mark meta ol
    option p path pre q s samp script section select small span strike strong style sub summary
    sup svg table tbody td textarea th thead title tr tt u ul var video
    """.split()  # noqa: SIM905 -- one word a line would be pages
)
_TYPED = frozenset({"", "sh", "bash", "shell", "zsh", "console", "terminal", "shell-session"})
_MARKUP = frozenset({"html", "xml", "svg", "jsx", "tsx", "vue", "java", "go", "cpp", "rust", "ts"})
#: Nothing but such a word: a section that is still to be written.
_ONLY = re.compile(
    r"(?:\W|\b(?:todo|tbd|tba|tbc|fixme|wip|n/?a|none|nothing|yet|xxx+|pending|unknown|"
    r"later|soon|coming|"
    r"to be (?:added|written|done|completed|determined|defined|decided|filled in|documented))\b)*",
    re.IGNORECASE,
)
_MEND = "Write what belongs here, or take the line out."
_MEND_VALUE = (
    "Write the value, or {{ name }}: a variable is filled from the alert or asked for once."
)
_LONGEST_LINE = 4_000


def only_placeholders(markdown: str) -> bool:
    """Nothing is written here, or only that it is to be written."""
    return len(markdown) < 400 and _ONLY.fullmatch(markdown) is not None


def _blank_lines() -> frozenset[str]:
    """What a new runbook begins with: sentences that ask, and are no answer."""
    body = blank_text().partition("\n---\n")[2]
    return frozenset(
        line.strip() for line in body.split("\n") if len(line.split()) > 1 and line[0] not in "#`"
    )


_BLANK = _blank_lines()
_BLANK_VALUE = re.compile(r"\bWhat one sees, not the fix\b|\byour-user-name\b")


def nothing_is_left_to_fill_in(case: Case) -> Iterator[Finding]:
    """One finding for a line that is still to be written, one for each name in angle brackets."""
    yield from _in_front_matter(case)
    seen: set[str] = set()
    fence, language = "", ""
    skipped = _prevention_lines(case)
    hinted = _HINT.search(case.document.body) is not None
    for number, line in case.numbered():
        was, (fence, inside) = fence, fenced(line, fence)
        if inside and not was:
            language = line.strip().lstrip("`~ ").split(" ")[0].lower()
            continue
        text = line[:_LONGEST_LINE]
        if found := _unwritten(text, hinted=hinted):
            if number not in skipped:
                yield Finding(
                    PLACEHOLDER,
                    f"“{found}” was never replaced by what belongs here.",
                    line=number,
                    mend=_MEND,
                    about=text.strip(),
                )
            continue
        if not _HINT_OF_A_NAME.search(text):
            continue
        for name in _unfilled(text, language if inside else None):
            if name not in seen:
                seen.add(name)
                yield Finding(
                    PLACEHOLDER,
                    f"“{name}” stands for a value that the reader does not have.",
                    line=number,
                    mend=_MEND_VALUE,
                    about=name,
                )


def _in_front_matter(case: Case) -> Iterator[Finding]:
    """`owner: TBD` is told as an owner that is nobody; the other lines here."""
    lines = case.document.text[:40_000].splitlines()[: case.document.body_line - 1]
    for number, line in enumerate(lines, start=1):
        key, colon, value = line.partition(":")
        if line.lstrip().startswith("#") or (
            key.strip() in ("owner", "also") and "your-" not in value
        ):
            continue
        words = _WORD.search(line[:_LONGEST_LINE]) or _BLANK_VALUE.search(line[:_LONGEST_LINE])
        name = words[0] if words else next(_unfilled(line[:_LONGEST_LINE], None), "")
        if colon and name:
            yield Finding(
                PLACEHOLDER,
                f"“{name}” was never replaced by what belongs here.",
                line=number,
                mend=_MEND,
                about=line.strip(),
            )


def _prevention_lines(case: Case) -> set[int]:
    """Lines that no-prevention speaks of already."""
    return {
        section.line + 1 + index
        for section in case.document.sections
        if section.name in ("prevention", "escalation") and only_placeholders(section.markdown)
        for index in range(section.markdown.count("\n") + 3)
    }


def _unwritten(line: str, *, hinted: bool) -> str:
    if hinted and _HINT.search(line) and (found := _WORD.search(line)):
        return found[0]
    stripped = line.strip()
    return _short(stripped) if stripped in _BLANK else ""


def _unfilled(line: str, language: str | None) -> Iterator[str]:
    """`language` is None outside a code block: there, only spans of code that are commands are read."""
    for found in _BRACKETS.finditer(line):
        yield found[0]
    if language in _MARKUP:
        return
    if language is not None:
        yield from _names_in(line)
        if language in _TYPED:
            yield from _names_in_command(line)
        return
    for span in _SPAN.finditer(line):
        # `<namespace>/<name>` describes how something is written; `kubectl -n <namespace> get` is a command.
        spoken_of = _LIKE.search(line[: span.start()]) is not None
        if " " in _ANGLE.sub("x", span[2]).strip() and not spoken_of:
            yield from _names_in(span[2])
            if is_command(span[2]):
                yield from _names_in_command(span[2])
    for found in _ANGLE.finditer(_SPAN.sub(" ", line)):
        words = found["words"]
        if words.casefold() not in _TAGS and (_YOUR.match(words + " ") or _NAMED.fullmatch(words)):
            yield found[0]


#: "commands like `knife <action>`" speaks of them.
_LIKE = re.compile(
    r"\b(?:like|such as|of the form|called|named|syntax is|format is)[ :]*$", re.IGNORECASE
)


def _names_in(code: str) -> Iterator[str]:
    if _USAGE.search(code):
        return
    for found in _ANGLE.finditer(code):
        words = found["words"]
        folded = words.casefold()
        if "|" in words or _KEY.fullmatch(words):
            continue
        if folded not in _TAGS and folded not in _PRINTED and "://" not in words:
            yield found[0]
    for found in _YOUR_WORD.finditer(code):
        yield found[0]


def _names_in_command(code: str) -> Iterator[str]:
    for found in _IN_COMMAND.finditer(code):
        if not found["capitals"] or not _TOLD_THERE.search(code[: found.start()]):
            yield found["space"] or found[0]


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"
