"""The way out that a mail carries (RFC 8058): whoever holds the address stops that kind of mail to that
person, without signing in, and does nothing else with it."""

from __future__ import annotations

from django.core import signing
from django.db import transaction
from django.urls import reverse

from portal.accounts import audit
from portal.accounts.models import User
from portal.notify import choosing
from portal.notify.body import whole
from portal.notify.models import Channel, Choice

_SALT = "portal.notify.stopping"


def address_for(person: User, kind: str) -> str:
    token = signing.dumps([person.pk, kind], salt=_SALT)
    return whole(reverse("notify:stop", args=[token]))


def meant_by(token: str) -> tuple[User, str] | None:
    """Whose mails of which kind the token stops; None where it is none of ours."""
    try:
        pk, kind = signing.loads(token, salt=_SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    person = User.objects.filter(pk=pk).first()
    return (person, kind) if person else None


@transaction.atomic
def stop(*, person: User, kind: str) -> bool:
    """That person gets no more mails of that kind; the inbox has them all the same. False: it was so."""
    _, new = Choice.objects.get_or_create(person=person, kind=kind, channel_kind=Channel.Kind.EMAIL)
    if new:
        choosing.withdraw(person=person, kind=kind, way=Channel.Kind.EMAIL)
        audit.record(
            "messages.chosen",
            by=person,
            of=person,
            after={"muted": f"{kind} by e-mail"},
            note="By the link in a mail.",
        )
    return new
