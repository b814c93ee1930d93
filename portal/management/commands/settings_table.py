"""manage.py settings_table [--check]: write docs/settings.md from portal/settings/."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal import settings as source
from portal.environment import table

HEAD = """# Settings

Every knob is an environment variable; a secret can also come from a file named by `NAME_FILE`.
Made from `portal/settings/` by `manage.py settings_table`.

"""


class Command(BaseCommand):
    help = "Writes docs/settings.md; with --check, fails when it is stale."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        page = settings.BASE_DIR / "docs" / "settings.md"
        text = HEAD + table(source.env.knobs) + "\n"
        if options["check"]:
            if not page.exists() or page.read_text(encoding="utf-8") != text:
                raise CommandError("docs/settings.md is stale: run manage.py settings_table.")
            return
        page.parent.mkdir(exist_ok=True)
        page.write_text(text, encoding="utf-8")
