"""Wrong settings, as Django system checks: an id and a sentence each. `manage.py check` prints them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, register


@register()
def unreadable_settings(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    return [Error(message, id="portal.E001") for message in settings.SETTING_ERRORS]


@register()
def addresses(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    site = urlsplit(settings.SITE_URL)
    if site.scheme not in ("http", "https") or not site.hostname:
        found.append(
            Error(
                f"SITE_URL is {settings.SITE_URL!r}: it takes an address such as https://runbooks.example.org.",
                id="portal.E002",
            )
        )
    if settings.MEILISEARCH_URL and urlsplit(settings.MEILISEARCH_URL).scheme not in (
        "http",
        "https",
    ):
        found.append(
            Error("MEILISEARCH_URL must begin with http:// or https://.", id="portal.E003")
        )
    if "*" in settings.ALLOWED_HOSTS and not settings.DEBUG:
        found.append(
            checks.Warning("ALLOWED_HOSTS is *: links in mails could be forged.", id="portal.W001")
        )
    return found


@register()
def listening(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    host, _, port = settings.BIND.rpartition(":")
    if host and port.isdecimal() and 0 < int(port) < 65536:
        return []
    return [
        Error(f"BIND is {settings.BIND!r}: it takes host:port, as 0.0.0.0:8000.", id="portal.E006")
    ]


@register()
def folders(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    folder = Path(settings.DATA_DIR)
    try:
        probe = folder / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        return [Error(f"DATA_DIR cannot be written: {error.strerror}.", id="portal.E005")]
    return []


@register(deploy=True)
def production(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if settings.DEMO:
        found.append(
            checks.Warning("DEMO is on: its people share one known password.", id="portal.W002")
        )
    if settings.READ_WITHOUT_LOGIN and settings.HTTPS:
        found.append(
            checks.Warning(
                "READ_WITHOUT_LOGIN is on: everyone who reaches the portal reads every runbook.",
                id="portal.W003",
            )
        )
    return found
