from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "portal"

    def ready(self) -> None:
        from portal import (  # noqa: PLC0415
            celery,  # noqa: F401 -- the application that shared_task puts its messages on
            checks,  # noqa: F401 -- registers the system checks
        )
