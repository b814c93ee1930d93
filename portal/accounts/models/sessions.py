"""Sign-ins that last: whose, since when, on which device, last seen when."""

from __future__ import annotations

import hashlib
from typing import ClassVar

from django.conf import settings
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models

#: What stands in a browser's own description -> what people call it; the more special first.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
)


class Session(AbstractBaseSession):
    """A browser's session. The key is the browser's secret: pages and the trail name its `handle`."""

    handle = models.CharField(max_length=16, unique=True)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="sessions",
    )
    created_at = models.DateTimeField(help_text="When they signed in.")
    last_seen = models.DateTimeField(null=True, blank=True)
    address = models.CharField(max_length=45, blank=True)
    device = models.CharField(max_length=200, blank=True)

    class Meta(AbstractBaseSession.Meta):
        abstract = False
        ordering: ClassVar = ["-last_seen"]

    def __str__(self) -> str:
        return f"session {self.handle}"

    @property
    def device_words(self) -> str:
        """What one would call the device; the whole of what the browser said where we know no word."""
        browser = next((name for mark, name in _BROWSERS if mark in self.device), "")
        system = next((name for mark, name in _SYSTEMS if mark in self.device), "")
        if browser and system:
            return f"{browser} on {system}"
        return self.device or "unknown"

    @classmethod
    def get_session_store_class(cls) -> type:
        from portal.accounts.session_store import SessionStore  # noqa: PLC0415 -- it imports us

        return SessionStore

    @staticmethod
    def handle_of(key: str) -> str:
        return hashlib.sha256(key.encode()).hexdigest()[:16]
