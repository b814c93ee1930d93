"""A local server that speaks the Messages API as each test says. The real SDK talks to it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from pytest_django import Settings

from tests.serving import Handler, Server, serving

Reply = Callable[["Exchange"], None]


@dataclass
class Provider:
    """`replies` are used one for each request; the last one stays."""

    url: str
    replies: list[Reply] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)


class Exchange(Handler):
    protocol_version = "HTTP/1.1"
    provider: Provider

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.provider.requests.append(json.loads(body))
        self.provider.headers.append({k.lower(): v for k, v in self.headers.items()})
        replies = self.provider.replies
        (replies.pop(0) if len(replies) > 1 else replies[0])(self)

    def event(self, kind: str, **data: Any) -> None:
        text = f"event: {kind}\ndata: {json.dumps({'type': kind, **data})}\n\n".encode()
        self.wfile.write(f"{len(text):x}\r\n".encode() + text + b"\r\n")
        self.wfile.flush()

    def begin(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        message = {
            "id": "msg_1", "type": "message", "role": "assistant", "content": [], "model": "local",
            "stop_reason": None, "stop_sequence": None, "usage": {"input_tokens": 1200, "output_tokens": 1},
        }  # fmt: skip
        self.event("message_start", message=message)
        self.event("content_block_start", index=0, content_block={"type": "text", "text": ""})


def answers(text: str, *, stop: str = "end_turn", pieces: int = 4, pause: float = 0.0) -> Reply:
    """The text in pieces, as a stream."""

    def reply(exchange: Exchange) -> None:
        exchange.begin()
        size = max(1, len(text) // pieces)
        for at in range(0, len(text), size):
            delta = {"type": "text_delta", "text": text[at : at + size]}
            exchange.event("content_block_delta", index=0, delta=delta)
            time.sleep(pause)
        exchange.event("content_block_stop", index=0)
        exchange.event(
            "message_delta",
            delta={"stop_reason": stop, "stop_sequence": None},
            usage={"output_tokens": 800},
        )
        exchange.event("message_stop")
        exchange.wfile.write(b"0\r\n\r\n")

    return reply


def breaks_off(text: str) -> Reply:
    """Half an answer, and the line goes dead."""

    def reply(exchange: Exchange) -> None:
        exchange.begin()
        exchange.event("content_block_delta", index=0, delta={"type": "text_delta", "text": text})
        exchange.close_connection = True
        exchange.connection.close()

    return reply


def fails(status: int, kind: str = "api_error", **headers: str) -> Reply:
    def reply(exchange: Exchange) -> None:
        body = json.dumps({"type": "error", "error": {"type": kind, "message": "No."}}).encode()
        exchange.send_response(status)
        for name, value in headers.items():
            exchange.send_header(name.replace("_", "-"), value)
        exchange.send_header("Content-Type", "application/json")
        exchange.send_header("Content-Length", str(len(body)))
        exchange.end_headers()
        exchange.wfile.write(body)

    return reply


def says(body: bytes, content_type: str = "text/html") -> Reply:
    """Something that is not the Messages API at all."""

    def reply(exchange: Exchange) -> None:
        exchange.send_response(200)
        exchange.send_header("Content-Type", content_type)
        exchange.send_header("Content-Length", str(len(body)))
        exchange.end_headers()
        exchange.wfile.write(body)

    return reply


@contextmanager
def running() -> Iterator[Provider]:
    handler = type("Handler", (Exchange,), {})
    with serving(Server(handler)) as server:
        handler.provider = Provider(server.url)
        yield handler.provider


@contextmanager
def asked_by_the_portal(settings: Settings) -> Iterator[Provider]:
    """Running, with a key of the portal's; what goes wrong is tried once more."""
    with running() as provider:
        settings.ANTHROPIC_API_KEY = "sk-ant-test-0123456789abcdef"
        settings.ANTHROPIC_BASE_URL = provider.url
        settings.AI_RETRIES = 1
        settings.AI_TIMEOUT_SECONDS = 20
        yield provider
