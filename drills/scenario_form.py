"""What somebody types to edit a scenario: read, and kept as it was typed where it cannot be used."""

from __future__ import annotations

from typing import Any

from django.http import QueryDict

from drills.drill_form import lines
from drills.models import Inject, Scenario
from drills.preparing import Typed
from drills.scenario.shapes import MILESTONES
from portal.typed import clean, number, words_of

#: Rows that are read; how many a drill may have, preparing.py says.
_MOST_ROWS, _MOST_READINGS, _MOST_TEXT = 100, 400, 6_000
#: A row's minute that is no number: later than any drill, so that it is refused.
_NO_MINUTE = 9_999
_LAST_MINUTE, _PAUSE = 600, 5
_TEXTS = (
    "channel", "text", "player", "expected", "step", "milestone", "objective", "evaluator_note",
)  # fmt: skip

#: Of a drill without a scenario.
EMPTY = Typed(title="", start_state="", narrative="", objectives=[], injects=[])


def read(posted: QueryDict) -> Typed:
    """The form as it was typed. Rows are told by their number in the names: inject-3-text."""
    injects = []
    for row in _rows(posted, "inject"):
        one: dict[str, Any] = {name: _text(posted, f"inject-{row}-{name}") for name in _TEXTS}
        if f"inject-{row}-remove" in posted:
            continue
        one["pk"] = _number(posted, f"inject-{row}-pk", 0)
        one["at_minutes"] = _number(posted, f"inject-{row}-at", _NO_MINUTE)
        one["hints"] = lines(_text(posted, f"inject-{row}-hints"))
        one["twist"] = f"inject-{row}-twist" in posted
        if one["channel"] not in Inject.Channel.values:
            one["channel"] = Inject.Channel.CHAT.value
        if one["milestone"] not in MILESTONES:
            one["milestone"] = ""
        one["player"], one["step"] = one["player"][:100], one["step"][:12]
        one["objective"] = one["objective"][:300]
        injects.append(one)
    readings = [
        {"step": step[:12], "output": output}
        for row in _rows(posted, "reading")
        if (step := _text(posted, f"reading-{row}-step"))
        and (output := _text(posted, f"reading-{row}-output"))
    ]
    if (output := _text(posted, "reading-new")) and (step := _text(posted, "reading-of")):
        readings.append({"step": step[:12], "output": output})
    return Typed(
        title=_text(posted, "title"),
        start_state=_text(posted, "start_state"),
        narrative=_text(posted, "narrative"),
        objectives=lines(_text(posted, "objectives")),
        injects=injects,
        readings=readings,
        assumptions=[
            {"text": text, "step": _text(posted, f"assumption-{row}-step")[:12]}
            for row in _rows(posted, "assumption")
            if (text := _text(posted, f"assumption-{row}-text"))
        ],
    )


def press(typed: Typed, button: str) -> str:
    """What a button does with the rows: "up-3", "down-3", "add". Gives the place on the page to go on at; ""
    for a button that does nothing with them."""
    verb, _, at = button.partition("-")
    row = number(at) or 0
    if verb in ("up", "down"):
        by = -1 if verb == "up" else 1
        _move(typed.injects, row, by)
        return f"i{row + by}"
    if verb == "add":
        last = typed.injects[-1]["at_minutes"] if typed.injects else 0
        typed.injects.append(_new(min(last + _PAUSE, _LAST_MINUTE)))
        return f"i{len(typed.injects)}"
    return "readings" if verb == "reading" else ""


def _new(at: int) -> dict[str, Any]:
    blank: dict[str, Any] = dict.fromkeys(_TEXTS, "")
    return blank | {
        "pk": 0,
        "at_minutes": at,
        "channel": Inject.Channel.CHAT.value,
        "text": "Something else happens: say what.",
        "hints": [],
        "twist": False,
    }


def _move(injects: list[dict[str, Any]], number: int, by: int) -> None:
    """An inject changes places with its neighbour; the minutes stay, so that time only rises."""
    at, to = number - 1, number - 1 + by
    if 0 <= at < len(injects) and 0 <= to < len(injects):
        one, other = injects[at], injects[to]
        one["at_minutes"], other["at_minutes"] = other["at_minutes"], one["at_minutes"]
        injects[at], injects[to] = other, one


def _rows(posted: QueryDict, kind: str) -> list[int]:
    found = {
        name.split("-")[1]
        for name in posted
        if name.startswith(f"{kind}-") and name.count("-") == 2
    }
    limit = _MOST_READINGS if kind == "reading" else _MOST_ROWS
    numbers = (number(one) for one in found)
    return sorted(row for row in numbers if row is not None)[:limit]


def _text(posted: QueryDict, name: str) -> str:
    return clean(posted.get(name, "").replace("\r\n", "\n"), _MOST_TEXT)


def _number(posted: QueryDict, name: str, otherwise: int) -> int:
    found = number(words_of(posted, name, _MOST_TEXT))
    return otherwise if found is None else found


def rows(typed: Typed, found: list[dict[str, Any]]) -> dict[str, Any]:
    """For the page: the rows with their numbers, and at each the flags that the guards `found`."""
    flagged = [{**flag, "n": n} for n, flag in enumerate(found, 1)]
    flags: dict[str, list[dict[str, Any]]] = {}
    for flag in flagged:
        flags.setdefault(flag["where"], []).append(flag)
    return {
        "flags": flags,
        "flagged": flagged,
        "start_flags": flags.get("start state", []),
        "objectives": "\n".join(typed.objectives),
        "injects": [
            {
                "n": n,
                **inject,
                "hints_text": "\n".join(inject["hints"]),
                "flags": flags.get(f"inject {n}", []),
            }
            for n, inject in enumerate(typed.injects, 1)
        ],
        "readings": [
            {"n": n, **one, "flags": flags.get(f"reading of {one['step']}", [])}
            for n, one in enumerate(typed.readings, 1)
        ],
        "assumptions": [{"n": n, **one} for n, one in enumerate(typed.assumptions, 1)],
    }


def of_scenario(scenario: Scenario) -> Typed:
    """As the form shows what is kept."""
    return Typed(
        title=scenario.title,
        start_state=scenario.start_state,
        narrative=scenario.narrative,
        objectives=list(scenario.objectives),
        injects=[
            {
                "pk": inject.pk,
                "step": inject.step_label,
                **{name: getattr(inject, name) for name in _TEXTS if name != "step"},
                "at_minutes": inject.at_minutes,
                "hints": inject.hints,
                "twist": inject.twist,
            }
            for inject in scenario.injects.all()
        ],
        readings=[{"step": one["step"], "output": one["output"]} for one in scenario.readings],
        assumptions=[
            {"text": one["text"], "step": one.get("step") or ""} for one in scenario.assumptions
        ],
    )
