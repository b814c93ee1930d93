"""A real mail server on this machine, as kind or unkind as a test wants."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.smtp import SMTP, Envelope, Session


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


class MailServer:
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
