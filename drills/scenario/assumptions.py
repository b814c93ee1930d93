"""What a runbook takes for granted: access, tools, knowledge, order, an "if" without its "else". Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from drills.scenario.shapes import Assumption
from drills.scenario.source import Source, StepFacts, program_of
from runbooks import checks, document
from runbooks.format.placeholders import variable_names

_SHELL = re.compile(r"\$\{?([A-Z][A-Z0-9_]{2,})\}?|<([a-z][a-z0-9 _-]{2,40})>")
_SET = re.compile(r"\b([A-Z][A-Z0-9_]{2,})=")
_ORDER = re.compile(
    r"\b(?:after (?:that|this|the)|once|then|again|the (?:previous|above|first) (?:step|command))\b",
    re.IGNORECASE,
)
_KNOW = re.compile(
    r"\b((?:too|very|abnormally|unusually)"
    r" (?:high|low|slow|long|large|small)|healthy|normal|expected|properly"
    r"|correctly|reasonable|sufficient|enough|appropriate|as usual|if applicable|if needed|if possible)\b",
    re.IGNORECASE,
)
#: Of the checker's findings, those that are something unsaid, and how a drill puts it.
_SAID = {
    "condition-without-else": "It does not say what to do when the condition does not hold",
    "vague-step": "It does not say what to run or what to look at",
    "placeholder": "It does not say what to fill in",
}
MOST = 14


def assumptions_of(source: Source) -> list[Assumption]:
    """The most telling first; at most `MOST`, and no step with more than two."""
    found: dict[tuple[str | None, str], Assumption] = {}
    for made in (*_of_steps(source), *_of_the_whole(source)):
        found.setdefault((made.step, made.text[:60]), made)
    kept: list[Assumption] = []
    for one in found.values():
        if one.step is None or sum(other.step == one.step for other in kept) < 2:
            kept.append(one)
    return kept[:MOST]


def _of_the_whole(source: Source) -> Iterator[Assumption]:
    if not source.escalation and not source.escalation_words:
        yield Assumption(
            text="It names nobody to call when its steps do not help, and no time after which.",
            step=None,
        )
    if not source.impact:
        yield Assumption(
            text="It does not say who notices, so nobody knows what to tell customers.", step=None
        )
    if not any(step.section != "diagnosis" for step in source.steps):
        yield Assumption(
            text="It says how to look, and not what to do about what is found.", step=None
        )
    elif not any(step.section == "diagnosis" for step in source.steps):
        yield Assumption(
            text="It says what to do without a look first that confirms that this is the trouble.",
            step=None,
        )


def _of_steps(source: Source) -> Iterator[Assumption]:
    checked = list(_checked(source))
    for step in source.steps:
        yield from (made for made in checked if made.step == step.label)
        yield from _access(step, source)
        yield from _values(step)
        yield from _meaning(step)
        if (
            step.undo == ""
            and step.tier in ("change", "destructive")
            and step.section != "diagnosis"
        ):
            yield Assumption(
                text="It does not say how to take this back if it makes things worse.",
                step=step.label,
            )
        if step is not source.steps[0] and _ORDER.search(step.title):
            yield Assumption(
                text=f"It counts on the steps before it: “{_short(step.title)}”.", step=step.label
            )


def _checked(source: Source) -> Iterator[Assumption]:
    parsed = document.parse(source.text, fallback_title=source.title)
    for finding in checks.check(parsed, imported=True, facts=checks.Facts()):
        said = _SAID.get(finding.code)
        if said is None or finding.line is None:
            continue
        step = next((s for s in source.steps if s.line <= finding.line <= s.line_end), None)
        if step is None:
            continue
        about = f": “{_short(finding.about)}”" if finding.about else ""
        yield Assumption(text=f"{said}{about}.", step=step.label)


def _access(step: StepFacts, source: Source) -> Iterator[Assumption]:
    unsaid = [name for name in step.access if not source.access.get(name)]
    if unsaid:
        yield Assumption(
            text=f"It needs {' and '.join(unsaid)} and does not say how one gets it.",
            step=step.label,
        )
    elif step.commands and not step.access:
        program = next(filter(None, (program_of(command) for _, command in step.commands)), "")
        if program in (
            "kubectl",
            "oc",
            "psql",
            "mysql",
            "ssh",
            "sudo",
            "aws",
            "gcloud",
            "az",
            "etcdctl",
            "redis-cli",
        ):
            yield Assumption(
                text=f"It takes for granted that whoever is on call may use {program} there, and from where.",
                step=step.label,
            )


def _values(step: StepFacts) -> Iterator[Assumption]:
    text = "\n".join(command for _, command in step.commands)
    given = set(_SET.findall(text))
    names = [m[1] or m[2] for m in _SHELL.finditer(text) if (m[1] or m[2]) not in given]
    names += [
        name
        for name in variable_names(text)
        if name not in ("cluster", "namespace", "instance", "pod", "job")
    ]
    if names:
        listed = ", ".join(dict.fromkeys(names))
        yield Assumption(
            text=f"It does not say where one gets {listed[:120]} from.", step=step.label
        )


def _meaning(step: StepFacts) -> Iterator[Assumption]:
    vague = _KNOW.search(step.text)
    if vague and not step.expect:
        yield Assumption(
            text=f"It takes for granted that one knows what “{vague[1].casefold()}” is here.",
            step=step.label,
        )
    elif step.observes and step.commands and not step.expect:
        yield Assumption(
            text="It does not say what its output looks like when all is well.", step=step.label
        )
    elif step.observes and not step.commands and not step.links and not step.expect:
        yield Assumption(
            text=f"It does not say how one looks: “{_short(step.title)}”.", step=step.label
        )


def _short(text: str) -> str:
    return text if len(text) <= 90 else text[:87].rsplit(" ", 1)[0] + " …"


def texts(assumptions: Iterable[Assumption]) -> list[dict[str, str | None]]:
    return [{"text": one.text, "step": one.step} for one in assumptions]
