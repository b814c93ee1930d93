"""manage.py send_test_notification USER [--channel KIND]: send now, and say what happened."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.accounts.models import User
from portal.notify import choosing, testing
from portal.notify.models import Channel


class Command(BaseCommand):
    help = "Sends a test message to a person at once, and says of each channel what happened."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("user", help="user name or mail address")
        parser.add_argument("--channel", choices=Channel.Kind.values, help="only this kind")

    def handle(self, *args: Any, **options: Any) -> None:
        person = User.objects.named(options["user"])
        if person is None:
            raise CommandError(f"There is nobody called {options['user']}.")
        if not person.is_active:
            raise CommandError(f"{person}'s account is closed: nothing is sent there.")
        kind = options["channel"]
        choosing.mail_channel(person)
        channels = [one for one in choosing.channels_of(person) if kind in (None, one.kind)]
        if not channels:
            raise CommandError(f"{person} has no {kind} channel: it is added at /account/messages.")
        left = True
        for channel in channels:
            tested = testing.send_test(channel, person=person)
            left = left and tested.left
            where = choosing.shown(channel, person)
            sign = "sent" if tested.left else "NOT SENT"
            print(f"{channel.kind} {where}: {sign}. {tested.words}")
        if not left:
            raise CommandError("Not every test message left.")
