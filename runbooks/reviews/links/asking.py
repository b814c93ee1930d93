"""One address asked, and what its answer means. Knows no database; docs/links.md has the rules in words."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus
from ssl import SSLCertVerificationError
from urllib.parse import urljoin, urlsplit

from portal import outgoing
from runbooks.reviews.links.politeness import Crowded, Doors

_REDIRECTS = (301, 302, 303, 307, 308)
_MOST_HOPS = 5
_SECONDS = 15.0
_SIGN_IN = re.compile(
    r"(?:^|[/._-])(?:log-?in|sign-?in|sign-?on|sso|saml2?|oauth2?|authori[sz]e|authenticate|auth|session|cas|"
    r"adfs)(?:$|[/._?=-])",
    re.IGNORECASE,
)
#: Nobody can ever be there (RFC 2606); a demo and a pasted example name such hosts.
_FOR_EXAMPLES = re.compile(r"(?:^|\.)(?:example|example\.(?:com|net|org))$")


class Kind(Enum):
    """What an answer means for who clicks the link."""

    OK = "ok"
    SIGN_IN = "sign_in"
    GONE = "gone"  # it says itself that there is nothing
    FAILED = "failed"  # no answer, or one of an error there
    UNSURE = "unsure"  # says nothing of the link
    BUSY = "busy"  # asks us to come later
    NOT_ALLOWED = "not_allowed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """`words` are for the page; `wait`: seconds that the host asks us to stay away."""

    kind: Kind
    words: str
    status: int | None = None
    led_to: str = ""
    wait: float | None = None


@dataclass(frozen=True, slots=True)
class _Reply:
    status: int
    headers: Mapping[str, str]
    url: str


def ask(
    url: str,
    *,
    user_agent: str,
    doors: Doors | None = None,
    seconds: float = _SECONDS,
    patience: float = _SECONDS,
) -> Outcome:
    """HEAD first; what is refused so or not found so is asked once more with GET, of which little is read.

    Each redirect is judged like the first address. `doors` keeps it from asking a host that another of the
    same run is asking; it waits there for `patience` seconds in all. Raises nothing.
    """
    if _FOR_EXAMPLES.search(urlsplit(url).hostname or ""):
        return Outcome(Kind.UNSURE, "Its host is a name that is reserved for examples.")
    asker = _Asker(user_agent, doors or Doors(), time.monotonic() + seconds, patience)
    try:
        return _meaning(url, asker.ask(url))
    except outgoing.Refused as refused:
        return Outcome(Kind.NOT_ALLOWED, str(refused))
    except Crowded:
        return Outcome(Kind.BUSY, "Others that lead to the same host took the time.")
    except outgoing.Unreachable as error:
        if error.kind == "tls":
            # A certificate of the company's own authority is fine in its browsers: no reason to call it dead.
            return Outcome(Kind.UNSURE, _tls_words(error))
        return Outcome(Kind.FAILED, str(error))


def _wants_get(status: int) -> bool:
    """Many servers know no HEAD and say so in many ways: only what is clear is taken from it."""
    settled = (401, 407, 429, 503)
    return status >= 400 and status not in settled


@dataclass(slots=True)
class _Asker:
    """Asks one link; `until` is the end of all its requests together. Waiting at doors is the host's fault no
    more than ours: it is counted apart, and ends as well."""

    user_agent: str
    doors: Doors
    until: float
    patience: float

    def ask(self, url: str) -> _Reply:
        """Raises outgoing's Refused and Unreachable, and Crowded."""
        try:
            reply = self._follow(url, "HEAD")
        except outgoing.Unreachable as error:
            if error.kind != "protocol":
                raise
            return self._follow(url, "GET")  # a server that chokes on HEAD
        return self._follow(url, "GET") if _wants_get(reply.status) else reply

    def _follow(self, url: str, method: str) -> _Reply:
        for _ in range(_MOST_HOPS + 1):
            came = time.monotonic()
            with self.doors.of(_host(url), seconds=self.patience):
                waited = time.monotonic() - came
                self.until, self.patience = self.until + waited, self.patience - waited
                answer = outgoing.fetch(
                    url,
                    method=method,
                    headers={"User-Agent": self.user_agent, "Accept": "*/*"},
                    most_bytes=1024,
                    seconds=self._left(),
                )
            onward = answer.headers.get("location", "") if answer.status in _REDIRECTS else ""
            if not onward:
                return _Reply(answer.status, answer.headers, url)
            try:
                url = urljoin(url, onward)
            except ValueError as error:
                words = "It redirects to what is no address."
                raise outgoing.Unreachable("redirects", words) from error
        raise outgoing.Unreachable("redirects", f"It redirects more than {_MOST_HOPS} times.")

    def _left(self) -> float:
        left = self.until - time.monotonic()
        if left <= 0:
            raise outgoing.Unreachable("timeout", "It did not answer in time.")
        return left


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""  # outgoing.fetch says what is wrong with it


def _tls_words(error: BaseException) -> str:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, SSLCertVerificationError) and cause.verify_message:
            said = cause.verify_message.rstrip(".")
            return f"Its certificate is not trusted here: {said}."[:300]
        cause = cause.__cause__ or cause.__context__
    return "Its certificate or its TLS is not in order."


def _meaning(url: str, reply: _Reply) -> Outcome:
    status, led_to = reply.status, reply.url if reply.url != url else ""
    wait = outgoing.retry_after(reply.headers.get("retry-after", ""))
    kind, more = _kind(url, reply, led_to, wait)
    return Outcome(kind, f"{_said(status)}{more}.", status, led_to, wait)


def _kind(url: str, reply: _Reply, led_to: str, wait: float | None) -> tuple[Kind, str]:
    """What it means, and what is to be said of it besides the status."""
    status = reply.status
    kind, more = Kind.OK, ""
    if status in (401, 403, 407) or "www-authenticate" in reply.headers:
        kind, more = Kind.SIGN_IN, ": it asks who you are"
    elif status in (404, 410):
        kind = Kind.GONE
    elif status == 429 or (status == 503 and wait is not None):
        kind, more = Kind.BUSY, ": it asks us to come later"
    elif status >= 500:
        kind = Kind.FAILED
    elif status >= 400:
        kind = Kind.UNSURE
    elif status in _REDIRECTS:
        kind, more = Kind.UNSURE, ", and it does not say where to"
    elif led_to and _is_sign_in(led_to, url):
        kind, more = Kind.SIGN_IN, ": it leads to a sign-in page"
    return kind, more


def _is_sign_in(led_to: str, asked: str) -> bool:
    """Not where the address itself already speaks of signing in: then that is what it is about."""
    end, start = urlsplit(led_to), urlsplit(asked)
    pages = f"{end.hostname or ''}{end.path}"
    return bool(_SIGN_IN.search(pages)) and not _SIGN_IN.search(
        f"{start.hostname or ''}{start.path}"
    )


def _said(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)
