"""All that may come from a model instead of an answer, each with what its page says then."""

from __future__ import annotations

from tests.portal.ai import provider as api

HALF = '{"notes": [{"note": 1, "after": "1. Co'
#: Name -> (what the provider replies, one for each request; what the page says).
FAILURES = {
    "the line goes dead": ([api.breaks_off(HALF)], "cut off"),
    "too long": ([api.answers(HALF, stop="max_tokens")], "cut off"),
    "refusal": ([api.answers("I will not.", stop="refusal")], "declined"),
    "429 with retry-after": (
        [api.fails(429, "rate_limit_error", retry_after="0")],
        "fewer requests",
    ),
    "529": ([api.fails(529, "overloaded_error", retry_after="0")], "overloaded"),
    "wrong key": ([api.fails(401, "authentication_error")], "does not accept the key"),
    "no JSON": ([api.answers("Sure! Here it is: {")], "did not have the shape"),
    "other JSON": ([api.answers('{"notes": 3, "start_state": 3}')], "did not have the shape"),
    "no such API": ([api.says(b"<html>It works!</html>")], "could not be read"),
    "streamed too slowly": ([api.answers("x" * 400, pieces=200, pause=0.05)], "took too long"),
}


def fail(provider, settings, name: str) -> str:
    """From now on the provider fails so; gives what the page says then."""
    provider.replies, sentence = list(FAILURES[name][0]), FAILURES[name][1]
    if name == "streamed too slowly":
        settings.AI_TIMEOUT_SECONDS = 1
    return sentence
