"""What browsers are told to insist on: HTTPS, cookies, where scripts may come from."""

from __future__ import annotations

from urllib.parse import urlsplit

from portal.settings.base import env
from portal.settings.site import HTTPS, SITE_URL, TRUST_PROXY

_site = urlsplit(SITE_URL)
URL_MAX_BYTES = 16 * 1024
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = (
    env.flag("HTTPS_REDIRECT", True, "With an https SITE_URL: send http to https.") and HTTPS
)
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = env.number(
    "HSTS_SECONDS", 2_592_000, "With an https SITE_URL: how long browsers insist on it."
)
SECURE_HSTS_SECONDS = SECURE_HSTS_SECONDS if HTTPS else 0
# Whether the other names of this domain insist on https is not this portal's to decide.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
# portal.checks has the sentence for an address that is none.
CSRF_TRUSTED_ORIGINS = [SITE_URL] if _site.scheme in ("http", "https") and _site.netloc else []
CSRF_FAILURE_VIEW = "portal.errors.forged"
X_FRAME_OPTIONS = "DENY"
if TRUST_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    USE_X_FORWARDED_HOST = True
CONTENT_SECURITY_POLICY = {
    "default-src": ["'none'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "font-src": ["'self'"],
    "connect-src": ["'self'"],
    "manifest-src": ["'self'"],
    "form-action": ["'self'"],
    "base-uri": ["'none'"],
    "frame-ancestors": ["'none'"],
}
