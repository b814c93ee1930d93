from __future__ import annotations

from smtplib import SMTPRecipientsRefused
from typing import TYPE_CHECKING

from django.apps import AppConfig

if TYPE_CHECKING:
    from portal.accounts.models import User


def _address_refused(person: User, error: SMTPRecipientsRefused) -> bool:
    from portal.notify import invitations  # noqa: PLC0415 -- what sends is loaded by what sends

    return invitations.address_refused(person, error)


class NotifyConfig(AppConfig):
    name = "portal.notify"
    label = "notify"

    def ready(self) -> None:
        from django.db.models import Exists, OuterRef  # noqa: PLC0415 -- models are loaded only now

        from portal.accounts import audit, inviting  # noqa: PLC0415 -- as above
        from portal.accounts.models import people  # noqa: PLC0415 -- as above
        from portal.notify import kinds  # noqa: PLC0415 -- as above
        from portal.notify.models import Message  # noqa: PLC0415 -- as above

        # The bell in the header costs no query of its own.
        unread = Message.objects.filter(person=OuterRef("pk"), read_at=None).order_by()
        people.asked_along["has_unread"] = Exists(unread)

        inviting.on_refused.append(_address_refused)
        kinds.register(kinds.TEST)
        audit.actions.update(
            {
                "channel.added": "added a way to be told things",
                "channel.removed": "removed a way to be told things",
                "channel.changed": "changed a way to be told things",
                "channel.failed": "could not be told things",
                "channel.mended": "had a failed way tried again",
                "messages.chosen": "chose what to be told by which way",
                "calendar.reset": "made a new calendar address",
            }
        )
