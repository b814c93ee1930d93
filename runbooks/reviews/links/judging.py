"""What becomes of a link with one more answer: one failure is not a dead link. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from runbooks.reviews.links.asking import Kind, Outcome
from runbooks.reviews.models import LinkCheck

State = LinkCheck.State
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
_STATES = {
    Kind.OK: State.OK,
    Kind.SIGN_IN: State.SIGN_IN,
    Kind.NOT_ALLOWED: State.NOT_ALLOWED,
    Kind.UNSURE: State.UNSURE,
}


@dataclass(frozen=True, slots=True)
class Patience:
    """The settings: how often a link is asked, how many failures over how long make it dead."""

    every: timedelta
    failures: int
    over: timedelta


def judge(link: LinkCheck, outcome: Outcome, *, now: datetime, patience: Patience) -> None:
    """Set on `link` what the answer makes of it. Saves nothing."""
    was_gone = link.failures > 0 and link.status in (404, 410)
    link.status, link.led_to, link.words = outcome.status, outcome.led_to, outcome.words[:300]
    link.checked_at = now
    if outcome.kind is Kind.BUSY:
        # It answers, and says nothing of the page: whatever was known of it stays.
        if link.state == State.UNCHECKED:
            link.state = State.UNSURE.value
        link.next_check_at = now + max(timedelta(seconds=outcome.wait or 0), _HOUR)
        return
    if outcome.kind in _STATES:
        link.state = _STATES[outcome.kind].value
        link.failing_since, link.failures = None, 0
        link.next_check_at = now + (_DAY if outcome.kind is Kind.UNSURE else patience.every)
        return
    link.failing_since = link.failing_since or now
    link.failures += 1
    lasting = now - link.failing_since >= patience.over and link.failures >= patience.failures
    dead = lasting or (outcome.kind is Kind.GONE and was_gone)
    if dead or link.state == State.DEAD:
        link.state = State.DEAD.value
        link.next_check_at = now + min(_DAY, patience.every)
        return
    link.state = State.UNSURE.value
    # Soon once more for what says that it is gone; else so that the failures spread over the time asked for.
    soon = _HOUR if outcome.kind is Kind.GONE else patience.over / max(patience.failures - 1, 1)
    link.next_check_at = now + max(soon, _HOUR)
