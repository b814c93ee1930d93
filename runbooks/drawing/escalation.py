"""Whom to call, when, and what to say. Pure."""

from __future__ import annotations

import re
from html import escape

from runbooks.document import Document, EscalationStep
from runbooks.drawing.markup import Markup


def draw_escalation(markup: Markup, document: Document) -> str:
    """The front matter's steps as a list, then the text of Escalation; empty without either."""
    steps = "".join(_step(markup, step) for step in document.meta.escalation)
    out = [f"<ol>{steps}</ol>"] if steps else []
    for section in document.sections:
        if section.name != "escalation":
            continue
        if section.heading.strip().lower() != "escalation":
            out.append(f"<h3>{markup.line(section.heading)}</h3>")
        out.append(f'<div class="prose">{callable_html(markup.blocks(section.markdown))}</div>')
    return "".join(out)


def _step(markup: Markup, step: EscalationStep) -> str:
    after = f"<b>{escape(step.after)}</b>" if step.after else "<b>At once</b>"
    how = f"<span>{callable_html(markup.line(step.how))}</span>" if step.how else ""
    return f"<li>{after}<div><strong>{callable_html(escape(step.to))}</strong>{how}</div></li>"


#: With its country or in groups; years, ports and amounts are not dialled. All of its digits or none,
#: whatever sentence or line of the source it ends: half a number is somebody else's telephone.
_NUMBER = re.compile(
    r"(?<![\w./:@#=+-])(?:\+\d(?:[\n ()./-]{0,2}\d){6,16}|0\d(?:[\n ()/-]{0,2}\d){6,14})"
    r"(?![\n ()./-]{0,2}\d|[.:@-]?\w)"
)
_PART = re.compile(r"(<a\b.*?</a>|<code\b.*?</code>|<[^>]*>)", re.DOTALL)


def callable_html(html: str) -> str:
    """Drawn HTML with the telephone numbers of its words as links that a phone dials."""
    parts = _PART.split(html)
    return "".join(p if p.startswith("<") else _NUMBER.sub(_dialled, p) for p in parts)


def _dialled(found: re.Match[str]) -> str:
    digits = re.sub(r"[^\d+]", "", found[0].replace("(0)", ""))
    return f'<a href="tel:{digits}">{found[0]}</a>'
