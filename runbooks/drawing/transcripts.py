"""A terminal's transcript: what is typed behind which prompt, and what the machine answers. Pure."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from typing import NamedTuple

from runbooks.drawing.command_words import is_command
from runbooks.variables import SHELL_LANGUAGES

#: Blocks in these show a terminal, with root's `# ` among the prompts; in others `# ` begins a comment.
_TERMINALS = frozenset(
    {"console", "terminal", "session", "shell-session", "shellsession", "sh-session"}
)
_TEXTS = frozenset({"text", "txt", "plain", "plaintext", "none", "powershell", "pwsh", "ps1", "ps"})
_PROMPT = re.compile(r"[ \t]*(?:\[?[\w.-]+@[\w.-]+[^\s$#]*(?: [^\s$#]+)?\]?[$#] |\$ )(?=\S)")
_POWERSHELL = re.compile(r"[ \t]*PS(?: ?[A-Za-z]:[^\s>]*)?> ?(?=\S)")
_ROOT = re.compile(r"[ \t]*# (?=\S)")
_CONTINUED = re.compile(r"[ \t]*> ?")
_UNFINISHED = re.compile(r"(?:(?<!\\)\\|\||&&)\s*$")
_HEREDOC = re.compile(r"<<-?\s*(['\"]?)(\w+)\1")
#: No command is longer, in lines.
_MOST_LINES = 40


class Line(NamedTuple):
    """`prompt` is how the line begins and is not typed; `typed` is false for what the machine answered."""

    prompt: str
    typed: bool


def read_lines(text: str, language: str) -> list[Line]:
    """One for each line; empty when no line of the block has a prompt: then all of it is typed."""
    if language not in SHELL_LANGUAGES and language not in _TEXTS:
        return []
    lines = text.split("\n")
    prompts = [_prompt_of(line) for line in lines]
    if not any(prompts):
        prompts = _roots(lines) if language in _TERMINALS else []
    return _typed(lines, prompts) if any(prompts) else []


def typed_text(text: str, language: str) -> str:
    """What of a block is typed: all of it, or a transcript's commands without their prompts."""
    read = read_lines(text, language)
    if not read:
        return text
    lines = zip(text.split("\n"), read, strict=True)
    return "\n".join(line.removeprefix(how.prompt) for line, how in lines if how.typed)


def _prompt_of(line: str) -> str:
    found = _PROMPT.match(line) or _POWERSHELL.match(line)
    return found[0] if found else ""


def _roots(lines: Sequence[str]) -> list[str]:
    """`# ` is root's prompt where commands stand behind it, and only answers stand without it."""
    found = [_ROOT.match(line) for line in lines]
    for line, root in zip(lines, found, strict=True):
        if bool(root) != is_command(line[root.end() :] if root else line) and (
            root or line.strip()
        ):
            return []
    return [root[0] if root else "" for root in found]


def _typed(lines: Sequence[str], prompts: Sequence[str]) -> list[Line]:
    out: list[Line] = []
    command = ""
    for at, (line, prompt) in enumerate(zip(lines, prompts, strict=True)):
        if command and not prompt and _goes_on(command, _ahead(lines, prompts, at)):
            continued = _CONTINUED.match(line)
            out.append(Line(continued[0] if continued else "", typed=True))
            command += "\n" + line[len(out[-1].prompt) :]
            continue
        command = line[len(prompt) :] if prompt else ""
        out.append(Line(prompt, typed=bool(prompt)))
    return out


def _ahead(lines: Sequence[str], prompts: Sequence[str], at: int) -> list[str]:
    """The lines from `at` to the next prompt."""
    end = next((i for i in range(at, len(lines)) if prompts[i]), len(lines))
    return list(lines[at : min(end, at + _MOST_LINES)])


def _goes_on(command: str, ahead: Sequence[str]) -> bool:
    """Does a shell wait for more: after a backslash or a pipe, within quotes or a here-document?"""
    if _UNFINISHED.search(command):
        return True
    heredoc = _HEREDOC.search(command)
    if heredoc is not None:
        end = heredoc[2]
        given = command[heredoc.end() :].split("\n")[1:]
        return end not in map(str.strip, given) and end in map(str.strip, ahead)
    if _is_whole(command):
        return False
    # "$ echo it's" waits, too; where nothing below closes the quote, it was only a slip.
    return any(_is_whole("\n".join((command, *ahead[:n]))) for n in range(1, len(ahead) + 1))


def _is_whole(command: str) -> bool:
    try:
        shlex.split(command, comments=True)
    except ValueError:
        return False
    return True
