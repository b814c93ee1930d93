"""A command's words, and what becomes of them: which a second shell or another interpreter reads. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

#: Stands for a variable while a command is read. No runbook holds a NUL: reading refuses it.
MARK = "\0"
#: Stands for an expansion in a text that a second shell reads.
EXPANSION = "\1"

_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*(?:\[[^\]]*\])?\+?=")
_SCRIPT_FLAG = re.compile(r"-[A-Za-z]*c")
_CODE_FLAG = re.compile(r"-[A-Za-z]*[ceEr]|--(?:eval|expression|command).*", re.DOTALL)
_NOT_A_COMMAND = re.compile(r"-.*|\d+[smhd]?|[A-Za-z_]\w*=.*", re.DOTALL)
_NAMES = re.compile(r"[\w.+-]+")
_SHELLS = {"sh", "bash", "dash", "zsh", "ksh", "ash", "fish", "busybox", "su", "runuser"}
_RUN_TEXT = _SHELLS | {"ssh", "eval", "source", ".", "watch", "trap", "parallel", "at", "batch"}
_WRAPPERS = {"sudo", "doas", "env", "timeout", "nohup", "time", "exec", "command", "nice", "xargs"}
_KEYWORDS = {"if", "then", "elif", "else", "while", "until", "do", "!", "{", "time"}
_COMPOUND_ENDS = {"}", "done", "fi", "esac"}
_SSH_WITH_VALUE = set("BbcDEeFIiJLlmOopQRSWw")
#: What runs a program that stands in its words, in a language that we do not quote for.
_EDITORS = {"awk", "gawk", "mawk", "sed", "gsed", "find", "jq", "yq"}
_INTERPRETERS = {"perl", "python", "python2", "python3", "ruby", "node", "php", "lua", "osascript"}


@dataclass(slots=True)
class Word:
    """A word of a command as the command will see it: without its quotes, variables as marks."""

    text: str = ""
    ids: list[int] = field(default_factory=list)
    begun: bool = False
    #: False when an expansion stands in it: what it is then only the shell will know,
    known: bool = True
    #: and outside quotes, whether it is one word at all.
    whole: bool = True

    def expanded(self, *, quoted: bool) -> None:
        self.text += EXPANSION
        self.known = False
        self.whole = self.whole and quoted


@dataclass(slots=True)
class Command:
    first: int = 0  # number of the first variable that could stand in it
    words: list[Word] = field(default_factory=list)
    word: Word = field(default_factory=Word)
    target: str = ""  # after a redirection: its sign. The next word is none of the command's
    kept: list[int] = field(default_factory=list)  # variables in a file's name or an assignment
    feeds_shell: bool = False  # what it prints is read as commands
    compound: bool = False  # it is the first of a loop, a condition or a group

    @property
    def at_start(self) -> bool:
        """Does the next word say which command is run?"""
        return not self.words and not self.word.begun and not self.target

    @property
    def ends_compound(self) -> bool:
        return bool(self.words) and self.words[0].text in _COMPOUND_ENDS

    def end_word(self) -> None:
        word = self.word
        if not word.begun:
            return
        self.word = Word()
        if self.target:
            self.kept += word.ids if self.target in (">", ">>", ">|", "<") else ()
            self.target = ""
        elif not self.words and _ASSIGNMENT.match(word.text):
            self.kept += word.ids
        elif self.words or word.text not in _KEYWORDS:
            self.words.append(word)
        else:
            self.compound = True


def _name(word: Word) -> str:
    return word.text.rpartition("/")[2]


def _first_command(words: Sequence[Word]) -> int:
    """Index of the word that names the command, behind `sudo`, `timeout 5` and the like."""
    for index, word in enumerate(words):
        if _name(word) not in _WRAPPERS and not _NOT_A_COMMAND.fullmatch(word.text):
            return index
    return len(words)


def runs_text(words: Sequence[Word]) -> bool:
    """Might this command run what it reads or is given as commands?"""
    if _names(words, _RUN_TEXT) or not all(w.known for w in words[:1]):
        return True
    return _is_root_shell(words)


def _is_root_shell(words: Sequence[Word]) -> bool:
    """`sudo -i`, `sudo -s`."""
    flags = {word.text for word in words[1:]}
    return bool(words) and _name(words[0]) == "sudo" and bool(flags & {"-i", "-s", "--login"})


def input_of(words: Sequence[Word]) -> Literal["script", "data", "program", "unknown"]:
    """What a here-document is to this command: commands, data, a program in another language."""
    first = _first_command(words)
    has_flag = any(_SCRIPT_FLAG.fullmatch(word.text) for word in words)
    if first < len(words) and _name(words[first]) == "ssh":
        rest = _joined(words[_after_host(words, first + 1) :]).text
        named = set(_NAMES.findall(rest)) & (_RUN_TEXT | _WRAPPERS | _INTERPRETERS)
        if rest and not named:
            return "data"
        return "unknown" if rest and (has_flag or not named & _SHELLS) else "script"
    if _names(words, _SHELLS) or _is_root_shell(words):
        return "unknown" if has_flag else "script"
    if runs_text(words):
        return "unknown"
    return "program" if _names(words, _INTERPRETERS) else "data"


def holds_program(words: Sequence[Word]) -> bool:
    """Do this command's words hold a program in another language: `awk '…'`, `python -c '…'`?"""
    if _names(words, _EDITORS):
        return True
    return _names(words, _INTERPRETERS) and any(_CODE_FLAG.fullmatch(w.text) for w in words)


def _names(words: Sequence[Word], names: set[str]) -> bool:
    return any(_name(word) in names for word in words)


def script_of(words: Sequence[Word]) -> Word | None:
    """What a second shell will read of this command's words: joined, as `ssh` and `eval` do.

    Where it is not `whole`, an expansion outside quotes may come to nothing: another word may be the script.
    """
    first = _first_command(words)
    name = _name(words[first]) if first < len(words) else ""
    if name == "ssh":
        return _joined(words[_after_host(words, first + 1) :])
    if name in ("eval", "watch", "trap", "parallel"):
        return _joined(words[_after_options(words, first + 1) :])
    # A command that only the shell knows, "$SHELL", may be a shell.
    in_shell = first < len(words) and not words[first].known
    for index, word in enumerate(words):
        if in_shell and _SCRIPT_FLAG.fullmatch(word.text):
            return _joined(words[index + 1 : index + 2])
        in_shell = in_shell or _name(word) in _SHELLS
    return None


def _after_options(words: Sequence[Word], index: int) -> int:
    while index < len(words) and words[index].text.startswith("-"):
        index += 1
    return index


def _after_host(words: Sequence[Word], index: int) -> int:
    while index < len(words) and words[index].text.startswith("-"):
        text = words[index].text
        index += 2 if len(text) == 2 and text[1] in _SSH_WITH_VALUE else 1
    return index + 1


def _joined(words: Sequence[Word]) -> Word:
    text = " ".join(word.text for word in words)
    ids = [number for word in words for number in word.ids]
    return Word(text, ids, whole=all(word.whole for word in words))
