"""Names that a scenario may not use: what stands in none of its sources is shown to the facilitator. Pure.

A host, an address, a person's handle, a channel or a program that somebody made up sends a tired player to a
place that does not exist, or, worse, to one that does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from drills.scenario.commands import TOOLS
from drills.scenario.shapes import Draft
from drills.scenario.source import Source

_URL = re.compile(r"\bhttps?://[^\s<>\"'`”)\]]+", re.IGNORECASE)
_HOST = re.compile(
    r"(?<![\w@./-])(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,8}[a-z][a-z0-9-]{1,20}(?![\w(])",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])")
_MAIL = re.compile(r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b")
_HANDLE = re.compile(r"(?<![\w@/])@[A-Za-z][\w.-]{1,60}\b")
_CHANNEL = re.compile(r"(?<![\w#&/])#[a-z][a-z0-9_-]{2,60}\b")
_CAMEL = re.compile(r"\b[A-Z][a-z0-9]+(?:[A-Z][A-Za-z0-9]+)+\b")
_COMMAND = re.compile(r"(?:^|[$>`]\s*)([a-z][\w.-]+)\s+(?:-|[a-z])[^\n]*", re.MULTILINE)
_SCRIPT = re.compile(
    r"(?<![\w./-])(?:(?:\.{1,2}|~)?/)?(?:[\w.-]+/)*[\w-]+\.(?:sh|bash|py|rb|pl|ps1|bat"
    r"|exe)\b|(?<![\w.])\./[\w-]+",
    re.IGNORECASE,
)
_MARKUP = re.compile(
    r"<\s*(?:script|img|iframe|svg|object|embed|style|link)\b|javascript:|\bon\w+\s*=",
    re.IGNORECASE,
)
_PRESUMES = re.compile(
    r"\b(?:now that you|since you|after you|because you|as you|you"
    r" have (?:already )?(?:\w+ed)|you(?:'ve| just)|your (?:restart"
    r"|rollback|change|fix)|thanks to your)\b",
    re.IGNORECASE,
)
#: Endings that look like a host's and are a file's or a word's.
_NO_HOST = frozenset(
    [
        "yaml",
        "yml",
        "json",
        "md",
        "sh",
        "py",
        "go",
        "js",
        "conf",
        "cfg",
        "log",
        "txt",
        "sql",
        "d",
        "e",
        "g",
        "service",
        "socket",
        "timer",
        "local",
        # Columns of tools that have a dot in them.
        "used",
        "avail",
        "percent",
        "reason",
        "count",
        "size",
    ]
)
#: What tools say of themselves everywhere: states, reasons, kinds. None is a name of somebody's system.
# fmt: off
_KNOWN_WORDS = frozenset({
    "CrashLoopBackOff", "ImagePullBackOff", "BackOff", "NotReady", "ReadOnly",
    "CreateContainerConfigError", "FailedScheduling", "OOMKilled", "OOMKilling",
    "SchedulingDisabled", "MemoryPressure", "DiskPressure", "PIDPressure", "NodeStatusUnknown",
    "KubeletReady", "KubeletHasSufficientMemory", "KubeletHasInsufficientMemory",
    "KubeletHasNoDiskPressure", "KubeletHasDiskPressure", "KubeletHasSufficientPID",
    "ClusterIP", "AccessDenied", "OutOfSync", "TimeCreated", "LevelDisplayName", "NodeClaim",
    "deployment.apps", "statefulset.apps", "daemonset.apps", "job.batch", "TLS",
})
# fmt: on


@dataclass(frozen=True, slots=True)
class Flag:
    """One thing for the facilitator to look at: where it stands, the name, and what is the matter with it."""

    where: str  # "inject 3", "reading of D2", "narrative"
    name: str
    words: str

    def as_json(self) -> dict[str, str]:
        return {"where": self.where, "name": self.name, "words": self.words}


def check(draft: Draft, source: Source) -> list[Flag]:
    """What the facilitator has to look at, in the scenario's order. Empty: nothing was made up."""
    known = "\n".join(source.all_texts()).casefold()
    flags: dict[tuple[str, str], Flag] = {}
    for where, text in _texts(draft):
        for name, words in _made_up(text, known):
            flags.setdefault((where, name), Flag(where, name, words))
    labels = {step.label for step in source.steps}
    for number, inject in enumerate(draft.injects, 1):
        where = f"inject {number}"
        if inject.step is not None and inject.step not in labels:
            flags[(where, inject.step)] = Flag(where, inject.step, "The runbook has no such step.")
        if found := _PRESUMES.search(inject.text):
            words = "It presumes what the players did: say what happens around them."
            flags[(where, found[0])] = Flag(where, found[0], words)
    for reading in draft.readings:
        if reading.step not in labels:
            where = f"reading of {reading.step}"
            flags[(where, reading.step)] = Flag(
                where, reading.step, "The runbook has no such step."
            )
    return list(flags.values())


def names_made_up(text: str, known: str) -> list[str]:
    """The names in `text` that do not stand in `known`, and markup that has no place in Markdown."""
    return list(dict.fromkeys(name for name, _ in _made_up(text, known.casefold())))


def _texts(draft: Draft) -> Iterator[tuple[str, str]]:
    yield "start state", draft.start_state
    yield "narrative", draft.narrative
    for objective in draft.objectives:
        yield "objectives", objective
    for assumption in draft.assumptions:
        yield "assumptions", assumption.text
    for number, inject in enumerate(draft.injects, 1):
        for text in (
            inject.text,
            inject.expected,
            inject.player,
            inject.evaluator_note,
            *inject.hints,
        ):
            yield f"inject {number}", text
    for reading in draft.readings:
        yield f"reading of {reading.step}", reading.output


def _made_up(text: str, known: str) -> Iterator[tuple[str, str]]:
    if found := _MARKUP.search(text):
        yield found[0], "It holds markup that has no place in a scenario."
    rest = text
    for pattern, what in (
        (_URL, "This address is in none of the sources."),
        (_MAIL, "This mail address is in none of the sources."),
        (_ADDRESS, "This network address is in none of the sources."),
        (_HOST, "This host is in none of the sources."),
        (_HANDLE, "This handle is in none of the sources."),
        (_CHANNEL, "This channel is in none of the sources."),
        (_CAMEL, "This name is in none of the sources."),
        (_SCRIPT, "This script is in none of the sources."),
        (_COMMAND, "This command is in none of the sources."),
    ):
        for match in pattern.finditer(rest):
            name = (match[1] if pattern is _COMMAND else match[0]).rstrip(".,;:!?")
            if not _is_known(pattern, name, match[0], known):
                yield (match[0].strip("`$> ")[:80] if pattern is _COMMAND else name), what
        if pattern in (_URL, _MAIL):
            rest = pattern.sub(" ", rest)


def _is_known(pattern: re.Pattern[str], name: str, whole: str, known: str) -> bool:
    folded = name.casefold()
    if folded in known or name in _KNOWN_WORDS:
        return True
    if pattern is _HOST:
        return folded.rpartition(".")[2] in _NO_HOST or folded.replace(".", "").isdigit()
    if pattern is _COMMAND:
        # Prose begins a line with a small letter, too: only what is a program counts.
        return name not in TOOLS
    if pattern is _URL:
        return folded.partition("(")[0].rstrip("/") in known
    return False
