"""Where in a shell command a value would stand, and so how it must be quoted. Pure.

`places(command)` answers for each `{{ name }}` of a command with a context: the kinds of quoting around it,
the outermost first, parted by spaces. `runbooks.variables` lists the kinds and how each is written. More than
one kind stands where a second shell reads the text again: `ssh web1 "ls {{ path }}"` is `double bare`.

This is no shell. What it cannot follow (an open quote, arithmetic, `$'…'`, what is piped into a shell) is
`typed`: only a person may put a value there. It does not see a value travel: what the author's script does
with one later, as in `F={{ f }}; ssh web1 "ls $F"`, is the author's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from runbooks.document import VARIABLE
from runbooks.quoting.heredocs import Heredoc
from runbooks.quoting.pieces import DEEPEST, TYPED, Pieces, UnclearError
from runbooks.quoting.words import (
    MARK,
    Command,
    Word,
    holds_program,
    input_of,
    runs_text,
    script_of,
)

#: For a value in a program of another language: filled in only when it is plain.
ONLY_PLAIN = "plain"

_PLAIN = re.compile(r"[^\0\1\\'\"`$()<>#;&|\s]+")
_HEREDOC = re.compile(r"<<(-?)[ \t]*((?:\\.|'[^'\n]*'|\"[^\"\n]*\"|[^\s;&|<>()'\"\\`\0])+)")

Kinds = tuple[str, ...]


def places(command: str) -> list[str]:
    """The context of each `{{ name }}` in `command`, in order."""
    text, count = VARIABLE.subn(MARK, command)
    return [" ".join(kinds) for kinds in _read(text, count, depth=0)] if count else []


def _read(text: str, count: int, *, depth: int) -> list[Kinds]:
    reader = _Reader(text, depth)
    try:
        if depth > DEEPEST:
            raise UnclearError(0)
        reader.commands("")
    except UnclearError as unclear:
        # The unfinished command may hand its words to a second shell: none of it is known.
        reader.type_range(min(unclear.first, reader.unfinished), count)
    return [reader.found.get(number, (TYPED,)) for number in range(count)]


def _nested(outer: Kinds, inner: Kinds) -> Kinds:
    return (TYPED,) if TYPED in (*outer, *inner) else (*outer, *inner)


class _Reader(Pieces):
    """Commands, pipelines and here-documents around the pieces of words."""

    def __init__(self, text: str, depth: int) -> None:
        super().__init__(text, depth)
        self.level = 0
        self.unfinished = 0  # number of the first variable of the outermost unfinished pipeline
        self.heredocs: list[Heredoc] = []
        self.after_typed: dict[int, int] = {}  # a typed variable -> one further on
        self.into_loops: list[
            tuple[int, int]
        ] = []  # variables of what is piped into a loop or a group

    def read_again(self, text: str, count: int) -> list[Kinds]:
        return _read(text, count, depth=self.depth + 1)

    def type_range(self, start: int, stop: int) -> None:
        """Nothing may be filled in from variable `start` up to `stop`."""
        number = self.open_from(start)
        while number < stop:
            self.found[number] = (TYPED,)
            self.after_typed[number] = number + 1
            number = self.open_from(number)

    def open_from(self, number: int) -> int:
        """The first variable from `number` on that is not typed yet; long ways are remembered."""
        passed: list[int] = []
        while number in self.after_typed:
            passed.append(number)
            number = self.after_typed[number]
        self.after_typed.update(dict.fromkeys(passed, number))
        return number

    # Commands ------------------------------------------------------------------

    def commands(self, closing: str) -> None:
        first = self.number
        self.level += 1
        if self.level > DEEPEST:
            raise UnclearError(first)
        pipeline: list[Command] = []
        command = Command(first)
        while self.at < len(self.text):
            char = self.text[self.at]
            if char in ";&|\n" or (char == ")" and not closing):
                command = self.separator(char, command, pipeline, first)
            elif char == ")":
                self.at += 1
                self.end_command(command, pipeline, first)
                self.level -= 1
                return
            elif char in " \t\r\f\v":
                self.at += 1
                self.end_word(command)
            elif self.peek("\\\n"):
                self.at += 2
            elif char == "#" and not command.word.begun:
                self.comment()
            else:
                self.part(command)
            if closing and command.words and command.words[0].text == "case":
                raise UnclearError(first)  # its patterns close brackets that nobody opened
        self.end_command(command, pipeline, first)
        if closing:
            raise UnclearError(first)
        self.bodies()
        self.level -= 1

    def separator(
        self, char: str, command: Command, pipeline: list[Command], first: int
    ) -> Command:
        """End a command, and its pipeline unless a `|` goes on with it. The next command."""
        is_pipe = char == "|" and not self.peek("||")
        goes_on = is_pipe or (char == "\n" and not command.words and not command.word.begun)
        self.at += 2 if is_pipe and self.peek("|&") else 1
        self.end_command(command, pipeline, first)
        if is_pipe:
            pipeline.append(command)
        elif not goes_on:
            pipeline.clear()
        if char == "\n":
            self.bodies()
        if self.level == 1 and not pipeline:
            self.unfinished = self.number
        return Command(self.number)

    def part(self, command: Command) -> None:
        """One piece of a word, or a redirection."""
        char = self.text[self.at]
        word = command.word
        if char in "<>":
            self.redirection(command)
            return
        if char == "(":
            self.bracket(command)
            return
        at_start = command.at_start
        word.begun = True
        match char:
            case "\0":
                # A value may not choose which command is run.
                word.ids.append(self.mark(TYPED if at_start else "bare"))
                word.text += MARK
            case "\\":
                self.escaped(word)
            case "'":
                self.single(word)
            case '"':
                self.at += 1
                self.double(word)
            case "`":
                self.ticks(word, quoted=False)
            case "$":
                self.dollar(word, quoted=False)
            case "\1":
                self.at += 1
                word.expanded(quoted=False)
            case _:
                found = _PLAIN.match(self.text, self.at)
                end = found.end() if found else self.at + 1
                word.text += self.text[self.at : end]
                self.at = end

    def end_word(self, command: Command) -> None:
        if "&" in command.target and command.word.begun:
            for number in command.word.ids:  # bash expands what follows ">&" twice
                self.found[number] = (TYPED,)
        command.end_word()

    def end_command(self, command: Command, pipeline: list[Command], first: int) -> None:
        self.end_word(command)
        if pipeline and command.compound:
            self.into_loops.append((pipeline[0].first, command.first))
        if not command.words:
            return
        if runs_text(command.words):
            self.end_shell(command, pipeline, first)
        own = [number for word in command.words for number in word.ids]
        script = script_of(command.words)
        if script is not None and not script.whole:
            for number in own:
                self.found[number] = (TYPED,)
        elif script is not None and script.ids:
            inner = self.read_again(script.text, len(script.ids))
            for number, kinds in zip(script.ids, inner, strict=True):
                self.found[number] = _nested(self.found[number], kinds)
        elif holds_program(command.words):
            for number in own:
                self.found[number] = _nested(self.found[number], (ONLY_PLAIN,))

    def end_shell(self, command: Command, pipeline: list[Command], first: int) -> None:
        """What a shell reads through a pipe or out of an expansion has been through other hands."""
        if pipeline:
            compound = pipeline[-1].ends_compound
            self.type_range(first if compound else pipeline[0].first, command.first)
        if pipeline or self.into_loops:
            for heredoc in self.heredocs:
                heredoc.command.feeds_shell |= heredoc.command is not command
        for start, stop in self.into_loops:
            self.type_range(start, stop)
        self.into_loops.clear()
        own = {number for word in command.words for number in word.ids} | set(command.kept)
        for number in range(command.first, self.number):
            if number not in own:
                self.found[number] = (TYPED,)

    # Brackets, comments, redirections --------------------------------------------------

    def bracket(self, command: Command) -> None:
        if self.peek("((") and command.at_start:
            self.skip_typed(self.arithmetic())
        else:
            self.at += 1
            self.commands(")")
        command.compound |= command.at_start
        command.word.begun = True
        command.word.expanded(quoted=False)

    def comment(self) -> None:
        """A comment is quoted like a word: zsh, as people type into it, knows no comments."""
        end = self.text.find("\n", self.at)
        end = len(self.text) if end < 0 else end
        if re.search(r"[\\'\"`$|]", self.text[self.at : end]):
            self.skip_typed(end)
            return
        while self.at < end:
            if self.peek(MARK):
                self.mark("bare")
            else:
                self.at += 1

    def redirection(self, command: Command) -> None:
        self.end_word(command)
        heredoc = None if self.peek("<<<") else _HEREDOC.match(self.text, self.at)
        if heredoc is not None:
            written = heredoc[2]
            end = re.sub(r"\\(.)|['\"]", r"\1", written)
            self.heredocs.append(Heredoc(end, end != written, bool(heredoc[1]), command))
            self.at = heredoc.end()
            return
        start = self.at
        while self.text[self.at : self.at + 1] in ("<", ">", "&", "|"):
            self.at += 1
        if self.peek("\\\n"):
            raise UnclearError(command.first)  # the sign may go on on the next line
        if self.peek("("):
            self.at += 1
            self.commands(")")
        else:
            command.target = self.text[start : self.at]

    # Here-documents ------------------------------------------------------------------

    def bodies(self) -> None:
        waiting, self.heredocs = self.heredocs, []
        for heredoc in waiting:
            first = self.number
            start = self.at
            stop = heredoc.stop(self.text, start)
            if stop is None:
                raise UnclearError(first)
            end, self.at = stop
            for kinds in self.contexts_in(self.text[start:end], heredoc):
                self.found[self.number] = kinds
                self.number += 1

    def contexts_in(self, text: str, heredoc: Heredoc) -> list[Kinds]:
        count = text.count(MARK)
        if not count:
            return []
        read_as = "unknown" if heredoc.command.feeds_shell else input_of(heredoc.command.words)
        outer, word = self.outer_contexts(text, count, quoted=heredoc.quoted)
        inner: Sequence[Kinds] = [()] * count
        if read_as == "unknown" or (read_as == "script" and word is None):
            inner = [(TYPED,)] * count
        elif read_as == "program":
            inner = [(ONLY_PLAIN,)] * count
        elif read_as == "script" and word is not None:
            again = dict(zip(word.ids, self.read_again(word.text, len(word.ids)), strict=True))
            inner = [again.get(number, (TYPED,)) for number in range(count)]
        ends = set(heredoc.could_end(text))
        return [
            (TYPED,) if number in ends else _nested(outer[number], inner[number])
            for number in range(count)
        ]

    def outer_contexts(
        self, text: str, count: int, *, quoted: bool
    ) -> tuple[list[Kinds], Word | None]:
        """What the shell itself does to a here-document's text, and the text after that, if it is known."""
        if quoted:
            return [("raw",)] * count, Word(text, list(range(count)))
        reader, word = _Reader(text, self.depth + 1), Word()
        known: Word | None = word
        try:
            reader.double(word, kind="heredoc")
        except UnclearError as unclear:
            reader.type_range(unclear.first, count)
            known = None
        return [reader.found.get(number, (TYPED,)) for number in range(count)], known
