"""The pieces of a word, as a shell reads them: quotes, escapes, expansions. Pure."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod

from runbooks.quoting.words import EXPANSION, MARK, Word

TYPED = "typed"
DEEPEST = 12

_IN_DOUBLE = re.compile(r"[^\0\1\\\"`$]+")
_ARITHMETIC = re.compile(r"\(\(([^()'\"`\\;]*)\)\)")
_IN_BRACES = re.compile(r"[{}'\"`\\]")


class UnclearError(Exception):
    """The text cannot be followed from variable number `first` on."""

    def __init__(self, first: int) -> None:
        super().__init__(first)
        self.first = first


class Pieces(ABC):
    """Reads one shell text from left to right; `found` maps the number of a variable to its context."""

    def __init__(self, text: str, depth: int) -> None:
        self.text = text
        self.depth = depth
        self.at = 0
        self.number = 0
        self.found: dict[int, tuple[str, ...]] = {}

    @abstractmethod
    def commands(self, closing: str) -> None:
        """Read commands up to `closing` (")", or "" for the end of the text), and step over it."""

    @abstractmethod
    def read_again(self, text: str, count: int) -> list[tuple[str, ...]]:
        """The contexts of the `count` variables of a text that is a shell's whole input."""

    def peek(self, text: str) -> bool:
        return self.text.startswith(text, self.at)

    def mark(self, *kinds: str) -> int:
        """Step over a variable and say what stands around it."""
        number = self.number
        before, after = (
            self.text[max(0, self.at - 1) : self.at],
            self.text[self.at + 1 : self.at + 2],
        )
        if before == "$" or (kinds == ("bare",) and after and after in "<>"):
            kinds = (TYPED,)  # "$" + value would be an expansion; "2" + ">" another descriptor
        self.found[number] = kinds
        self.number += 1
        self.at += 1
        return number

    def skip_typed(self, end: int) -> None:
        """Step over text in which nothing may be filled in."""
        for _ in range(self.text.count(MARK, self.at, end)):
            self.found[self.number] = (TYPED,)
            self.number += 1
        self.at = end

    def escaped(self, word: Word) -> None:
        self.at += 1
        if self.at < len(self.text) and self.text[self.at] == MARK:
            word.ids.append(self.mark(TYPED))  # the backslash would take our first quote
            word.text += MARK
            return
        if not self.peek("\n"):
            word.text += self.text[self.at : self.at + 1]
        self.at += 1

    def single(self, word: Word) -> None:
        self.at += 1
        end = self.text.find("'", self.at)
        if end < 0:
            raise UnclearError(self.number)
        piece = self.text[self.at : end]
        word.text += piece
        for _ in range(piece.count(MARK)):
            word.ids.append(self.number)
            self.found[self.number] = ("single",)
            self.number += 1
        self.at = end + 1

    def double(self, word: Word, kind: str = "double") -> None:
        """From after an opening quote to after the closing one; a here-document's body up to its end."""
        first = self.number
        quote = '"' if kind == "double" else ""
        special = ("\\", "$", "`", "\n", MARK, quote or "\\")
        while self.at < len(self.text):
            char = self.text[self.at]
            if char == quote:
                self.at += 1
                return
            if char == MARK:
                word.ids.append(self.mark(kind))
                word.text += MARK
            elif char == "\\":
                if self.text[self.at + 1 : self.at + 2] not in special:
                    word.text += char
                self.escaped(word)
            elif char == "`":
                self.ticks(word, quoted=True)
            elif char == "$":
                self.dollar(word, quoted=True)
            elif char == EXPANSION:
                self.at += 1
                word.expanded(quoted=True)
            else:
                found = _IN_DOUBLE.match(self.text, self.at)
                end = found.end() if found else self.at + 1
                word.text += self.text[self.at : end]
                self.at = end
        if quote:
            raise UnclearError(first)

    def ticks(self, word: Word, *, quoted: bool) -> None:
        """`…`: the shell takes a layer of backslashes off before it reads what is inside."""
        first = self.number
        self.at += 1
        lifted = ("\\", "`", "$", MARK, '"') if quoted else ("\\", "`", "$", MARK)
        inside: list[str] = []
        while True:
            char = self.text[self.at : self.at + 1]
            if not char:
                raise UnclearError(first)
            self.at += 1
            if char == "`":
                break
            if char == "\\" and self.text[self.at : self.at + 1] in lifted:
                if self.peek(MARK):
                    raise UnclearError(first)
                char = self.text[self.at]
                self.at += 1
            inside.append(char)
        text = "".join(inside)
        for kinds in self.read_again(text, text.count(MARK)):
            self.found[self.number] = (TYPED,) if TYPED in kinds else ("ticks", *kinds)
            self.number += 1
        word.expanded(quoted=quoted)

    def dollar(self, word: Word, *, quoted: bool) -> None:
        first = self.number
        if self.peek("$(("):
            self.at += 1
            self.skip_typed(self.arithmetic())
        elif self.peek("$("):
            self.at += 2
            self.commands(")")
        elif self.peek("${"):
            self.at += 2
            self.skip_typed(self.braces(first))
        elif self.peek("$[") or self.peek("$\\\n") or (not quoted and self.peek("$'")):
            raise UnclearError(first)
        else:
            self.at += 1
            if self.peek('"') and not quoted:
                return
            if self.text[self.at : self.at + 1] in tuple("#?!*@-$0123456789"):
                self.at += 1
        word.expanded(quoted=quoted)

    def arithmetic(self) -> int:
        """Where `((…))` ends; with brackets or quotes in it, it may be something else."""
        found = _ARITHMETIC.match(self.text, self.at)
        if found is None:
            raise UnclearError(self.number)
        return found.end()

    def braces(self, first: int) -> int:
        depth = 1
        for found in _IN_BRACES.finditer(self.text, self.at):
            if found[0] not in "{}":
                break  # quotes in an expansion have rules of their own
            depth += 1 if found[0] == "{" else -1
            if not depth:
                return found.end()
        raise UnclearError(first)
