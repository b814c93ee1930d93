"""Asking other machines over HTTP for what people wrote down: a webhook's address, a link in a runbook.

Whoever may write an address may otherwise make this server ask its own network (SSRF). So a name is resolved
here, each of its addresses is judged, and the connection goes to one that passed, never to what a second
look-up might say. Redirects are followed only when asked for, each judged anew; bytes and time are bounded.
Proxies of the environment are not used: behind one, nothing could be judged.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from ssl import SSLContext, SSLError
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpcore2
import httpx2
from django.conf import settings

from portal.typed import number

Address = IPv4Address | IPv6Address

USER_AGENT = "Drillbook"
_LONGEST_WAIT = 7 * 24 * 3600
_REDIRECTS = (301, 302, 303, 307, 308)
#: Refused whatever is allowed, unless by number: where clouds hand out a machine's own credentials.
_METADATA = frozenset(map(ip_address, ("169.254.169.254", "fd00:ec2::254", "100.100.100.200")))
_NAT64 = ip_network("64:ff9b::/96")


class Refused(Exception):  # noqa: N818 -- said to a person, as a sentence
    """This portal does not ask that address. The sentence names the setting, and no part of the address."""


class Unreachable(Exception):  # noqa: N818 -- as above
    """No answer. `kind`: name, connect, tls, timeout, protocol, redirects. The sentence holds no address."""

    def __init__(self, kind: str, words: str) -> None:
        super().__init__(words)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `url` is where it came from in the end; `cut`: there was more than was asked for."""

    status: int
    url: str
    headers: Mapping[str, str]
    body: bytes
    cut: bool
    hops: tuple[str, ...]


def fetch(
    url: str,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    content: bytes | None = None,
    redirects: int = 0,
    most_bytes: int = 64 * 1024,
    seconds: float = 10,
) -> Answer:
    """One answer, whatever its status. `redirects`: how many are followed; with 0 the redirect itself is the
    answer. `seconds` is for everything together. Raises Refused and Unreachable.

    What is asked of another host than the first goes there without `headers` and `content`.
    """
    until = time.monotonic() + seconds
    hops: list[str] = []
    sent = {"User-Agent": USER_AGENT, "Accept-Encoding": "identity"}
    while True:
        own = not hops or _origin(url) == _origin(hops[0])
        answer = _ask(
            url, method, {**sent, **(headers or {})} if own else sent, content, most_bytes, until
        )
        onward = answer.headers.get("location", "") if answer.status in _REDIRECTS else ""
        if not redirects or not onward:
            return Answer(answer.status, url, answer.headers, answer.body, answer.cut, tuple(hops))
        hops.append(url)
        if len(hops) > redirects:
            raise Unreachable("redirects", f"It redirects more than {redirects} times.")
        url = urljoin(url, onward)
        if answer.status not in (307, 308) or _origin(url) != _origin(hops[0]):
            method, content = ("HEAD" if method == "HEAD" else "GET"), None


