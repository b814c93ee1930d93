"""What readers see beside each step of the drawn page: a way to report it, and what is known to be wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from django.template.loader import render_to_string
from django.urls import reverse

from runbooks.models import Report

#: `drawing.steps` ends each step with it; an author's text cannot hold it (nh3 passes no data-*).
_FOOTER = re.compile(r'<footer data-step="(\w+)"></footer>')
_NEEDS = '<p class="needs">'
_SOME_KEY = "0key0"


def beside_steps(steps_html: str, *, slug: str, reports: Sequence[Report]) -> str:
    """`steps_html` with a link in each step's footer, and the open reports of a step above its commands."""
    by_key: dict[str, list[Report]] = {}
    for report in reports:
        by_key.setdefault(report.key, []).append(report)
    address = reverse("runbooks:report", args=[slug, _SOME_KEY])
    link = render_to_string("runbooks/_report_link.html", {"address": address})

    def footer(found: re.Match[str]) -> str:
        return link.replace(_SOME_KEY, quote(found[1]))

    return _with_known(_FOOTER.sub(footer, steps_html), by_key)


def _with_known(html: str, by_key: Mapping[str, Sequence[Report]]) -> str:
    for key, known in by_key.items():
        step = html.find(f'<li class="step" id="step-{key}"')
        needs = html.find(_NEEDS, step) if step >= 0 else -1
        if needs < 0:
            continue
        band = render_to_string("runbooks/_known.html", {"reports": known})
        html = html[:needs] + band + html[needs:]
    return html
