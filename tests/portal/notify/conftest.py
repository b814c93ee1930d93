"""Servers that are told things: a mail server, and one that speaks HTTP, each as kind or unkind as a test
wants. Both are real, and listen on this machine."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from portal.notify import kinds
from tests.portal.notify.mail_server import Mailbox, MailServer
from tests.serving import Handler, Server, serving


@pytest.fixture
def mailbox(settings) -> Iterator[Mailbox]:
    box = Mailbox()
    server = MailServer(box)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_TIMEOUT = 5
    yield box
    box.silence.set()
    server.stop()


def _yes(_path: str, _said: Any) -> tuple[int, dict[str, str], str]:
    return 200, {}, "ok"


class Hooks:
    """What the HTTP server was told, and what it answers: (status, headers, body)."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, str], bytes]] = []
        self.answer: Callable[[str, Any], tuple[int, dict[str, str], str]] = _yes
        self.silent = False
        self.url = ""

    @property
    def said(self) -> list[Any]:
        return [json.loads(body) for _, _, body in self.asked]


@pytest.fixture
def hooks(settings) -> Iterator[Hooks]:
    hooks = Hooks()

    class Telling(Handler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            hooks.asked.append((self.path, dict(self.headers), body))
            if hooks.silent:
                self.server.ending.wait(30)
                return
            status, headers, said = hooks.answer(self.path, body)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(said.encode())

    with serving(Server(Telling)) as server:
        hooks.url = server.url
        settings.OUTGOING_PRIVATE = ["127.0.0.1"]
        settings.SLACK_API_URL = f"{hooks.url}/api/"
        settings.SLACK_HOOKS_URL = f"{hooks.url}/services/"
        yield hooks


@pytest.fixture(autouse=True)
def kinds_of_these_tests(monkeypatch) -> None:
    for kind in (
        kinds.Kind("digest", "What is due for you", digest=True),
        kinds.Kind("report.wrong", "A step of yours was reported wrong"),
    ):
        monkeypatch.setitem(kinds.registered, kind.name, kind)


@pytest.fixture
def free_port() -> Iterator[int]:
    """A port that nobody answers on: taken, and not listened at, for as long as the test runs."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]