def refusal_of(url: str) -> str:
    """Why an address cannot be asked as it is written, "" when it may be tried. Looks up no name."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        httpx2.URL(url)
    except (ValueError, httpx2.InvalidURL):
        return "That is no address: it takes one as https://example.org/hook."
    if parts.scheme not in ("http", "https") or not host or port == 0:
        return "That is no web address: it begins with https:// or http:// and names a host."
    try:
        judged = ip_address(host)
    except ValueError:
        return ""
    return "" if allowed(judged, host) else _private()


def retry_after(said: str | None) -> float | None:
    """Seconds that a Retry-After header asks for, as a number or a date: a week at most, whoever says so."""
    said = (said or "").strip()
    seconds = number(said)
    if seconds is not None:
        return float(min(seconds, _LONGEST_WAIT))
    try:
        at = parsedate_to_datetime(said)
    except (TypeError, ValueError, IndexError):
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return min(max((at - datetime.now(UTC)).total_seconds(), 0.0), float(_LONGEST_WAIT))


def allowed(address: Address, host: str = "") -> bool:
    """Whether this portal connects to the address, found by the name `host`."""
    rules: Iterable[str] = settings.OUTGOING_PRIVATE
    for rule in rules:
        try:
            if address in ip_network(rule, strict=False):
                return True
        except ValueError:
            continue  # a name, or "all"
    inner = [address, *_carried(address)]
    if any(one in _METADATA or one.is_link_local or one.is_unspecified for one in inner):
        return False
    if any(one.is_multicast for one in inner):
        return False
    if "all" in rules or (host and host.lower().rstrip(".") in {rule.lower() for rule in rules}):
        return True
    return all(one.is_global for one in inner)


def _carried(address: Address) -> list[Address]:
    """The IPv4 address inside an IPv6 one, which is where the connection may really go."""
    if isinstance(address, IPv4Address):
        return []
    teredo = address.teredo[1] if address.teredo else None
    nat64 = IPv4Address(int(address) & 0xFFFFFFFF) if address in _NAT64 else None
    return [one for one in (address.ipv4_mapped, address.sixtofour, teredo, nat64) if one]


def _private() -> str:
    return (
        "That address is inside a private network, which this portal does not ask. "
        "Whoever runs it can allow it with OUTGOING_PRIVATE."
    )


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port


def _ask(
    url: str,
    method: str,
    headers: Mapping[str, str],
    content: bytes | None,
    most_bytes: int,
    until: float,
) -> Answer:
    if refusal := refusal_of(url):
        raise Refused(refusal)
    left = max(until - time.monotonic(), 0.001)
    try:
        with (
            httpx2.Client(transport=_Transport(until), timeout=left, trust_env=False) as client,
            client.stream(method, url, headers=dict(headers), content=content) as response,
        ):
            body, cut = _read(response, most_bytes)
            return Answer(response.status_code, url, response.headers, body, cut, ())
    except httpx2.TimeoutException as error:
        raise Unreachable("timeout", "It did not answer in time.") from error
    except httpx2.ConnectError as error:
        raise _no_connection(error) from error
    except httpx2.NetworkError as error:
        raise Unreachable("connect", "The connection broke off.") from error
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise Unreachable("protocol", "What it answered is not HTTP.") from error


def _no_connection(error: BaseException) -> Unreachable:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, socket.gaierror):
            return Unreachable("name", "There is no such host.")
        if isinstance(cause, SSLError):
            return Unreachable("tls", "Its certificate or its TLS is not in order.")
        cause = cause.__cause__ or cause.__context__
    return Unreachable("connect", "It does not take connections.")


def _read(response: httpx2.Response, most: int) -> tuple[bytes, bool]:
    parts, size = [], 0
    for part in response.iter_raw():
        parts.append(part)
        size += len(part)
        if size > most:
            return b"".join(parts)[:most], True
    return b"".join(parts), False


@cache
def _tls() -> SSLContext:
    return httpx2.create_ssl_context()


class _Transport(httpx2.HTTPTransport):
    """httpx2's own, over connections that this module makes."""

    def __init__(self, until: float) -> None:
        super().__init__(verify=_tls(), trust_env=False)
        self._pool = httpcore2.ConnectionPool(
            ssl_context=_tls(), max_connections=1, network_backend=_Guarded(until)
        )


class _Guarded(httpcore2.SyncBackend):
    """Connects to an address that was judged, and to no other."""

    def __init__(self, until: float) -> None:
        self.until = until

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpcore2.ConnectError("no such host") from error
        judged = [str(entry[4][0]) for entry in found]
        passed = [one for one in dict.fromkeys(judged) if allowed(ip_address(one), host)]
        if not passed:
            raise Refused(_private())
        broken: Exception | None = None
        for address in passed[:4]:
            try:
                stream = super().connect_tcp(
                    address, port, _left(self.until), local_address, socket_options
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                broken = error
            else:
                return _Bounded(stream, self.until)
        raise broken or httpcore2.ConnectError("no address")


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise httpcore2.ReadTimeout("no time left")
    return left


class _Bounded(httpcore2.NetworkStream):
    """A stream whose every read ends by the same hour: one that drips a byte a second does not hold us."""

    def __init__(self, stream: httpcore2.NetworkStream, until: float) -> None:
        self.stream, self.until = stream, until

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self.stream.read(max_bytes, _left(self.until))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.stream.write(buffer, _left(self.until))

    def close(self) -> None:
        self.stream.close()

    def start_tls(
        self,
        ssl_context: SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.NetworkStream:
        tls = self.stream.start_tls(ssl_context, server_hostname, _left(self.until))
        return _Bounded(tls, self.until)

    def get_extra_info(self, info: str) -> Any:
        return self.stream.get_extra_info(info)
