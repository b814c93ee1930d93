"""The one client of the Messages API. A gateway or local model serves as well: ANTHROPIC_BASE_URL."""

from __future__ import annotations

import anthropic
from django.conf import settings

#: Seconds without a byte after which a stream is taken for dead.
_SILENCE = 60.0


def connect() -> anthropic.Anthropic:
    """With the SDK's own retries: backoff on 429, 529 and 5xx, `retry-after` honoured."""
    return anthropic.Anthropic(
        api_key=settings.ANTHROPIC_API_KEY,
        auth_token=None,
        base_url=settings.ANTHROPIC_BASE_URL or None,
        max_retries=settings.AI_RETRIES,
        timeout=anthropic.Timeout(min(_SILENCE, settings.AI_TIMEOUT_SECONDS), connect=10.0),
    )
