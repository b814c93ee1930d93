"""Servers that are told things: a mail server, and one that speaks HTTP, each as kind or unkind as a test
wants. Both are real, and listen on this machine."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from portal.notify import kinds


class Mailbox:
    """What the mail server has, and how it behaves: each hook answers with an SMTP reply, or None for yes."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.connections = 0
        self.on_rcpt: Callable[[str], str | None] = lambda _: None
        self.on_data: Callable[[EmailMessage], str | None] = lambda _: None
        #: Close the line instead of the answer to DATA: after keeping the mail, or without.
        self.hang_up: Callable[[EmailMessage], str] = lambda _: ""
        #: Close a line that was kept, when it is next used.
        self.keeps_no_lines = False
        self.silence = threading.Event()

    async def handle_EHLO(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, name: str, said: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = name
        return said

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        refusal = self.on_rcpt(address)
        if refusal is None:
            envelope.rcpt_tos.append(address)
        return refusal or "250 OK"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        mail = message_from_bytes(envelope.content, policy=policy.default)
        refusal = self.on_data(mail)
        if refusal:
            return refusal
        fault = self.hang_up(mail)
        if fault != "lost":
            self.mails.append(mail)
            self.recipients += envelope.rcpt_tos
        if fault == "silent":
            while not self.silence.is_set():
                await asyncio.sleep(0.02)
        if fault:
            server.transport.close()
        return "250 OK"

    async def handle_NOOP(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, said: str
    ) -> str:
        if self.keeps_no_lines:
            server.transport.close()
        return "250 OK"

    @property
    def ids(self) -> list[str]:
        return [mail["Message-ID"] for mail in self.mails]


@pytest.fixture
def mailbox(settings) -> Iterator[Mailbox]:
    box = Mailbox()
    server = _SmtpThread(box)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_TIMEOUT = 5
    yield box
    box.silence.set()
    server.stop()


class _SmtpThread:
    """aiosmtpd in a thread of its own, on a port that the system chose. This thread may have a loop that
    runs: Playwright's, where a browser test came before."""

    def __init__(self, box: Mailbox) -> None:
        self.box = box
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever)
        self.thread.start()
        self.server = asyncio.run_coroutine_threadsafe(self._begin(), self.loop).result(10)
        self.port = self.server.sockets[0].getsockname()[1]

    async def _begin(self) -> asyncio.Server:
        return await self.loop.create_server(
            lambda: SMTP(self.box, loop=self.loop, enable_SMTPUTF8=True), "127.0.0.1", 0
        )

    def stop(self) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self.loop).result(10)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()

    async def _end(self) -> None:
        self.server.close()
        ours = asyncio.current_task()
        others = [task for task in asyncio.all_tasks() if task is not ours]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)


def _yes(_path: str, _said: Any) -> tuple[int, dict[str, str], str]:
    return 200, {}, "ok"


class Hooks:
    """What the HTTP server was told, and what it answers: (status, headers, body)."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, str], bytes]] = []
        self.answer: Callable[[str, Any], tuple[int, dict[str, str], str]] = _yes
        self.silence = threading.Event()
        self.silent = False
        self.url = ""

    @property
    def said(self) -> list[Any]:
        return [json.loads(body) for _, _, body in self.asked]


@pytest.fixture
def hooks(settings) -> Iterator[Hooks]:
    hooks = Hooks()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            hooks.asked.append((self.path, dict(self.headers), body))
            if hooks.silent:
                hooks.silence.wait(30)
                return
            status, headers, said = hooks.answer(self.path, body)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(said.encode())

        def log_message(self, *said: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    hooks.url = f"http://127.0.0.1:{server.server_port}"
    settings.OUTGOING_PRIVATE = ["127.0.0.1"]
    settings.SLACK_API_URL = f"{hooks.url}/api/"
    settings.SLACK_HOOKS_URL = f"{hooks.url}/services/"
    yield hooks
    hooks.silence.set()
    server.shutdown()
    server.server_close()
    thread.join()


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
