"""A web server on this machine that answers as links in runbooks do: well, badly, late, or not at all."""

from __future__ import annotations

import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.0"

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        host = self.headers["Host"]
        with self.server.counting:
            self.server.asked.append((self.command, self.path, dict(self.headers)))
            self.server.inside[host] += 1
            self.server.most_inside[host] = max(
                self.server.most_inside[host], self.server.inside[host]
            )
        try:
            self._say()
        finally:
            with self.server.counting:
                self.server.inside[host] -= 1

    def _say(self) -> None:
        path = self.path.partition("?")[0]
        status = self.server.answers.get(path)
        if path == "/slow":
            self.server.ending.wait(5)
            return
        if path == "/waits-for-the-other":
            if not self.server.other_asked.wait(14):
                status = 500
        elif path == "/the-other":
            self.server.other_asked.set()
        elif path.startswith("/linger"):
            self.server.ending.wait(0.2)  # so that another would be seen inside
        if path == "/no-head":
            status = 405 if self.command == "HEAD" else 200
        elif path == "/lying-head":
            status = 404 if self.command == "HEAD" else 200
        elif path == "/rude-head" and self.command == "HEAD":
            self.wfile.write(b"what?\r\n\r\n")
            return
        self.send_response(status or 200)
        if status == 302:
            self.send_header("Location", self.path.partition("?to=")[2])
        for name, value in self.server.headers.get(path, {}).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(b"x" * 200_000)

    def log_message(self, *said: object) -> None:
        pass


class Site(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        self.answers: dict[str, int] = {}
        self.headers: dict[str, dict[str, str]] = {}
        self.ending = threading.Event()
        self.other_asked = threading.Event()
        #: How many are being answered, by the host that was asked; and the most that ever were.
        self.counting = threading.Lock()
        self.inside: Counter[str] = Counter()
        self.most_inside: Counter[str] = Counter()
        self.url = f"http://127.0.0.1:{self.server_port}"

    def methods(self, path: str) -> list[str]:
        return [method for method, asked, _ in self.asked if asked == path]

    def handle_error(self, request: object, client_address: object) -> None:
        pass  # who asked has gone
