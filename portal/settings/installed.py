"""What this site is made of: applications, middleware, templates. The order is part of it."""

from __future__ import annotations

from portal.settings.base import BASE_DIR
from portal.settings.provider import OIDC

# Loaded only where a provider is set up: most portals sign people in by password alone.
_OIDC_APPS = (
    (
        "allauth",
        "allauth.account",
        "allauth.socialaccount",
        "allauth.socialaccount.providers.openid_connect",
    )
    if OIDC
    else ()
)
_OIDC_MIDDLEWARE = ("allauth.account.middleware.AccountMiddleware",) if OIDC else ()

INSTALLED_APPS = [
    "portal.accounts",  # before auth, whose createsuperuser it says more in
    "portal.accounts.support_app.SupportConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "portal",
    "portal.notify",
    "portal.ai",
    "runbooks",
    "runbooks.search",
    "runbooks.alerts",
    "runbooks.reviews",
    "drills",
    *_OIDC_APPS,
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "portal.middleware.limits",
    "portal.middleware.api_answers",
    "portal.accounts.audit.middleware",
    "django.middleware.gzip.GZipMiddleware",
    "portal.middleware.content_policy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "portal.uploads.Bounds",  # before the one below, which reads what is sent
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "portal.accounts.middleware.token",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "portal.middleware.htmx_seams",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    *_OIDC_MIDDLEWARE,
]
ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.context.site",
            ]
        },
    }
]
