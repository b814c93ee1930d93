"""By a webhook: JSON, signed, with an event id that stays the same on every try.

Drillbook-Signature: t=1795421700,v1=<HMAC-SHA256 of "1795421700." and the body, hex, with the secret>
"""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone

from portal import outgoing
from portal.notify.body import made_whole, whole
from portal.notify.models import Delivery
from portal.notify.outcomes import Failed, Later, Unknown

_SECONDS = 10
_GONE = {
    401: "It wants a sign-in (401).",
    403: "It refuses this portal (403).",
    404: "There is nothing at the address any more (404).",
    405: "The address takes no messages (405).",
    410: "The address is gone for good (410).",
}


def send(delivery: Delivery) -> None:
    """Raises Failed, Later or Unknown."""
    content = json.dumps(said(delivery), cls=DjangoJSONEncoder, ensure_ascii=False).encode()
    at = int(timezone.now().timestamp())
    secret = delivery.channel.secret if delivery.channel else ""
    try:
        answer = outgoing.fetch(
            delivery.target,
            method="POST",
            content=content,
            headers={
                "Content-Type": "application/json",
                "Drillbook-Event": delivery.event_id,
                "Drillbook-Signature": f"t={at},v1={signature(secret, at, content)}",
            },
            seconds=_SECONDS,
        )
    except outgoing.Refused as refused:
        raise Failed(str(refused), channel=True) from refused
    except outgoing.Unreachable as error:
        if error.kind == "timeout":
            raise Unknown(f"{error} It may have arrived.", own=True) from error
        raise Later(str(error), own=True) from error
    _judge(answer)


def signature(secret: str, at: int, content: bytes) -> str:
    """What the receiver works out and compares. `at` is in seconds: an old one is somebody's replay."""
    return hmac.new(secret.encode(), f"{at}.".encode() + content, hashlib.sha256).hexdigest()


def said(delivery: Delivery) -> dict[str, Any]:
    message = delivery.message
    person = message.person
    return {
        "id": delivery.event_id,
        "kind": message.kind,
        "subject": message.subject,
        "url": whole(message.url),
        "urgent": message.urgent,
        "day": message.day,
        "created_at": message.created_at,
        "person": {"username": person.username, "name": person.name},
        "body": made_whole(message.body),
    }


def _judge(answer: outgoing.Answer) -> None:
    status = answer.status
    if 200 <= status < 300:
        return
    if status in _GONE:
        raise Failed(_GONE[status], channel=True)
    if 300 <= status < 400:
        words = f"It sends on to another address ({status}): give that one instead."
        raise Failed(words, channel=True)
    if status in (408, 425, 429) or status >= 500 or status < 200:
        after = outgoing.retry_after(answer.headers.get("retry-after"))
        raise Later(f"It could not take the message ({status}).", after=after, own=True)
    raise Failed(f"It refused the message ({status}).", channel=False)
