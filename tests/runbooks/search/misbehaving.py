"""A local server that answers like Meilisearch on a bad day. It is no Meilisearch and finds nothing."""

from __future__ import annotations

import contextlib
import json

from tests import serving

REFUSALS = {
    "500": (500, {"message": "internal", "code": "internal", "type": "internal", "link": ""}),
    "wrong key": (
        403,
        {
            "message": "The provided API key is invalid.",
            "code": "invalid_api_key",
            "type": "auth",
            "link": "",
        },
    ),
    "index missing": (
        404,
        {
            "message": "Index `runbooks` not found.",
            "code": "index_not_found",
            "type": "invalid_request",
            "link": "",
        },
    ),
    "nonsense": (200, "<html>gateway</html>"),
    "other json": (200, {"hello": "world"}),
    "a list": (200, [1, 2, 3]),
    "hits without keys": (200, {"results": [{"hits": [{}]}]}),
}


class Server(serving.Server):
    mood = "500"

    def __init__(self) -> None:
        super().__init__(Handler)
        self.asked = 0


class Handler(serving.Handler):
    server: Server

    def do_POST(self) -> None:
        self.server.asked += 1
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        mood = self.server.mood
        if mood == "slow":
            self.server.ending.wait(30)
        elif mood == "drips":
            self._drip()
        elif mood == "hangs up":
            self.connection.close()
        else:
            status, body = REFUSALS[mood]
            self._answer(status, body if isinstance(body, str) else json.dumps(body))

    do_GET = do_POST

    def _answer(self, status: int, body: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())

    def _drip(self) -> None:
        """A byte now and then: each resets the client's socket timeout."""
        self.send_response(200)
        self.send_header("Content-Length", "100000")
        self.end_headers()
        while not self.server.ending.wait(0.02):
            self.wfile.write(b" ")
            self.wfile.flush()


def misbehaving() -> contextlib.AbstractContextManager[Server]:
    return serving.serving(Server())
