"""The audit trail: who did what, when, from where, to which object, before and after. It only grows.

`record` is called by the function that does the thing, in its transaction: neither is there without the
other. No secret enters: values are given by name, and names of secrets are refused.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any, TypedDict

from celery import current_task
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from portal.accounts.models import AuditEntry, Session, User
from portal.http import address_of

#: Action -> how the page says it. Rooms add theirs with `actions.update` in ready().
actions: dict[str, str] = {
    "signed.in": "signed in",
    "signed.in.failed": "could not sign in",
    "signed.out": "signed out",
    "session.ended": "ended a session",
    "password.changed": "set a new password",
    "token.made": "made a token",
    "token.revoked": "revoked a token",
    "person.made": "made an account",
    "person.changed": "changed an account",
    "person.deactivated": "deactivated an account",
    "person.activated": "activated an account",
    "person.unreachable": "marked somebody as unreachable",
    "person.reachable": "found somebody reachable again",
    "team.led.by": "changed who leads a team",
    "role.given": "gave a role",
    "role.taken": "took a role away",
    "team.joined": "put somebody into a team",
    "team.left": "took somebody out of a team",
    "company.renamed": "named the company",
    "company.set.up": "finished the first steps",
}
_SECRET = ("password", "secret", "digest", "session_key", "cookie", "authorization")
_MOST_TEXT = 2_000
_request: ContextVar[HttpRequest | None] = ContextVar("request", default=None)
_elsewhere: ContextVar[str] = ContextVar("elsewhere", default="")


class SecretInTrail(ValueError):  # noqa: N818 -- a programmer's mistake, said plainly
    """A value was given under a name that secrets have."""


def middleware(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """What is recorded while this request is answered came from it."""

    def asked(request: HttpRequest) -> HttpResponseBase:
        token = _request.set(request)
        try:
            return get_response(request)
        finally:
            _request.reset(token)

    return asked


def asked_by() -> HttpRequest | None:
    """The request that is being answered, if one is."""
    return _request.get()


@contextmanager
def by_way_of(way: str) -> Iterator[None]:
    """What is recorded within came so, as "upload 12", and not by whatever request or worker runs it."""
    request, elsewhere = _request.set(None), _elsewhere.set(way)
    try:
        yield
    finally:
        _elsewhere.reset(elsewhere)
        _request.reset(request)


def record(
    action: str,
    *,
    by: User | None,
    of: Model | None = None,
    kind: str = "",
    name: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    note: str = "",
    at: datetime | None = None,
) -> AuditEntry:
    """Write one entry. `of` is the object; `kind` and `name` default to what it says of itself."""
    made = entry(
        action, by=by, of=of, kind=kind, name=name, before=before, after=after, note=note, at=at
    )
    made.save(force_insert=True)
    return made


def record_all(entries: Iterable[AuditEntry]) -> None:
    """Write many that `entry` made, in one statement."""
    AuditEntry.objects.bulk_create(entries)


def entry(
    action: str,
    *,
    by: User | None,
    of: Model | None = None,
    kind: str = "",
    name: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    note: str = "",
    at: datetime | None = None,
) -> AuditEntry:
    """What `record` writes, not yet written."""
    if action not in actions:
        raise ValueError(f"{action!r} is no action of the trail: add it to audit.actions.")
    address, via = _whence()
    return AuditEntry(
        at=at or timezone.now(),
        action=action,
        by=by,
        by_name=str(by)[:150] if by else "",
        address=address,
        via=via,
        object_kind=(kind or (of._meta.model_name or "" if of else ""))[:30],
        object_id=str(of.pk)[:40] if of is not None else "",
        object_name=(name or (str(of) if of is not None else ""))[:300],
        before=_plain(before),
        after=_plain(after),
        note=note[:_MOST_TEXT],
    )


def _whence() -> tuple[str, str]:
    """The address, and the session, token, upload, worker or command by which it came."""
    request = asked_by()
    if request is None:
        worker = f"worker ({current_task.name})" if current_task else ""
        return "", (_elsewhere.get() or worker or "command")[:160]
    token = getattr(request, "token", None)
    if token is not None:
        return address_of(request), f"token {token.pk} ({token.name})"[:160]
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    return address_of(request), f"session {Session.handle_of(key)}" if key else "browser"


def _plain(values: Mapping[str, Any] | None) -> dict[str, Any]:
    """Values as JSON keeps them. Raises SecretInTrail."""
    for name in values or {}:
        if any(word in name.lower() for word in _SECRET):
            raise SecretInTrail(f"{name} may not stand in the audit trail.")
    made: dict[str, Any] = json.loads(json.dumps(dict(values or {}), cls=DjangoJSONEncoder))
    return made


class Sides(TypedDict):
    before: dict[str, Any]
    after: dict[str, Any]


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Sides:
    """The two sides of what differs, as `record` takes them."""
    names = [name for name in after if before.get(name) != after[name]]
    return Sides(
        before={name: before.get(name) for name in names},
        after={name: after[name] for name in names},
    )


def as_lines(entries: Iterable[AuditEntry]) -> Iterator[str]:
    """One JSON object a line, ending in a newline."""
    for entry in entries:
        told = {
            "id": entry.pk,
            "at": entry.at.isoformat(),
            "action": entry.action,
            "by": entry.by.username if entry.by else None,
            "by_name": entry.by_name,
            "address": entry.address,
            "via": entry.via,
            "object": {"kind": entry.object_kind, "id": entry.object_id, "name": entry.object_name},
            "before": entry.before,
            "after": entry.after,
            "note": entry.note,
        }
        yield json.dumps(told, ensure_ascii=False) + "\n"
