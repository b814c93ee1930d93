"""What somebody types to plan a drill: read, checked, and kept as it was typed where it cannot be."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.db.models import Q
from django.http import QueryDict

from drills.models import Drill, Participant
from drills.scheduling import GROUND_RULES
from drills.trusting import working_day
from portal.accounts.models import User
from portal.typed import clean, number, words_of

#: Roles that a person can be given; the facilitator is named by themself.
ROLES = [choice for choice in Participant.Role.choices if choice[0] != Participant.Role.FACILITATOR]
_MOST_PEOPLE = 60
MOST_OBJECTIVES = 6
TOO_MANY_OBJECTIVES = "Two to four objectives are what one drill can show; six at most."
_MOST_TEXT, _MOST_NAME, _MOST_LINE = 4_000, 254, 500
#: Rows for people that are empty when the form is opened.
_SPARE = 3
_FARTHEST = timedelta(days=730)
_IS_OVER = "That time is over. A drill starts in the future."
_TOO_FAR = "That is more than two years away."
_NAMES = (
    "runbook", "title", "date", "time", "time_zone", "minutes", "facilitator", "objectives", "scope",
    "ground_rules", "stop_word", "confidentiality",
)  # fmt: skip


@dataclass(slots=True)
class Form:
    """`typed` and `people` go back into the page as they came; `facts` and `roles` are for the verbs."""

    typed: dict[str, str]
    people: list[tuple[str, str]]
    ticked: set[str]
    problems: dict[str, str] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    roles: dict[User, str] = field(default_factory=dict)

    @property
    def rows(self) -> list[tuple[str, str]]:
        spare = [("", Participant.Role.PARTICIPANT.value)] * _SPARE
        if not self.people:  # a drill needs one who works hands-on before it needs others
            spare[0] = ("", Participant.Role.HANDS_ON.value)
        return [*self.people, *spare]

    @property
    def objectives(self) -> list[str]:
        return lines(self.typed["objectives"], mark="- ")


def blank(*, person: User, zone: str, runbook: str, today: date) -> Form:
    """In a week from now, as most drills are; on the Monday after it where that is a weekend."""
    day = working_day(today + timedelta(days=7))
    typed = dict.fromkeys(_NAMES, "") | {
        "runbook": runbook,
        "date": day.isoformat(),
        "time": "10:00",
        "time_zone": zone,
        "minutes": "45",
        "facilitator": person.username,
        "ground_rules": GROUND_RULES,
        "stop_word": "real page",
        "confidentiality": Drill.Confidentiality.TEAM.value,
    }
    return Form(typed, [], set())


def of_drill(drill: Drill) -> Form:
    local = drill.starts_at.astimezone(ZoneInfo(drill.time_zone))
    seats = drill.participants.exclude(person=None).exclude(person=drill.facilitator_id)
    typed = {
        "runbook": drill.runbook.slug,
        "title": drill.title,
        "date": local.date().isoformat(),
        "time": f"{local:%H:%M}",
        "time_zone": drill.time_zone,
        "minutes": str(drill.minutes),
        "facilitator": drill.facilitator.username,
        "objectives": "\n".join(drill.objectives.values_list("text", flat=True)),
        "scope": drill.scope,
        "ground_rules": drill.ground_rules,
        "stop_word": drill.stop_word,
        "confidentiality": drill.confidentiality,
    }
    people = list(seats.values_list("person__username", "role"))
    ticks = {name for name in ("runbook_told", "automatic") if getattr(drill, name)}
    return Form(typed, people, ticks)


def read(posted: QueryDict, *, now: datetime) -> Form:
    """Everything typed, with `problems` by field where it cannot be used."""
    typed = {name: words_of(posted, name, _MOST_TEXT) for name in _NAMES}
    names = [clean(name, _MOST_NAME) for name in posted.getlist("person")]
    people = [
        (name, role)
        for name, role in zip(names, posted.getlist("role"), strict=False)
        if name and role in dict(ROLES)
    ][:_MOST_PEOPLE]
    form = Form(typed, people, {n for n in ("runbook_told", "automatic", "invite") if n in posted})
    form.facts = {
        "title": " ".join(typed["title"].split())[:200],
        "scope": typed["scope"],
        "ground_rules": typed["ground_rules"],
        "stop_word": typed["stop_word"][:40] or "real page",
        "runbook_told": "runbook_told" in form.ticked,
        "automatic": "automatic" in form.ticked,
    }
    _read_time(form, now)
    _read_choices(form)
    _read_people(form)
    return form


def _read_time(form: Form, now: datetime) -> None:
    typed = form.typed
    if typed["time_zone"] not in available_timezones():
        form.problems["time_zone"] = "A time zone has a name such as Europe/Lisbon."
        return
    try:
        day, at = date.fromisoformat(typed["date"]), time.fromisoformat(typed["time"])
    except ValueError:
        form.problems["date"] = "Say the day and the time at which it starts."
        return
    zone = ZoneInfo(typed["time_zone"])
    today = now.astimezone(zone).date()
    # Before any reckoning: at the ends of the calendar a day has no time in another zone.
    if not today <= day <= today + _FARTHEST:
        form.problems["date"] = _IS_OVER if day < today else _TOO_FAR
        return
    starts = datetime.combine(day, at.replace(tzinfo=None), zone)
    if starts.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != starts.replace(tzinfo=None):
        form.problems["date"] = "The clocks go forward then: this time does not exist on that day."
    elif starts <= now:
        form.problems["date"] = _IS_OVER
    form.facts |= {"starts_at": starts.astimezone(UTC), "time_zone": typed["time_zone"]}


def _read_choices(form: Form) -> None:
    minutes = number(form.typed["minutes"])
    if minutes is not None and 15 <= minutes <= 480:
        form.facts["minutes"] = minutes
    else:
        form.problems["minutes"] = "A drill takes between 15 minutes and 8 hours: 15 to 480."
    if form.typed["confidentiality"] in Drill.Confidentiality.values:
        form.facts["confidentiality"] = form.typed["confidentiality"]
    else:
        form.problems["confidentiality"] = "Choose who may read what came of it."


def _read_people(form: Form) -> None:
    """One query for all of them, by user name or e-mail address."""
    asked = [form.typed["facilitator"], *(name for name, _ in form.people)]
    found = _named(asked)
    leader = found.get(_folded(form.typed["facilitator"]))
    if leader is None:
        who = form.typed["facilitator"]
        form.problems["facilitator"] = (
            f"Nobody here is called {who!r}, or their account is closed."
            if who
            else "Somebody leads a drill: say who."
        )
    else:
        form.facts["facilitator"] = leader
    unknown = [name for name, _ in form.people if _folded(name) not in found]
    if unknown:
        listed = ", ".join(repr(name) for name in unknown[:5])
        form.problems["people"] = f"Nobody here is called {listed}, or their account is closed."
    for name, role in form.people:
        person = found.get(_folded(name))
        if person is not None and person != leader:
            form.roles[person] = role
    if len(form.objectives) > MOST_OBJECTIVES:
        form.problems["objectives"] = TOO_MANY_OBJECTIVES


def _named(names: list[str]) -> dict[str, User]:
    wanted = {_folded(name) for name in names if name}
    match = Q()
    for name in wanted:
        match |= Q(email__iexact=name) if "@" in name else Q(username__iexact=name)
    if not wanted:
        return {}
    found = {}
    for person in User.objects.filter(match, is_active=True).order_by("-pk"):
        found[person.username.casefold()] = person
        if person.email:
            found[person.email.casefold()] = person
    return found


def _folded(name: str) -> str:
    return name.strip().removeprefix("@").casefold()


def lines(text: str, *, mark: str = "") -> list[str]:
    """One thing on each line, each once; without the `mark` of a list that was pasted."""
    found = (" ".join(line.split()).removeprefix(mark)[:_MOST_LINE] for line in text.splitlines())
    return list(dict.fromkeys(line for line in found if line))
