"""What readers see beside each step of the drawn page: a way to report it, and what is known to be wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from django.template.loader import render_to_string
from django.urls import reverse

from runbooks.drawing.commands import draw_command
from runbooks.models import Report

#: `drawing.steps` begins and ends each step with these; an author's text cannot hold them (nh3).
_FOOTER = re.compile(r'<footer data-step="(\w+)"></footer>')
_STEP = '<li class="step" id="step-{}"'
_NUMBER = re.compile(r'<a class="num" id="(\w+)" href="#step-(\w+)">')
_NEEDS = '<p class="needs">'
_COMMAND = '<figure class="command"'
_SOME_KEY, _SOME_LABEL = "0key0", "0label0"
#: The page's own commands are numbered from 1: their inputs and these must not share an id.
_FIRST_NUMBER = 9_000


def beside_steps(steps_html: str, *, slug: str, reports: Sequence[Report]) -> str:
    """`steps_html` with four buttons in each step's footer, and above its commands what is reported of it.

    A step that is reported wrong says so in `data-reported` (static/js/copy.js asks before it copies), and
    has the command that was suggested above its own.
    """
    by_key: dict[str, list[Report]] = {}
    for report in reports:
        by_key.setdefault(report.key, []).append(report)
    labels = {key: label for label, key in _NUMBER.findall(steps_html)}
    address = reverse("runbooks:report", args=[slug, _SOME_KEY])
    told = {"address": address, "label": _SOME_LABEL}
    form = render_to_string("runbooks/_tell.html", told).strip()

    def footer(found: re.Match[str]) -> str:
        key = str(found[1])
        mine = form.replace(_SOME_KEY, quote(key)).replace(_SOME_LABEL, labels.get(key, key))
        return f'<footer data-step="{key}">{mine}</footer>'

    return _FOOTER.sub(footer, _with_known(steps_html, slug, by_key, labels))


def _with_known(
    html: str, slug: str, by_key: Mapping[str, Sequence[Report]], labels: Mapping[str, str]
) -> str:
    for number, (key, known) in enumerate(by_key.items()):
        opening = _STEP.format(key)
        start = html.find(opening)
        if start < 0:
            continue
        end = html.find(f'<footer data-step="{key}"></footer>', start)
        step = html[start:end]
        wrong = [report for report in known if report.verdict == Report.Verdict.WRONG]
        if wrong:
            step = step.replace(opening, f'{opening} data-reported="wrong"', 1)
        suggested = next((report for report in wrong if report.command), None)
        if suggested is not None:
            step = _with_suggested(step, suggested, _FIRST_NUMBER + number)
        context = {"reports": known, "slug": slug, "suggested": suggested}
        band = render_to_string("runbooks/_known.html", context)
        step = step.replace(_NEEDS, band + _NEEDS, 1)
        if wrong:
            asked = {
                "reports": wrong,
                "suggested": suggested,
                "key": key,
                "label": labels.get(key, key),
            }
            step += render_to_string("runbooks/_ask_first.html", asked)
        html = html[:start] + step + html[end:]
    return html


def _with_suggested(step: str, report: Report, number: int) -> str:
    at = step.find(_COMMAND)
    command = draw_command(report.command, "sh", number)
    context = {"report": report, "command": command, "beside": at >= 0}
    drawn = render_to_string("runbooks/_suggested.html", context)
    return step[:at] + drawn + step[at:] if at >= 0 else step + drawn
