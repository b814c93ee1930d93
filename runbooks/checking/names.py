"""Names that the portal does not know: tools that are none, channels that are gone, slugs that lead nowhere.

Each rule is silent where its facts are not given.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote

from runbooks.checking.codes import (
    RELATED_IS_DEAD,
    UNKNOWN_ALERT,
    UNKNOWN_CHANNEL,
    UNKNOWN_SERVICE,
    UNKNOWN_TEAM,
    UNKNOWN_TOOL,
)
from runbooks.checking.passages import fenced
from runbooks.checking.programs import EVERYBODYS_PROGRAMS
from runbooks.checking.shapes import Case, Finding, line_of
from runbooks.destruction import programs
from runbooks.document import Step
from runbooks.drawing.transcripts import typed_text
from runbooks.naming import slug_of

_SHELLS = frozenset(
    {"sh", "bash", "shell", "zsh", "console", "terminal", "shell-session", "shellsession"}
)
_PROMPT = re.compile(r"^[ \t]*[$%][ \t]+(?=\S)", re.MULTILINE)
#: "Run `payctl refund`": what is named in a sentence without such a word may be anything.
_RUN_BEFORE = re.compile(
    r"\b(?:run|execute|running|executing|invoke|call|with|via|using|use|type|enter) "
    r"(?:the )?(?:command |tool )?(?P<code>`{1,2}[^`\n]{2,400}`{1,2})",
    re.IGNORECASE,
)
#: A function of the block's own: `wait_for() {`.
_FUNCTION = re.compile(r"^[ \t]*(?:function[ \t]+([\w-]+)|([\w-]+)[ \t]*\(\))", re.MULTILINE)
_COLOUR = re.compile(r"[0-9a-f]{3}(?:[0-9a-f]{3})?")
_PROGRAM = re.compile(r"[a-z][a-z0-9_.+-]{1,60}")
#: Tools that come in dozens: `kafka-consumer-groups.sh`.
_FAMILY = re.compile(r"kafka-[\w-]+(?:\.sh)?")
_HEREDOC = re.compile(r"<<-?[ \t]*[\"']?(?P<word>[A-Za-z_]\w*)")
_SPAN = re.compile(r"(?<!`)(`{1,2})(?!`)([^`\n]{1,400})\1(?!`)")
_ADDRESS = re.compile(r"https?://[^\s<>)]+|\]\([^()\s]*\)")
_HANDLE = re.compile(r"(?<![\w./:@-])@([A-Za-z][\w-]*(?:\.[\w-]+)*)\b(?![@/])")
_CHANNEL = re.compile(r"(?<![\w&/#\[.])(?<!\]\()#([a-z][a-z0-9_-]{1,79})\b")
_OWN_LINK = re.compile(
    r"\]\((?P<address>[^()\s:?#]{1,300}?\.md)(?:#[^()\s]*)?\)|\]\((?P<path>/r/[^()\s?#]{1,300})"
)


def tools_are_known(case: Case) -> Iterator[Finding]:
    known = case.facts.tools
    if known is None:
        return
    said: set[str] = set()
    for step, line, text, language in _typed(case):
        for program in _programs(text, language):
            folded = program.casefold()
            if folded in known or folded in EVERYBODYS_PROGRAMS or folded in said:
                continue
            said.add(folded)
            yield Finding(
                UNKNOWN_TOOL,
                f"{step.label} runs “{program}”, which nobody here has named as a tool.",
                line=line,
                field="step",
                mend="Mend the name, or have a lead add the tool to those that the portal knows.",
                about=program,
            )


def _typed(case: Case) -> Iterator[tuple[Step, int, str, str]]:
    """(step, line, text, language) of what a step has one type: in its blocks, and in its sentences."""
    for step in case.document.steps:
        for command in step.commands:
            shown = command.language or ("console" if _PROMPT.match(command.text) else "")
            if shown in _SHELLS:
                yield step, command.line, command.text, shown
    for passage in case.passages:
        for sentence in passage.sentences if passage.step is not None else ():
            for found in _RUN_BEFORE.finditer(sentence.plain):
                code = found["code"].strip("`").strip()
                if passage.step is not None and " " in code:
                    yield passage.step, sentence.line, code, ""


def _programs(text: str, language: str) -> Iterator[str]:
    """What a block runs. Where it shows a prompt, lines without one are what the program answered."""
    typed = typed_text(text[:20_000], language)
    own = {name for found in _FUNCTION.finditer(typed) for name in found.groups() if name}
    for program in programs(_without_heredocs(typed)):
        if _PROGRAM.fullmatch(program) and not _FAMILY.fullmatch(program) and program not in own:
            yield program


def _without_heredocs(text: str) -> str:
    """`psql <<SQL` is a command; the lines up to `SQL` are what it reads."""
    kept: list[str] = []
    ending = ""
    for line in text.split("\n"):
        if ending:
            ending = "" if line.strip() == ending else ending
            continue
        found = _HEREDOC.search(line)
        ending = found["word"] if found else ""
        kept.append(line)
    return "\n".join(kept)


def handles_are_known(case: Case) -> Iterator[Finding]:
    """`@dba-oncall` in the text and under `escalation:`."""
    teams, people = case.facts.teams, case.facts.people
    if teams is None:
        return
    said: set[str] = set()
    for line, name in _handles(case):
        folded = name.casefold()
        if folded in said or folded in teams or (people is not None and folded in people):
            continue
        said.add(folded)
        yield Finding(
            UNKNOWN_TEAM,
            f"“@{name}” is nobody here: no person, no team.",
            line=line,
            mend="Name a person or a team that the portal knows, or have a lead add the handle.",
            about=name,
        )


def _handles(case: Case) -> Iterator[tuple[int | None, str]]:
    line = line_of(case, "escalation")
    for step in case.document.meta.escalation:
        if step.to.startswith("@") and (found := _HANDLE.match(step.to)):
            yield line, found[1]
    for number, text in _prose(case):
        for found in _HANDLE.finditer(text):
            yield number, found[1]


def channels_are_known(case: Case) -> Iterator[Finding]:
    known = case.facts.channels
    if known is None:
        return
    said: set[str] = set()
    for number, text in _prose(case):
        for found in _CHANNEL.finditer(text):
            folded = found[1].casefold()
            if folded in known or folded in said or _COLOUR.fullmatch(folded):
                continue
            said.add(folded)
            yield Finding(
                UNKNOWN_CHANNEL,
                f"The channel “#{found[1]}” is none that the portal knows.",
                line=number,
                mend="Mend the name, or have a lead add the channel to those that the portal knows.",
                about=found[1],
            )


def _prose(case: Case) -> Iterator[tuple[int, str]]:
    """The body's lines without code and addresses."""
    for number, line in _without_code(case):
        if "@" in line or "#" in line:
            yield number, _ADDRESS.sub(" ", line)


