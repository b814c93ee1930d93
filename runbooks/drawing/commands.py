"""A command as the page shows it: lines, flags, variables, and a button to copy it. Pure."""

from __future__ import annotations

import re
from html import escape

from runbooks.document import VARIABLE, variable_names
from runbooks.drawing.transcripts import read_lines, typed_text
from runbooks.variables import (
    BUTTON_OPEN,
    CAPTION,
    FIGURE_OPEN,
    SHELL_LANGUAGES,
    contexts,
    placeholder,
)

_FLAG = r"(?<!\S)--?[A-Za-z][\w.-]*(?:=[^\s\"'`{}$]*)?"
_SHELL_PIECE = re.compile(f"(?P<variable>{VARIABLE.pattern})|(?P<flag>{_FLAG})")
_PIECE = re.compile(f"(?P<variable>{VARIABLE.pattern})")


def icon(name: str) -> str:
    """One of the page's own drawings, from its sprite."""
    use = f'<use href="#i-{name}"/>'
    return f'<svg class="i" viewBox="0 0 16 16" aria-hidden="true">{use}</svg>'


_COPY = f"{icon('copy')}Copy</button></figure>"
_COPY_RUN = (
    '<button type="button" class="plain" data-copy aria-label="Copy command" title="Copy command">'
    f"{icon('copy')}</button>"
)


def draw_command(text: str, language: str, number: int) -> str:
    """A code block. `number` is unique on the page; its inputs for missing values are named after it."""
    text = text.rstrip("\n")
    if not text.strip():
        return ""
    code = f"<pre><code>{_draw_lines(text, language)}</code></pre>"
    if not variable_names(text):
        return f'<figure class="command">{code}<button type="button" data-copy>{_COPY}'
    return f"{FIGURE_OPEN}{code}{CAPTION.format(number=number)}{BUTTON_OPEN}{_COPY}"


def draw_run(text: str, language: str = "") -> str:
    """A command within a sentence, with a small button that copies it."""
    return f'<span class="run"><code>{draw_code(text, language)}</code>{_COPY_RUN}</span>'


def draw_inline_code(text: str) -> str:
    """Code in a line of text, its variables marked: what stands there may be a command, too."""
    alone = VARIABLE.fullmatch(text.strip())
    # A value that stands alone names something: "in the namespace `{{ namespace }}`".
    code = placeholder(alone[1], "bare") if alone else draw_code(text, "")
    return f"<code>{code}</code>"


def draw_code(text: str, language: str) -> str:
    """The code with its variables and flags marked; a prompt before it is not copied."""
    return "\n".join(html for html, _ in _drawn_lines(text, language))


def _draw_lines(text: str, language: str) -> str:
    """Each line in a span; what a machine answered in a transcript is neither copied nor lost."""
    lines = _drawn_lines(text, language)
    return (
        "\n</span>".join(
            f"<span>{html}" if typed else f'<span class="output">{html}' for html, typed in lines
        )
        + "</span>"
    )


def _drawn_lines(text: str, language: str) -> list[tuple[str, bool]]:
    """Each line's HTML, and whether it is typed."""
    read = read_lines(text, language)
    if not read:
        return [(line, True) for line in _draw_pieces(text, language).split("\n")]
    lines = text.split("\n")
    # Quotes are counted through what a shell gets to see, not through prompts and answers.
    typed = iter(_draw_pieces(typed_text(text, language), language).split("\n"))
    return [
        (_draw_prompt(how.prompt) + next(typed), True)
        if how.typed
        else (escape(line, quote=False), False)
        for line, how in zip(lines, read, strict=True)
    ]


def _draw_prompt(prompt: str) -> str:
    return f'<span class="prompt">{escape(prompt, quote=False)}</span>' if prompt else ""


def _draw_pieces(text: str, language: str) -> str:
    is_shell = language in SHELL_LANGUAGES
    kinds = iter(contexts(text, language) if variable_names(text) else ())
    out: list[str] = []
    at = 0
    for piece in (_SHELL_PIECE if is_shell else _PIECE).finditer(text):
        out.append(escape(text[at : piece.start()], quote=False))
        at = piece.end()
        if piece["variable"]:
            out.append(placeholder(piece["variable"].strip("{} \t"), next(kinds)))
        else:
            out.append(f"<span>{escape(piece[0], quote=False)}</span>")
    out.append(escape(text[at:], quote=False))
    return "".join(out)
