"""A reported step, mended: where it stands in the edited text, and the suggested command put into it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from runbooks import document
from runbooks.models import Report, Runbook, Step

_FENCE = re.compile(r"(?P<before>[ \t]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)?)(?P<marks>`{3,}|~{3,})")


class NotMended(ValueError):  # noqa: N818 -- said in the product's words
    """The command cannot be put there by a program. The message is a sentence."""


@dataclass(frozen=True, slots=True)
class Mending:
    """A report that the editor was opened for. `line` is its step's first, None where the step is gone."""

    report: Report
    label: str
    line: int | None


def mending(runbook: Runbook, text: str, *, report: int) -> Mending | None:
    """None when there is no such open report of this runbook."""
    found = Report.objects.open().filter(runbook=runbook, pk=report).select_related("by").first()
    if found is None:
        return None
    try:
        step = _step(runbook, found, document.parse(text))
    except document.DocumentError:
        step = None
    return Mending(found, step.label if step else found.label, step.line if step else None)


def with_suggested(runbook: Runbook, text: str, report: Report) -> str:
    """The text with the report's command in place of the first one of its step; no other byte changes.

    Raises NotMended, or document.DocumentError for a text that cannot be read.
    """
    step = _step(runbook, report, document.parse(text))
    if step is None or not step.commands:
        raise NotMended(f"{report.label} has no command here: put the suggested one in by hand.")
    lines = text.split("\n")
    first = step.commands[0].line - 1
    opening = _FENCE.match(lines[first])
    command = report.command.replace("\r\n", "\n").strip("\n")
    if opening is None or opening["marks"] in command:
        raise NotMended("This command cannot be put in by a click: put it in by hand.")
    closing = re.compile(rf"\s*{re.escape(opening['marks'][0])}{{{len(opening['marks'])},}}\s*")
    last = next((n for n in range(first + 1, len(lines)) if closing.fullmatch(lines[n])), None)
    if last is None:
        raise NotMended("The code block of that step is never closed: close it first.")
    indent = " " * len(opening["before"].expandtabs(4))
    end = "\r" if lines[first].endswith("\r") else ""
    lines[first + 1 : last] = [f"{indent}{line}{end}" for line in command.split("\n")]
    return "\n".join(lines)


def _step(runbook: Runbook, report: Report, parsed: document.Document) -> document.Step | None:
    """The step that was reported: the one that reads as the live one does, else the one with its label."""
    live = Step.objects.filter(revision=runbook.live_revision_id, key=report.key).first()
    if live is None:
        return None
    same = [step for step in parsed.steps if step.text == live.text]
    labelled = [step for step in parsed.steps if step.label == live.label]
    return next(iter([*same, *labelled]), None)
