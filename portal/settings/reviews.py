"""When runbooks are due, whom that is told to, and how links are asked whether they still answer."""

from __future__ import annotations

from portal.settings.base import env

REVIEW_EVERY_DAYS = env.number(
    "REVIEW_EVERY_DAYS",
    90,
    "Days between two reviews where neither the runbook nor its service says otherwise.",
    least=1,
)
DIGEST_HOUR = env.number(
    "DIGEST_HOUR", 9, "The hour of the daily digest, 0 to 23, in each person's own time zone."
)
if DIGEST_HOUR > 23:
    env.errors.append(f"DIGEST_HOUR is {DIGEST_HOUR}: it takes 0 to 23.")

LINK_CHECK = env.flag(
    "LINK_CHECK", True, "Ask the links of live runbooks whether they still answer."
)
LINK_CHECK_DAYS = env.number(
    "LINK_CHECK_DAYS", 7, "Days between two checks of a link that answers.", least=1
)
LINK_CHECK_FAILURES = env.number(
    "LINK_CHECK_FAILURES", 3, "Failures that make a dead link (404 and 410: two).", least=2
)
LINK_CHECK_HOURS = env.number(
    "LINK_CHECK_HOURS", 24, "Hours that the failures of a dead link span at least.", least=1
)
LINK_CHECK_DELAY = env.number(
    "LINK_CHECK_DELAY", 2, "Seconds between two link checks at the same host."
)
PREVENTION_DEBT_DAYS = env.number(
    "PREVENTION_DEBT_DAYS",
    30,
    "Days after which an open prevention item is its owner's debt.",
    least=1,
)
