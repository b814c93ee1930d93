"""Right after a drill: three questions to everybody, the quietest first; what each objective came to."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from drills.log import NotNow, changed, clean, locked
from drills.models import Drill, Entry, Objective, Participant, Word

S = Drill.State
QUESTIONS = (Word.Prompt.WORKED, Word.Prompt.DID_NOT, Word.Prompt.CHANGE)
SCORES = range(1, 6)
#: What counts as having said something in the drill.
_SAID = (Entry.Kind.SAID, Entry.Kind.PRIVATE, Entry.Kind.OBSERVATION, Entry.Kind.STRENGTH)


@dataclass(frozen=True, slots=True)
class Heard:
    """Somebody's seat, how often they said something in the drill, and their answers by question."""

    seat: Participant
    said: int
    answers: Mapping[str, str]

    @property
    def answered(self) -> bool:
        return any(self.answers.values())

    @property
    def in_order(self) -> list[tuple[str, str]]:
        """(question, answer), those that were answered."""
        return [
            (str(one.label), self.answers[one]) for one in QUESTIONS if self.answers.get(one, "")
        ]


def quietest_first(drill: Drill) -> list[Heard]:
    """Who said least comes first: after the loud ones they would only agree. Two queries."""
    seats = (
        drill.participants.exclude(role=Participant.Role.FACILITATOR)
        .exclude(answer=Participant.Answer.NO, joined_at=None)
        .annotate(said=Count("entries", filter=Q(entries__kind__in=_SAID)))
        .order_by("said", "pk")
    )
    answers: dict[int | None, dict[str, str]] = {}
    for word in drill.words.exclude(prompt=Word.Prompt.FEEDBACK):
        answers.setdefault(word.by_id, {})[word.prompt] = word.text
    rows = [Heard(seat, seat.said, answers.get(seat.pk, {})) for seat in seats]
    # A facilitator is heard last, and listed only with something to say.
    led = drill.participants.filter(role=Participant.Role.FACILITATOR, pk__in=list(answers))
    return [*rows, *(Heard(seat, 0, answers[seat.pk]) for seat in led)]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What stands in the form of one objective. `shown` is the mark of what stood there when the page was
    drawn; without it, it counts as changed."""

    result: str
    note: str = ""
    evidence: frozenset[int] = frozenset()
    shown: str = ""

    @property
    def mark(self) -> str:
        said = json.dumps([self.result, self.note, sorted(self.evidence)])
        return hashlib.sha256(said.encode()).hexdigest()[:16]

    @property
    def changed(self) -> bool:
        return self.mark != self.shown


@dataclass(frozen=True, slots=True)
class Typed:
    """Everything that stands on somebody's page. A part is None where their page has no such part."""

    answers: Mapping[str, str] | None = None
    score: int | None = None
    words: str | None = None
    judgements: Mapping[int, Judgement] = field(default_factory=dict)


@transaction.atomic
def keep(drill: Drill, *, seat: Participant | None, typed: Typed, asked: str = "") -> None:
    """All that somebody changed on their page, whichever button they pressed: none of them loses what stands
    beside another. `asked`, the button's own part, must say something: answer or rate. Raises NotNow, and
    keeps nothing then."""
    if seat is not None:
        if asked == "answer" or _answers_changed(seat, drill, typed.answers):
            answer(seat, answers=typed.answers or {})
        if asked == "rate" or _feedback_changed(seat, drill, typed):
            rate(seat, score=typed.score, text=typed.words or "")
    for objective in drill.objectives.filter(pk__in=typed.judgements):
        judged = typed.judgements[objective.pk]
        if judged.changed:
            judge(objective, result=judged.result, note=judged.note, evidence=judged.evidence)


def _answers_changed(seat: Participant, drill: Drill, answers: Mapping[str, str] | None) -> bool:
    if answers is None:
        return False
    kept = dict(drill.words.filter(by=seat).values_list("prompt", "text"))
    return any(clean(answers.get(prompt, "")) != kept.get(prompt, "") for prompt in QUESTIONS)


def _feedback_changed(seat: Participant, drill: Drill, typed: Typed) -> bool:
    if typed.words is None:
        return False
    said = drill.words.filter(by=seat, prompt=Word.Prompt.FEEDBACK)
    kept = said.values_list("score", "text").first() or (None, "")
    return (typed.score, clean(typed.words)) != kept


@transaction.atomic
def answer(
    participant: Participant, *, answers: Mapping[str, str], now: datetime | None = None
) -> None:
    """Somebody's words on the three questions; sent again they replace what was there. Raises NotNow."""
    drill = locked(participant.drill)
    if drill.state != S.HOT_WASH:
        raise NotNow("The three questions are open in the hot wash only.")
    words = {prompt: clean(answers.get(prompt, "")) for prompt in QUESTIONS}
    there = drill.words.filter(by=participant).exclude(prompt=Word.Prompt.FEEDBACK)
    if not any(words.values()) and not there.exists():
        raise NotNow("Answer at least one of the three questions.")
    for prompt, text in words.items():
        _keep(drill, participant, prompt, text=text, score=None, now=now)
    changed(drill)


@transaction.atomic
def rate(
    participant: Participant, *, score: int | None, text: str = "", now: datetime | None = None
) -> None:
    """The feedback form: 1 to 5, and words. Until the report is signed. Raises NotNow."""
    drill = locked(participant.drill)
    if drill.state not in (S.HOT_WASH, S.REPORTING):
        raise NotNow("Feedback is taken after the drill, until its report is signed.")
    if score not in SCORES:
        raise NotNow("Choose a number from 1 to 5.")
    _keep(drill, participant, Word.Prompt.FEEDBACK, text=clean(text), score=score, now=now)
    changed(drill)


def _keep(
    drill: Drill,
    participant: Participant,
    prompt: str,
    *,
    text: str,
    score: int | None,
    now: datetime | None,
) -> None:
    Word.objects.update_or_create(
        drill=drill,
        client_id=f"seat:{participant.pk}:{prompt}",
        defaults={
            "by": participant,
            "prompt": prompt,
            "text": text,
            "score": score,
            "at": now or timezone.now(),
        },
    )


@transaction.atomic
def judge(
    objective: Objective, *, result: str, note: str = "", evidence: Iterable[int] = ()
) -> Objective:
    """Whether the drill met an objective, and the lines of its log that show it. Raises NotNow."""
    drill = locked(objective.drill)
    if drill.state not in (S.HOT_WASH, S.REPORTING):
        raise NotNow("Objectives are judged after the drill, until its report is signed.")
    if result not in Objective.Result.values:
        raise NotNow(f"Say whether it was met, partly met or not met: {objective.text}")
    objective.result, objective.note = result, clean(note)
    objective.save(update_fields=["result", "note"])
    objective.evidence.set(evidence_lines(drill).filter(pk__in=list(evidence)))
    changed(drill)
    return objective


def evidence_lines(drill: Drill) -> QuerySet[Entry]:
    """What an objective can rest on: observations, strengths, milestones, and what players said they do."""
    kinds = (
        Entry.Kind.OBSERVATION,
        Entry.Kind.STRENGTH,
        Entry.Kind.MILESTONE,
        Entry.Kind.SAID,
    )
    return Entry.objects.filter(drill=drill, kind__in=kinds).select_related("by")
