"""The site: its address, its name, who may read it, the web server."""

from __future__ import annotations

import fcntl
import secrets
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from portal.settings.base import DATA_DIR, env


def _kept_secret_key() -> str:
    """A key made once for this data folder, so that a laptop needs no setting and no key is in the code."""
    file = DATA_DIR / "secret_key"
    if file.exists() and (key := file.read_text(encoding="ascii").strip()):
        return key
    file.touch(mode=0o600)
    with file.open("r+", encoding="ascii") as kept:
        # Another process of the same start may be making it, or one died before it had written anything.
        fcntl.flock(kept, fcntl.LOCK_EX)
        key = kept.read().strip()
        if not key:
            key = secrets.token_urlsafe(50)
            kept.write(key)
        return key


DEBUG = env.flag("DEBUG", False, "Developer's error pages. Never in production.")
SECRET_KEY = env.secret(
    "SECRET_KEY",
    "",
    "Signs sessions. Empty: made once and kept in DATA_DIR. Set it when several machines serve.",
)
SECRET_KEY = SECRET_KEY or _kept_secret_key()
PORT = env.number("PORT", 8000, "Port that `make run` serves on.", least=1)
SITE_URL = env.text(
    "SITE_URL",
    f"http://127.0.0.1:{PORT}",
    "Address that people and alerts use; alert links are written with it.",
).rstrip("/")
SITE_NAME = env.text("SITE_NAME", "Drillbook", "Name in the page head: your company or team.")
_site = urlsplit(SITE_URL)
HTTPS = _site.scheme == "https"
ALLOWED_HOSTS = env.words(
    "ALLOWED_HOSTS",
    ("127.0.0.1", "localhost", "[::1]"),
    "Host names that this portal answers to; that of SITE_URL is added.",
)
if _site.hostname and _site.hostname not in ALLOWED_HOSTS:
    ALLOWED_HOSTS.append(_site.hostname)
READ_WITHOUT_LOGIN = env.flag(
    "READ_WITHOUT_LOGIN",
    False,
    "Everyone who reaches the portal may read and search. For trusted networks.",
)
REPORT_WITHOUT_LOGIN = env.flag(
    "REPORT_WITHOUT_LOGIN",
    False,
    "Who reads without login may report a step too, a few times in ten minutes.",
)
DEMO = env.flag("DEMO", False, "Load the demo library and its people at start.")
DEMO_PASSWORD = env.secret("DEMO_PASSWORD", "drillbook", "Password of the demo people.")
TIME_ZONE = env.choice(
    "TIME_ZONE", "UTC", available_timezones(), "Time zone of people who have not chosen one."
)
TRUST_PROXY = env.flag(
    "TRUST_PROXY",
    False,
    "Believe X-Forwarded-Proto and X-Forwarded-Host: only behind a proxy that sets them.",
)

# The web server (portal/serving.py)
BIND = env.text(
    "BIND",
    f"127.0.0.1:{PORT}",
    "Address and port that the web server listens on; `make run` stays on 127.0.0.1.",
)
WEB_WORKERS = env.number("WEB_WORKERS", 2, "Processes of the web server.", least=1)
WEB_THREADS = env.number("WEB_THREADS", 2, "Threads of each of them.", least=1)

LANGUAGE_CODE = "en-gb"
USE_TZ = True
USE_I18N = False
