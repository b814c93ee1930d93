"""The drilled revision's steps one by one, as the runbook's page draws them, for the pages of a drill."""

from __future__ import annotations

import re
from dataclasses import dataclass

from runbooks.models import Revision
from runbooks.variables import fill

#: As drawing.steps writes each; an author's text cannot hold the footer's attribute (nh3).
_STEP = re.compile(
    r'<li class="step" id="step-(?P<key>\w+)".*?<footer data-step="(?P=key)"></footer></li>',
    re.DOTALL,
)
_FOOTER = re.compile(r'<footer data-step="\w+"></footer>')


@dataclass(frozen=True, slots=True)
class Box:
    label: str
    key: str
    title: str
    html: str


def boxes(revision: Revision) -> list[Box]:
    """One query for the steps, one for what is drawn of them."""
    drawn = {
        found["key"]: _FOOTER.sub("", found[0])
        for found in _STEP.finditer(fill(revision.rendering.steps_html, {}).html)
    }
    return [
        Box(step.label, step.key, step.title, drawn.get(step.key, ""))
        for step in revision.steps.all()
    ]


def whole(revision: Revision) -> dict[str, str]:
    """The runbook in reading mode, in the pieces that its page has."""
    rendering = revision.rendering
    return {
        "title": revision.title,
        "steps": _FOOTER.sub("", fill(rendering.steps_html, {}).html),
        "background": fill(rendering.background_html, {}).html,
        "escalation": rendering.escalation_html,
    }
