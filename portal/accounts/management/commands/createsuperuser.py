"""manage.py createsuperuser: Django's own, which without questions names the setting that it misses."""

import os
from typing import Any

from django.contrib.auth.management.commands import createsuperuser
from django.core.management.base import CommandError

from portal.accounts.models import User


class Command(createsuperuser.Command):
    def handle(self, *args: Any, **options: Any) -> Any:
        if not options["interactive"]:
            missing = [
                f"--{name} or {variable}"
                for name in (User.USERNAME_FIELD, *User.REQUIRED_FIELDS)
                if not options.get(name)
                and not os.environ.get(variable := f"DJANGO_SUPERUSER_{name.upper()}")
            ]
            if missing:
                raise CommandError(
                    f"With --noinput it takes {', '.join(missing)}; the password is read from "
                    "DJANGO_SUPERUSER_PASSWORD."
                )
        return super().handle(*args, **options)
