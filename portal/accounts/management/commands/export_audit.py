"""manage.py export_audit: the audit trail as JSON lines, the oldest first."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from portal.accounts import audit
from portal.accounts.models import AuditEntry


class Command(BaseCommand):
    help = "Prints the audit trail, one JSON object a line."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--after", type=int, default=0, help="only entries after this id")

    def handle(self, *args: Any, **options: Any) -> None:
        found = (
            AuditEntry.objects.filter(pk__gt=options["after"]).select_related("by").order_by("pk")
        )
        for line in audit.as_lines(found.iterator(chunk_size=500)):
            self.stdout.write(line, ending="")
