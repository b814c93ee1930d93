"""A web server on this machine that answers as links in runbooks do: well, badly, late, or not at all."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.0"

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        self.server.asked.append((self.command, self.path, dict(self.headers)))
        path = self.path.partition("?")[0]
        status = self.server.answers.get(path)
        if path == "/slow":
            self.server.ending.wait(5)
            return
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
        self.url = f"http://127.0.0.1:{self.server_port}"

    def methods(self, path: str) -> list[str]:
        return [method for method, asked, _ in self.asked if asked == path]

    def handle_error(self, request: object, client_address: object) -> None:
        pass  # who asked has gone
