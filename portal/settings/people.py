"""How people sign in with a password, and for how long."""

from __future__ import annotations

from portal.settings.base import env

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["portal.accounts.backends.PersonBackend"]
LOGIN_URL = "accounts:sign_in"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "accounts:sign_in"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
    )
]
SESSION_ENGINE = "portal.accounts.session_store"
SESSION_COOKIE_AGE = (
    60 * 60 * 24 * env.number("SESSION_DAYS", 30, "Days until a sign-in ends.", least=1)
)
