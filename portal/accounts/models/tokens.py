"""The tokens that programs come with: hashed, scoped, expiring, revocable."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils import timezone

from portal.accounts.models.people import User


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def usable(self, *, now: datetime) -> ApiTokenQuerySet:
        return self.filter(
            models.Q(expires_at__isnull=True) | models.Q(expires_at__gt=now),
            revoked_at__isnull=True,
            user__is_active=True,
        )

    def of_secret(self, secret: str, *, now: datetime | None = None) -> ApiToken | None:
        """The usable token with this secret, or None."""
        digest = ApiToken.digest_of(secret)
        return (
            self.usable(now=now or timezone.now())
            .filter(digest=digest)
            .select_related("user")
            .first()
        )


class ApiToken(models.Model):
    """A program's key. Only a digest is kept; the secret is shown once."""

    class Scope(models.TextChoices):
        """Each carries what those before it carry. None publishes: that takes a person."""

        READ = "read", "read"
        REPORT = "report", "report"
        PROPOSE = "propose", "propose"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="tokens"
    )
    name = models.CharField(max_length=120)
    scope = models.CharField(max_length=20, choices=Scope.choices, default=Scope.READ)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = ApiTokenQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.name} of {self.user}"

    @staticmethod
    def digest_of(secret: str) -> str:
        # A token is 256 random bits, so that a plain digest cannot be guessed back.
        return hashlib.sha256(secret.encode()).hexdigest()

    @classmethod
    def create_for(
        cls, user: User, *, name: str, scope: str = "read", expires_at: datetime | None = None
    ) -> tuple[ApiToken, str]:
        """The new token, and its secret, which cannot be read again."""
        secret = f"drb_{secrets.token_urlsafe(32)}"
        token = cls.objects.create(
            user=user, name=name, scope=scope, digest=cls.digest_of(secret), expires_at=expires_at
        )
        return token, secret
