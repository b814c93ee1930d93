"""Asking a model for a typed answer. What it costs and what came back is kept, whatever came."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from django.conf import settings
from django.utils import timezone
from pydantic import BaseModel, ValidationError

from portal.accounts.models import Team, User
from portal.ai import budgets
from portal.ai.models import Ask, Job
from portal.ai.prompts import Prompt, fence
from portal.ai.redaction import redact

Answer = TypeVar("Answer", bound=BaseModel)
#: Called while the answer streams: how many characters are there.
Listener = Callable[[int], None]


def available() -> bool:
    return bool(settings.ANTHROPIC_API_KEY)


class NoAnswer(Exception):  # noqa: N818 -- a fact, said in words
    """The model gave nothing that can be used. The message is a sentence for the page."""

    def __init__(self, reason: str, sentence: str) -> None:
        super().__init__(sentence)
        self.reason = reason


class Cancelled(NoAnswer):
    """Somebody stopped it."""

    def __init__(self) -> None:
        super().__init__("cancelled", "It was cancelled.")


@dataclass(slots=True)
class Heard:
    """What one request brought."""

    text: str = ""
    stop_reason: str = ""
    input_tokens: int = 0
    output_tokens: int = 0
    error: str = ""
    began: float = field(default_factory=time.monotonic)


def ask(
    *,
    purpose: str,
    prompt: Prompt,
    sources: Mapping[str, str],
    answer: type[Answer],
    team: Team | None = None,
    by: User | None = None,
    job: Job | None = None,
    listen: Listener | None = None,
) -> Answer:
    """The model's answer in the shape of `answer`. Not inside a transaction: it takes minutes.

    Secrets are taken out of `sources` first. `listen` may raise Cancelled.
    Raises NoAnswer: without key, over budget, refused, overloaded, too slow, cut off, not of that shape.
    """
    if not available():
        raise NoAnswer("no_key", "No model is set up.")
    if budgets.is_used_up(team, now=timezone.now()):
        whose = f"{team.name}'s" if team else "this"
        raise NoAnswer("budget", f"The month's budget for {whose} AI drafts is used up.")
    # The SDK is large: it is loaded where it is used, and by nobody else.
    from portal.ai import hearing  # noqa: PLC0415

    clean: dict[str, str] = {}
    redacted = 0
    for name, text in sources.items():
        clean[name], found = redact(text)
        redacted += found
    message = fence(clean)
    deadline = time.monotonic() + settings.AI_TIMEOUT_SECONDS
    invalid: NoAnswer | None = None
    for _ in range(2):  # a model that missed the shape once often meets it the second time
        heard = Heard()
        try:
            hearing.hear(heard, prompt, message, answer, deadline, listen)
            return _read(heard, answer)
        except NoAnswer as none:
            heard.error = str(none)
            if none.reason != "invalid":
                raise
            invalid = none
        finally:
            _keep(heard, purpose, prompt, clean, redacted, team=team, by=by, job=job)
    raise invalid or NoAnswer("invalid", "The model's answer could not be used.")


def _read(heard: Heard, answer: type[Answer]) -> Answer:
    if heard.stop_reason == "refusal":
        raise NoAnswer("refused", "The model declined to write this.")
    if heard.stop_reason in ("max_tokens", "model_context_window_exceeded"):
        raise NoAnswer("cut_off", "The model's answer was cut off: it was too long.")
    try:
        return answer.model_validate_json(heard.text)
    except ValidationError:
        raise NoAnswer(
            "invalid", "The model's answer did not have the shape that was asked for."
        ) from None


def _keep(
    heard: Heard,
    purpose: str,
    prompt: Prompt,
    sources: Mapping[str, str],
    redacted: int,
    *,
    team: Team | None,
    by: User | None,
    job: Job | None,
) -> None:
    whole = "\0".join(f"{name}\0{text}" for name, text in sources.items())
    Ask.objects.create(
        job=job,
        purpose=purpose,
        team=team,
        by=by,
        at=timezone.now(),
        model=settings.AI_MODEL,
        prompt=prompt.label,
        prompt_sha256=hashlib.sha256(prompt.text.encode()).hexdigest(),
        input_sha256=hashlib.sha256(whole.encode()).hexdigest(),
        redacted=redacted,
        input_tokens=heard.input_tokens,
        output_tokens=heard.output_tokens,
        cost_micros=budgets.cost_of(
            input_tokens=heard.input_tokens, output_tokens=heard.output_tokens
        ),
        output=heard.text.replace("\0", ""),
        stop_reason=heard.stop_reason,
        error=heard.error,
        seconds=round(time.monotonic() - heard.began, 3),
    )
