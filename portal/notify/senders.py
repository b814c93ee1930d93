"""The ways that a message leaves by, each opened when it is first used and closed at the end of a run."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from portal.notify import by_slack, by_webhook
from portal.notify.by_mail import Mailer
from portal.notify.models import Channel, Delivery


class Senders:
    """`down` holds the kinds of channel that nothing goes by in this run, whomever it is for."""

    def __init__(self) -> None:
        self.down: set[str] = set()
        self.mailer = Mailer()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.mailer.close()

    def send(self, delivery: Delivery) -> None:
        """Returns when the other side has taken it. Raises Failed, Later or Unknown."""
        if delivery.kind == Channel.Kind.EMAIL:
            self.mailer.send(delivery)
        elif delivery.kind == Channel.Kind.SLACK:
            by_slack.send(delivery)
        else:
            by_webhook.send(delivery)
