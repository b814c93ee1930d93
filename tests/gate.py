"""Between the live server and its requests, while a test's tables are emptied."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from http import HTTPStatus
from threading import Condition
from typing import Any

from pytest_django.live_server_helper import LiveServer


class Gate:
    """Between the live server and its requests. A page that is closed sends its draft on the way out: behind
    a shut gate it touches no database, which the next test's tables are by then."""

    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        self.app, self.shut, self.inside, self.changed = app, False, 0, Condition()

    def __call__(self, environ: dict[str, Any], start_response: Callable) -> Iterable[bytes]:
        with self.changed:
            if self.shut:
                start_response(f"{HTTPStatus.SERVICE_UNAVAILABLE.value} Shut", [])
                return [b""]
            self.inside += 1
        try:
            return self.app(environ, start_response)
        finally:
            with self.changed:
                self.inside -= 1
                self.changed.notify_all()

    def close(self) -> None:
        with self.changed:
            self.shut = True
            assert self.changed.wait_for(lambda: self.inside == 0, 20), "a request never ended"


def put_up(live_server: LiveServer) -> Gate:
    """An open gate in front of the server, in place of an earlier test's."""
    server = live_server.thread.httpd
    app = server.get_app()
    gate = Gate(app.app if isinstance(app, Gate) else app)
    server.set_app(gate)
    return gate
