"""One streamed request to the Messages API, and what its errors mean in words."""

from __future__ import annotations

import time
from http import HTTPStatus

import anthropic
import httpx2
from anthropic.types import Message
from django.conf import settings
from pydantic import BaseModel

from portal.ai import client
from portal.ai.asking import Heard, Listener, NoAnswer
from portal.ai.prompts import RULES, Prompt


def hear(
    heard: Heard,
    prompt: Prompt,
    message: str,
    answer: type[BaseModel],
    deadline: float,
    listen: Listener | None,
) -> None:
    """Fills `heard` as the answer streams in. Raises NoAnswer."""
    try:
        with (
            client.connect() as connection,
            connection.messages.stream(
                model=settings.AI_MODEL,
                max_tokens=settings.AI_MAX_TOKENS,
                system=f"{prompt.text}\n\n{RULES}",
                messages=[{"role": "user", "content": message}],
                output_config={
                    "format": {"type": "json_schema", "schema": anthropic.transform_schema(answer)}
                },
            ) as stream,
        ):
            for piece in stream.text_stream:
                heard.text += piece
                if listen is not None:
                    listen(len(heard.text))
                if time.monotonic() > deadline:
                    raise NoAnswer("timeout", "The model took too long.")
            _count(heard, stream.get_final_message())
    except NoAnswer:
        raise
    except anthropic.APITimeoutError:
        raise NoAnswer("timeout", "The model took too long.") from None
    except anthropic.APIStatusError as error:
        raise _refused(error) from None
    except (anthropic.APIConnectionError, httpx2.TransportError):
        cut = bool(heard.text)
        raise NoAnswer(
            "cut_off" if cut else "unreachable",
            "The model's answer was cut off." if cut else "The model could not be reached.",
        ) from None
    except (anthropic.AnthropicError, ValueError, AssertionError):
        # What the SDK cannot read: half a stream, an answer of another API.
        raise NoAnswer("invalid", "The model's answer could not be read.") from None


def _refused(error: anthropic.APIStatusError) -> NoAnswer:
    status = error.status_code
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return NoAnswer("wrong_key", "The model's provider does not accept the key.")
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return NoAnswer("rate_limited", "The model's provider asks for fewer requests.")
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or isinstance(error, anthropic.OverloadedError):
        return NoAnswer("overloaded", "The model's provider is overloaded or down.")
    return NoAnswer("rejected", f"The model's provider rejected the request (status {status}).")


def _count(heard: Heard, final: Message) -> None:
    heard.stop_reason = final.stop_reason or ""
    usage = final.usage
    heard.input_tokens = (
        usage.input_tokens
        + (usage.cache_creation_input_tokens or 0)
        + (usage.cache_read_input_tokens or 0)
    )
    heard.output_tokens = usage.output_tokens
