"""manage.py create_token USER: print a new API token once."""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from portal.accounts import managing
from portal.accounts.models import ApiToken, User


class Command(BaseCommand):
    help = "Makes an API token for a person and prints it once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("user", help="user name or e-mail address")
        parser.add_argument("--scope", choices=ApiToken.Scope.values, default=ApiToken.Scope.READ)
        parser.add_argument("--name", default="command line")
        parser.add_argument("--days", type=int, help="days until it expires (default: never)")

    def handle(self, *args: Any, **options: Any) -> None:
        person = User.objects.named(options["user"])
        if person is None or not person.is_active:
            raise CommandError(f"There is no active person {options['user']!r}.")
        days = options["days"]
        expires_at = timezone.now() + timedelta(days=days) if days else None
        _, secret = managing.make_token(
            person, name=options["name"], scope=options["scope"], expires_at=expires_at, by=None
        )
        self.stdout.write(secret)
