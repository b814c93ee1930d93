from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AccountsConfig(AppConfig):
    name = "portal.accounts"
    label = "accounts"

    def ready(self) -> None:
        from portal import append_only  # noqa: PLC0415 -- models are loaded only now
        from portal.accounts import (  # noqa: PLC0415 -- the same
            closing,
            leaving,
            reaching,  # noqa: F401 -- Django's doors are watched there
            signing,  # noqa: F401 -- and there
        )

        leaving.rooms.append(closing.TEAMS)
        append_only.tables.append("accounts_auditentry")
        # Sent once every table is there, whichever room it is of.
        post_migrate.connect(append_only.install, sender=self)
