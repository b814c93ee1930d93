"""What a runbook takes for granted: access, tools, knowledge, order, an "if" without its "else". Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from drills.scenario.shapes import Assumption
from drills.scenario.source import Source, StepFacts
from drills.scenario.unsaid import GUARDED, blanks, vague_word
from drills.scenario.wording import cut, is_order, listed, program
from runbooks import checks, document

_ORDER = re.compile(
    r"\b(?:after (?:that|this|the)|once|then|again|the (?:previous|above|first) (?:step|command))\b",
    re.IGNORECASE,
)
#: Of the checker's findings, those that are something unsaid, and how a drill puts it.
_SAID = {
    "condition-without-else": "It does not say what to do when the condition does not hold",
    "vague-step": "It does not say what to run or what to look at",
    "placeholder": "It does not say what to fill in",
}
MOST = 14
_MOST_STEPS = 300
_ONLY_A_LINK = 90
_WAITS = re.compile(r"\bwait\b", re.IGNORECASE)
#: Blanks that the alert itself fills in.
_FROM_THE_ALERT = frozenset({"cluster", "namespace", "instance", "pod", "job"})
#: What is not on every machine.
_EXTRA = (
    "jq",
    "yq",
    "amtool",
    "promtool",
    "etcdctl",
    "pgbench",
    "nvidia-smi",
    "istioctl",
    "virtctl",
    "velero",
    "cmctl",
    "logcli",
)


def assumptions_of(source: Source) -> list[Assumption]:
    """The most telling first; at most `MOST`, no step with more than two, what holds for many once."""
    groups: dict[tuple[str, str], list[str]] = {}
    for said in _of_steps(source):
        labels = groups.setdefault((said.text, said.more), [])
        if said.step not in labels:
            labels.append(said.step)
    found = [
        Assumption(
            text=text if len(labels) == 1 else f"{text[:-1]}{more} {listed(labels[1:], 5)}.",
            step=labels[0],
        )
        for (text, more), labels in groups.items()
    ]
    kept: list[Assumption] = []
    for one in found:
        if sum(other.step == one.step for other in kept) < 2:
            kept.append(one)
    whole = list(_of_the_whole(source))
    return [*kept[: MOST - len(whole)], *whole]


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


@dataclass(frozen=True, slots=True)
class _Said:
    """Something unsaid at a step. `more` joins the further steps of which the same holds."""

    step: str
    text: str
    more: str = "; the same holds for"


def _of_steps(source: Source) -> Iterator[_Said]:
    parsed = document.parse(source.text, fallback_title=source.title)
    findings = [f for f in checks.check(parsed, imported=True, facts=checks.Facts()) if f.line]
    for step in source.steps[:_MOST_STEPS]:
        for finding in findings:
            if step.line <= (finding.line or 0) <= step.line_end:
                yield from _of_finding(finding.code, finding.about, step)
        yield from _doing(step)
        yield from _values(step)
        yield from _access(step, source)
        yield from _meaning(step)
        if step is not source.steps[0] and _ORDER.search(step.title):
            yield _Said(
                step.label,
                f"It counts on the step before it having worked: “{_short(step.title)}”.",
            )


def _of_finding(code: str, about: str, step: StepFacts) -> Iterator[_Said]:
    said = _SAID.get(code)
    if said is None or (code == "vague-step" and not step.commands):
        return  # a vague step is said by `_meaning`, in its own words
    words = f": “{_short(about)}”" if about else ""
    yield _Said(step.label, f"{said}{words}.")


def _access(step: StepFacts, source: Source) -> Iterator[_Said]:
    unsaid = [name for name in step.access if not source.access.get(name)]
    if unsaid:
        yield _Said(
            step.label, f"It needs {' and '.join(unsaid)} and does not say how one gets it."
        )
    elif step.commands and not step.access:
        tool = program(step)
        if tool in GUARDED:
            yield _Said(
                step.label,
                (
                    f"It takes for granted that whoever is on call may use {tool} there,"
                    " and knows from which machine."
                ),
            )
    code = "\n".join(text for _, text in step.commands)
    extra = next(
        (tool for tool in _EXTRA if re.search(rf"(?:^|[|;&]\s*){tool}\b", code, re.MULTILINE)), ""
    )
    if extra:
        yield _Said(
            step.label, f"It takes for granted that {extra} is installed where one runs it."
        )


def _values(step: StepFacts) -> Iterator[_Said]:
    names = [name for name in blanks(step) if name not in _FROM_THE_ALERT]
    if names:
        yield _Said(
            step.label,
            f"It does not say where one gets {listed(names, 3)} from.",
        )


def _meaning(step: StepFacts) -> Iterator[_Said]:
    vague = vague_word(step.text)
    if vague and not step.expect:
        yield _Said(step.label, f"It takes for granted that one knows what “{vague}” is here.")
    elif step.looks and step.commands and not step.expect:
        yield _Said(step.label, "It does not say what its output looks like when all is well.")
    elif step.looks and not step.commands and not step.links and not step.expect:
        yield _Said(step.label, f"It does not say how one looks: “{_short(step.title)}”.")
    elif step.links and not step.commands and len(step.text) < _ONLY_A_LINK:
        yield _Said(step.label, "It is a link: what is behind it has to be reachable in an outage.")
    if _WAITS.search(step.text) and not re.search(r"\d", step.text):
        yield _Said(step.label, "It says to wait, and not for how long.")


def _doing(step: StepFacts) -> Iterator[_Said]:
    if step.looks or step.section == "diagnosis" or not is_order(step):
        return
    if step.tier == "destructive":
        yield _Said(step.label, "It destroys something and does not say who may decide on it.")
    if not step.undo:
        yield _Said(step.label, "It does not say how to take this back if it makes things worse.")


def _short(text: str) -> str:
    return cut(text, 90)


def texts(assumptions: Iterable[Assumption]) -> list[dict[str, str | None]]:
    return [{"text": one.text, "step": one.step} for one in assumptions]
