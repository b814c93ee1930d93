"""Commands that plainly destroy: what is gone is not had back by another command. Pure Python.

A command is read as a shell reads it, far enough to know which word is the program and which its verb:
`kubectl delete pod x` is found; `grep delete log`, `helm upgrade --drop-empty` and `echo "rm -rf"` are not.
What is doubtful is let through: a finding here stops publishing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import PurePosixPath

from runbooks.destroying import SQL_LINE, empties_a_file, runs_destruction

#: Languages of code blocks that nobody runs.
_NOT_RUN = {
    *("yaml", "yml", "json", "toml", "ini", "xml", "html", "diff", "csv", "mermaid", "hcl"),
    *("promql", "logql", "log", "logs", "output", "text", "txt", "plain", "plaintext", "markdown"),
}
_TOKEN = re.compile(
    r"""(?P<space>(?:[ \t]|\\\n)+)
      |(?P<end>\|\||&&|\$\(|[;|&\n()`])
      |(?P<word>(?:\\.|"(?:[^"\\]|\\.)*"|'[^']*'|\$(?!\()|[^\s;|&()`"'\\$])+)
      |(?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"|\'([^\']*)\'|\\(.)', re.DOTALL)
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")

# fmt: off
# Words in front of the program that is really run, and how many words of their own they take.
_WRAPPERS = {
    "sudo": 0, "doas": 0, "time": 0, "nohup": 0, "env": 0, "exec": 0, "command": 0, "watch": 0, "xargs": 0,
    "nice": 0, "ionice": 0, "parallel": 0, "timeout": 1, "ssh": 1, "chroot": 1,
    "do": 0, "then": 0, "else": 0, "if": 0, "while": 0, "!": 0, "--": 0, "{": 0, "$": 0, "%": 0, ">": 0,
}
# Options of the wrappers that take the next word.
_WRAPPER_VALUES = {
    "-n", "-I", "-P", "-L", "-u", "-iu", "-Hu", "-EHu", "-g", "-i", "-p", "-l", "-o", "-c", "-k", "-s", "-d",
}
_INSIDE = {"exec", "run", "debug", "rsh"}  # kubectl exec pod -- rm …
_CARRIERS = {"kubectl", "oc", "k", "docker", "podman", "nerdctl", "crictl", "docker-compose", "nsenter"}
# Programs that have many machines run a line.
_ELSEWHERE = {"ansible", "salt", "knife", "pssh", "parallel-ssh", "pdsh", "clush", "bolt"}
_SHELLS = {"sh", "bash", "zsh", "su", "dash", "ash"}
_MOST_INSIDE = 5
# fmt: on


def destructive_part(command: str, language: str = "") -> str:
    """The part of a code block that destroys, on one line and shortened; empty when none plainly does."""
    if language in _NOT_RUN:
        return ""
    statement = SQL_LINE.search(command)
    if statement is not None:
        return _short(statement["statement"])
    before: list[str] = []
    for words, piped in _simple_commands(command):
        fed = before if piped else []
        before = words if words and _program(words[0]) in ("echo", "printf") else []
        if empties_a_file(words) or _destroys(words, fed):
            return _short(" ".join(words).lstrip("$%> ").removeprefix("-- "))
    return ""


def programs(command: str) -> list[str]:
    """The programs that a code block runs, as written, each once: `sudo -u x psql | tail` runs psql, tail."""
    found: dict[str, None] = {}
    for words, _ in _simple_commands(command):
        at = _behind_wrappers(words, 0)
        if at < len(words):
            found[words[at]] = None
    return list(found)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 80 else f"{line[:79]}…"


def _simple_commands(text: str) -> Iterator[tuple[list[str], bool]]:
    """Each simple command's words without their quotes, and whether another one is piped into it."""
    words: list[str] = []
    piped = comment = False
    # A root prompt looks like a comment: it is one where every line of the block has it.
    prompts = all(line.startswith("# ") for line in text.split("\n") if line.strip())
    for token in _TOKEN.finditer(text):
        kind, raw = token.lastgroup, token[0]
        if comment and raw != "\n":
            continue
        comment = False
        if kind == "word":
            if raw == "#" and prompts and not words:
                continue
            if raw.startswith("#"):
                comment = True
            else:
                words.append(_QUOTED.sub(_unquoted, raw))
        elif kind == "end":
            if words:
                yield words, piped
            words, piped = [], raw == "|"
    if words:
        yield words, piped


def _unquoted(found: re.Match[str]) -> str:
    return next(group for group in found.groups() if group is not None)


def _program(word: str) -> str:
    return PurePosixPath(word).name if "/" in word else word


def _destroys(words: Sequence[str], fed: Sequence[str]) -> bool:
    for position in _program_positions(words):
        if " " in words[position] and position and destructive_part(words[position]):
            return True  # ssh pg-1 'rm -rf /data'
        program, rest = _program(words[position]), words[position + 1 :]
        if program in _SHELLS and _shell(rest):
            return True
        if program in _ELSEWHERE and any(" " in word and destructive_part(word) for word in rest):
            return True
        by_pipe = any(_program(word) == "xargs" for word in words[:position])
        if runs_destruction(program, rest, fed=fed, named_by_pipe=by_pipe):
            return True
    return False


def _program_positions(words: Sequence[str]) -> Iterator[int]:
    """Where a program's name stands: first, after each wrapper, and after `exec … --`."""
    at = 0
    for _ in range(_MOST_INSIDE):
        at = _behind_wrappers(words, at)
        if at >= len(words):
            return
        yield at
        if _program(words[at]) not in _CARRIERS:
            return
        if "--" not in words[at:]:
            if _INSIDE & set(words[at : at + 4]):
                yield from range(at + 2, min(len(words), at + 8))
            return
        at = words.index("--", at) + 1


def _behind_wrappers(words: Sequence[str], at: int) -> int:
    while at < len(words):
        word = words[at]
        if _ASSIGNMENT.match(word):
            at += 1
            continue
        own = _WRAPPERS.get(_program(word))
        if own is None:
            break
        at += 1
        while at < len(words) and (words[at].startswith("-") or _ASSIGNMENT.match(words[at])):
            at += 2 if words[at] in _WRAPPER_VALUES else 1
        at += own
    return at


def _shell(rest: Sequence[str]) -> bool:
    scripts = (after for word, after in pairwise(rest) if re.fullmatch(r"-\w*c", word))
    return any(destructive_part(script) for script in scripts)
