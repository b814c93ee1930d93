"""One request at a time, for what is counted; wrk (loading.py) is for what is timed under load."""

from __future__ import annotations

import http.client
import time
import urllib.parse
from dataclasses import dataclass


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes
    seconds: float

    @property
    def cookies(self) -> dict[str, str]:
        lines = self.headers.get("set-cookie", "").split("\n")
        return dict(line.split(";")[0].split("=", 1) for line in lines if "=" in line)


def ask(
    port: int,
    path: str,
    *,
    form: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
) -> Answer:
    """GET, or POST of a form, to 127.0.0.1 on a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    sent = dict(headers or {})
    body = None
    if form is not None:
        body = urllib.parse.urlencode(form)
        sent["Content-Type"] = "application/x-www-form-urlencoded"
    begun = time.perf_counter()
    try:
        connection.request("POST" if body is not None else "GET", path, body=body, headers=sent)
        response = connection.getresponse()
        content = response.read()
    finally:
        connection.close()
    seconds = time.perf_counter() - begun
    received: dict[str, str] = {}
    for name, value in response.getheaders():
        key = name.lower()
        received[key] = f"{received[key]}\n{value}" if key in received else value
    return Answer(response.status, received, content, seconds)


def search_path(page: str, query: str) -> str:
    return f"{page}?q={urllib.parse.quote_plus(query)}"
