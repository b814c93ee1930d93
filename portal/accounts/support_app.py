"""Django's admin as an app of this portal: which site it opens, and that it shows every table."""

from __future__ import annotations

from django.apps import apps
from django.contrib.admin.apps import AdminConfig


class SupportConfig(AdminConfig):
    """In place of `django.contrib.admin`."""

    default_site = "portal.accounts.support.SupportSite"

    def ready(self) -> None:
        from django.contrib import admin  # noqa: PLC0415 -- models are loaded only now

        from portal.accounts import audit  # noqa: PLC0415 -- as above
        from portal.accounts.support import OURS, LookedAt  # noqa: PLC0415 -- as above

        audit.actions.update(
            {
                "support.added": "added, in the support pages,",
                "support.changed": "changed, in the support pages,",
                "support.deleted": "deleted, in the support pages,",
            }
        )
        super().ready()
        # A table that its room has not described is shown as it is.
        for model in apps.get_models():
            if model.__module__.startswith(OURS) and not admin.site.is_registered(model):
                admin.site.register(model, LookedAt)
