"""Asking a portal over the network: for a team's CI, which has no database of ours. Pure Python."""

from __future__ import annotations

import json
from http.client import HTTPException, HTTPResponse
from time import monotonic
from typing import IO, Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

TIMEOUT_SECONDS = 30
#: An answer that trickles in is waited for so long, all in all.
MOST_SECONDS = 120
_CHUNK = 64 * 1024
_MOST_BYTES = 32 * 1024 * 1024
_SERVER_ERROR = 500


class PortalRefused(Exception):  # noqa: N818 -- a sentence for a person
    """The portal did not answer the question. The message is a sentence."""


class _NoRedirects(HTTPRedirectHandler):
    """A token goes to the portal that was named, and to no other."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> None:
        where = urlsplit(newurl)
        raise PortalRefused(
            f"The portal sends on to {where.scheme}://{where.netloc}{where.path}: "
            "name its own address with --portal, and a token with --token."
        )


def ask(portal: str, path: str, *, token: str, body: Any = None) -> Any:
    """What the portal answers as JSON to GET `path`, or to POST with a `body`. Raises PortalRefused."""
    if urlsplit(portal).scheme not in ("http", "https"):
        raise PortalRefused(f"{portal!r} is no address of a portal: it begins with https://.")
    headers = {"Accept": "application/json"}
    if body is not None:
        headers["Content-Type"] = "application/json"
    if token:
        headers["Authorization"] = f"Bearer {token}"
    data = None if body is None else json.dumps(body).encode()
    request = Request(f"{portal.rstrip('/')}{path}", data, headers)  # noqa: S310 -- scheme checked
    try:
        with build_opener(_NoRedirects).open(request, timeout=TIMEOUT_SECONDS) as response:
            return json.loads(_read(response, portal))
    except HTTPError as error:
        raise PortalRefused(_sentence(portal, error)) from None
    except (URLError, HTTPException, OSError) as error:
        raise PortalRefused(f"{portal} does not answer: {_reason(error)}.") from None
    except ValueError:
        raise PortalRefused(f"{portal} answers, but not as a portal does.") from None


def _read(response: HTTPResponse, portal: str) -> bytes:
    ends = monotonic() + MOST_SECONDS
    parts: list[bytes] = []
    read = 0
    while part := response.read1(_CHUNK):
        parts.append(part)
        read += len(part)
        if monotonic() > ends:
            raise PortalRefused(
                f"{portal} does not answer to the end: given up after {MOST_SECONDS} seconds."
            )
        if read > _MOST_BYTES:
            raise PortalRefused(f"{portal} answers, but not as a portal does: it does not end.")
    return b"".join(parts)


def _reason(error: Exception) -> str:
    """Without the number that only a C programmer knows: "Connection refused"."""
    reason = getattr(error, "reason", None) or error
    if isinstance(reason, TimeoutError):
        return f"not within {TIMEOUT_SECONDS} seconds"
    return getattr(reason, "strerror", None) or str(reason) or type(reason).__name__


def _sentence(portal: str, error: HTTPError) -> str:
    with error:
        try:
            said = str(json.loads(error.read(100_000))["error"])
        except (ValueError, KeyError, TypeError, OSError):
            said = ""
    if said:
        return f"{portal} answers {error.code}: {said}"
    if error.code >= _SERVER_ERROR:
        return f"{portal} answers {error.code}: it is down, or its proxy does not reach it."
    return f"{portal} answers {error.code}, and not as a portal does: is that its address?"