def _without_code(case: Case) -> Iterator[tuple[int, str]]:
    fence = ""
    for number, line in case.numbered():
        fence, inside = fenced(line, fence)
        if not inside:
            yield number, _SPAN.sub(" ", line[:4_000])


def services_and_alerts_are_known(case: Case) -> Iterator[Finding]:
    meta, facts = case.document.meta, case.facts
    for name in meta.services if facts.services is not None else ():
        if name.casefold() not in facts.services and slug_of(name) not in facts.services:  # type: ignore[operator]
            yield Finding(
                UNKNOWN_SERVICE,
                f"The portal knows no service “{name}”.",
                line=line_of(case, "services"),
                field="services",
                mend="Mend the name, or add the service first: a slip of the pen makes a second one.",
                about=name,
            )
    for alert in meta.alerts if facts.alerts is not None else ():
        if alert.name.casefold() not in facts.alerts:  # type: ignore[operator]
            yield Finding(
                UNKNOWN_ALERT,
                f"No rule fires an alert “{alert.name}”.",
                line=line_of(case, "alerts"),
                field="alerts",
                mend="Mend the name, or import the rules that fire it.",
                about=alert.name,
            )


def related_runbooks_are_there(case: Case) -> Iterator[Finding]:
    slugs, files = case.facts.slugs, case.facts.files
    own = slug_of(case.facts.name)
    if slugs is not None:
        line = line_of(case, "related")
        for name in case.document.meta.related:
            if slug_of(name) not in slugs:
                yield _dead(name, line, "related")
            elif own and slug_of(name) == own:
                yield _dead(name, line, "related", says="is this runbook itself")
    there = (slugs or frozenset()) | (files or frozenset())
    if slugs is None and files is None:
        return
    said: set[str] = set()
    for number, text in _without_code(case):
        if "](" not in text:
            continue
        for found in _OWN_LINK.finditer(text):
            address = unquote(found["address"] or found["path"])
            name = slug_of(address.removesuffix(".md").rsplit("/", 1)[-1])
            if found["path"] and slugs is None:
                continue
            if name and name not in there and name not in said:
                said.add(name)
                yield _dead(address, number, None)


def _dead(name: str, line: int | None, field: str | None, *, says: str = "") -> Finding:
    return Finding(
        RELATED_IS_DEAD,
        f"“{name}” {says or 'leads to no live runbook'}.",
        line=line,
        field=field,
        mend="Name the runbook that took its place, or take it out.",
        about=slug_of(name.removesuffix(".md").rsplit("/", 1)[-1]),
    )
