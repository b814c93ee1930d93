"""Settings: one file, every knob from the environment, each with a default that works on a laptop.

docs/settings.md lists them; `manage.py settings_table --check` fails when that page is stale.
"""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from zoneinfo import available_timezones

import dj_database_url
from celery.schedules import crontab

from portal.environment import Environment

BASE_DIR = Path(__file__).resolve().parent.parent
env = Environment()

# Where this portal keeps its things
DATA_DIR = env.path(
    "DATA_DIR",
    BASE_DIR / "var",
    "Folder of the database, the broker's files and uploads.",
    shown="./var",
)
DATA_DIR.mkdir(parents=True, exist_ok=True)


def _kept_secret_key() -> str:
    """A key made once for this data folder, so that a laptop needs no setting and no key is in the code."""
    file = DATA_DIR / "secret_key"
    try:
        return file.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        pass
    key = secrets.token_urlsafe(50)
    try:
        file.touch(mode=0o600, exist_ok=False)
        file.write_text(key, encoding="ascii")
    except FileExistsError:  # another process of the same start was first
        return file.read_text(encoding="ascii").strip() or key
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

# Database: SQLite in WAL mode with settings fit for many readers, or PostgreSQL by DATABASE_URL
DATABASE_URL = env.secret(
    "DATABASE_URL",
    "",
    "PostgreSQL, as postgresql://user:password@host:5432/name. Empty: SQLite in DATA_DIR.",
)
DATABASE_MAX_AGE = env.number(
    "DATABASE_MAX_AGE", 600, "Seconds that a PostgreSQL connection is kept open between requests."
)
DATABASE_PREPARE = env.flag(
    "DATABASE_PREPARE",
    True,
    "Let PostgreSQL keep the plans of queries. 0 behind a pooler that forgets them.",
)
DATABASES: dict[str, dict[str, Any]]
if DATABASE_URL.startswith(("postgresql://", "postgres://")):
    DATABASES = {
        "default": {
            **dj_database_url.parse(
                DATABASE_URL, engine="portal.postgresql", conn_max_age=DATABASE_MAX_AGE
            ),
            "CONN_HEALTH_CHECKS": True,
        }
    }
    if DATABASE_PREPARE:
        # Finding a page takes PostgreSQL ten times as long to plan as to do.
        DATABASES["default"].setdefault("OPTIONS", {}).update(
            {"server_side_binding": True, "prepare_threshold": 3}
        )
else:
    if DATABASE_URL:
        env.errors.append("DATABASE_URL does not begin with postgresql://.")
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": DATA_DIR / "drillbook.sqlite3",
            "CONN_MAX_AGE": None,
            "OPTIONS": {
                "timeout": 20,
                "transaction_mode": "IMMEDIATE",
                "init_command": (
                    "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA temp_store=MEMORY;"
                    "PRAGMA mmap_size=134217728; PRAGMA cache_size=-8000;"
                ),
            },
        }
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# People
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

# Sign-in at a provider (OpenID Connect); loaded only where it is set up
OIDC_ISSUER = env.text(
    "OIDC_ISSUER",
    "",
    "Your identity provider, as https://login.example.org. Empty: passwords only.",
).rstrip("/")
OIDC_CLIENT_ID = env.text("OIDC_CLIENT_ID", "", "What the provider calls this portal.")
OIDC_CLIENT_SECRET = env.secret("OIDC_CLIENT_SECRET", "", "Its secret there.")
OIDC_NAME = env.text("OIDC_NAME", "your company", "The button says: Sign in with …")
OIDC_GROUPS_CLAIM = env.text("OIDC_GROUPS_CLAIM", "groups", "Claim that lists a person's groups.")
OIDC_TEAMS = env.words(
    "OIDC_TEAMS", (), "Group to team, as `sre-oncall=platform,dba=databases`; team slugs."
)
OIDC_MATCH_EMAIL = env.flag(
    "OIDC_MATCH_EMAIL",
    False,
    "A person who is here already is the one with the e-mail address that the provider has verified.",
)
OIDC_SIGN_OUT = env.flag(
    "OIDC_SIGN_OUT",
    True,
    "Who signs out here is signed out at the provider, too, where it offers that.",
)
OIDC = bool(OIDC_ISSUER and OIDC_CLIENT_ID)
if OIDC_ISSUER and not OIDC_CLIENT_ID:
    env.errors.append("OIDC_ISSUER is set, but OIDC_CLIENT_ID is not.")
for _pair in OIDC_TEAMS:
    if "=" not in _pair:
        env.errors.append(f"OIDC_TEAMS has {_pair!r}: it takes group=team.")

OIDC_SCOPES = env.words(
    "OIDC_SCOPES", ("openid", "profile", "email"), "Asked of the provider; some want `groups` too."
)
if OIDC:
    INSTALLED_APPS += [
        "allauth",
        "allauth.account",
        "allauth.socialaccount",
        "allauth.socialaccount.providers.openid_connect",
    ]
    MIDDLEWARE.append("allauth.account.middleware.AccountMiddleware")
    SOCIALACCOUNT_ADAPTER = "portal.accounts.oidc.Adapter"
    # The state in the link and PKCE guard the way there; a form would need the provider in the CSP.
    SOCIALACCOUNT_LOGIN_ON_GET = True
    SOCIALACCOUNT_STORE_TOKENS = False
    ACCOUNT_EMAIL_VERIFICATION = "none"
    ACCOUNT_PREVENT_ENUMERATION = False
    SOCIALACCOUNT_PROVIDERS = {
        "openid_connect": {
            "SCOPE": OIDC_SCOPES,
            "OAUTH_PKCE_ENABLED": True,
            "APPS": [
                {
                    "provider_id": "company",
                    "name": OIDC_NAME,
                    "client_id": OIDC_CLIENT_ID,
                    "secret": OIDC_CLIENT_SECRET,
                    "settings": {"server_url": OIDC_ISSUER},
                }
            ],
        }
    }

# Mail
EMAIL_URL = env.secret(
    "EMAIL_URL",
    "",
    "Mail server, as smtp://user:password@host:587 (smtps:// for TLS from the start). "
    "Empty: mails are files in DATA_DIR/mail.",
)
DEFAULT_FROM_EMAIL = env.text("MAIL_FROM", "drillbook@localhost", "Sender of mails.")
EMAIL_TIMEOUT = 10
_mail = urlsplit(EMAIL_URL)
if _mail.scheme in ("smtp", "smtps") and _mail.hostname:
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    EMAIL_HOST = _mail.hostname
    EMAIL_USE_SSL = _mail.scheme == "smtps"
    EMAIL_PORT = _mail.port or (465 if EMAIL_USE_SSL else 25)
    EMAIL_HOST_USER = unquote(_mail.username or "")
    EMAIL_HOST_PASSWORD = unquote(_mail.password or "")
    # A password never goes over an open line.
    EMAIL_USE_TLS = not EMAIL_USE_SSL and bool(EMAIL_HOST_PASSWORD or EMAIL_PORT == 587)
else:
    if EMAIL_URL:
        env.errors.append("EMAIL_URL does not begin with smtp:// or smtps://.")
    # Not the console: a link that sets a password has no place in a log.
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = DATA_DIR / "mail"

# Messages: the room portal.notify
SLACK_BOT_TOKEN = env.secret(
    "SLACK_BOT_TOKEN",
    "",
    "Token of your Slack app (xoxb-…, with chat:write and users:read.email), for direct messages.",
)
SLACK_API_URL = env.text("SLACK_API_URL", "https://slack.com/api/", "Where Slack's API is.")
SLACK_HOOKS_URL = env.text(
    "SLACK_HOOKS_URL",
    "https://hooks.slack.com/",
    "What the address of a Slack webhook begins with; of Mattermost, its own.",
)
# With its slash, lest hooks.slack.com.example passes.
SLACK_HOOKS_URL = f"{SLACK_HOOKS_URL.rstrip('/')}/"
NOTIFY_TAKEN_MINUTES = env.number(
    "NOTIFY_TAKEN_MINUTES",
    10,
    "Minutes after which a message that a worker took and never reported on goes out again.",
    least=2,
)
NOTIFY_GIVE_UP_DAYS = env.number(
    "NOTIFY_GIVE_UP_DAYS", 3, "Days for which a message that cannot leave is tried again.", least=1
)
NOTIFY_KEEP_DAYS = env.number(
    "NOTIFY_KEEP_DAYS", 365, "Days that messages stay in the inbox.", least=30
)

# What this portal asks of other machines (portal/outgoing.py)
OUTGOING_PRIVATE = env.words(
    "OUTGOING_PRIVATE",
    (),
    "Private networks and host names that webhooks and link checks may reach, as "
    "`10.0.0.0/8,grafana.internal`; `all` for any.",
)

# The web
LANGUAGE_CODE = "en-gb"
USE_TZ = True
USE_I18N = False
STATIC_URL = "/static/"
STATIC_ROOT = env.path(
    "STATIC_ROOT", DATA_DIR / "static", "Where collectstatic writes.", shown="DATA_DIR/static"
)
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "portal.assets.JoinedFinder",
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
]
MEDIA_ROOT = env.path(
    "MEDIA_ROOT", DATA_DIR / "uploads", "Attachments of runbooks.", shown="DATA_DIR/uploads"
)
MEDIA_URL = "/attachments/"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_MAX_AGE = 60 * 60
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024

# Uploads to import: streamed to a private folder that is never served, and removed when they are done
IMPORT_ROOT = env.path(
    "IMPORT_ROOT",
    DATA_DIR / "imports",
    "Uploaded files until they are imported; web and worker share it.",
    shown="DATA_DIR/imports",
)
IMPORT_MAX_MB = env.number(
    "IMPORT_MAX_MB", 200, "Largest ZIP or file that may be uploaded to import, in MB.", least=1
)
IMPORT_MAX_UNPACKED_MB = env.number(
    "IMPORT_MAX_UNPACKED_MB", 1000, "Largest an upload may be once it is unpacked, in MB.", least=1
)
IMPORT_MAX_FILES = env.number(
    "IMPORT_MAX_FILES", 20_000, "Most files that one upload may hold.", least=1
)
IMPORT_KEEP_DAYS = env.number(
    "IMPORT_KEEP_DAYS", 7, "Days until an upload that nobody confirmed is removed.", least=1
)
# Not /tmp, which is memory in a container: a temporary file is then renamed, not copied.
FILE_UPLOAD_TEMP_DIR = IMPORT_ROOT / "arriving"
FILE_UPLOAD_TEMP_DIR.mkdir(parents=True, exist_ok=True, mode=0o700)
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

# Cache: fragments and throttles; shared between processes when REDIS_URL is set
REDIS_URL = env.secret(
    "REDIS_URL", "", "Redis for Celery and the shared cache. Empty: files in DATA_DIR."
)
CACHES: dict[str, dict[str, object]] = {
    # Fragments are keyed by revision, so that each process may keep its own.
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "OPTIONS": {"MAX_ENTRIES": 500},
    },
    "shared": (
        {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
        if REDIS_URL
        else {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "portal_cache"}
    ),
}

# Celery: Redis, or files in DATA_DIR that need no server
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, object] = {"socket_connect_timeout": 2}
_broker = DATA_DIR / "broker"
CELERY_BROKER_URL = REDIS_URL or "filesystem://localhost"
if not REDIS_URL:
    for _part in ("queue", "control"):
        (_broker / _part).mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_broker / "queue"),
        "data_folder_out": str(_broker / "queue"),
        "control_folder": str(_broker / "control"),
        "store_processed": False,
    }
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = "UTC"
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat-schedule")
CELERY_BEAT_SCHEDULE: dict[str, dict[str, object]] = {
    "reconcile-search-index": {
        "task": "runbooks.search.reconcile_index",
        "schedule": env.number(
            "RECONCILE_SECONDS", 600, "How often the Meilisearch index is compared.", least=10
        ),
    },
    "send-messages": {"task": "notify.send_due", "schedule": 60},
    "prune-messages": {"task": "notify.prune", "schedule": crontab(hour=3, minute=40)},
    "remind-of-drills": {"task": "drills.remind", "schedule": 180},
    "sweep-ai-jobs": {"task": "ai.sweep", "schedule": 30},
    "forget-ai-answers": {"task": "ai.forget", "schedule": crontab(hour=3, minute=40)},
    # Each night, so that a week's last figures stand even when its Sunday was missed
    "take-figures": {"task": "reviews.take_figures", "schedule": crontab(hour=23, minute=40)},
    "check-live-runbooks": {
        "task": "runbooks.check_live_runbooks",
        "schedule": crontab(hour=3, minute=20),
    },
    "sweep-imports": {"task": "runbooks.sweep_imports", "schedule": 60},
    "check-links": {"task": "reviews.check_links", "schedule": 60},
    "collect-links": {"task": "reviews.collect_links", "schedule": crontab(hour=3, minute=50)},
    "remind": {
        "task": "reviews.remind",
        "schedule": env.number(
            "REMIND_SECONDS", 300, "How often it is looked who is to be reminded.", least=1
        ),
    },
}

# Search
MEILISEARCH_URL = env.text(
    "MEILISEARCH_URL", "", "Meilisearch server. Empty: the embedded engine alone."
)
MEILISEARCH_KEY = env.secret("MEILISEARCH_KEY", "", "Its API key.")
MEILISEARCH_INDEX = env.text("MEILISEARCH_INDEX", "runbooks", "Name of the index.")
MEILISEARCH_TIMEOUT_MS = env.number(
    "MEILISEARCH_TIMEOUT_MS",
    300,
    "Milliseconds until the embedded engine answers in its place.",
    least=10,
)

# Reviews
REVIEW_EVERY_DAYS = env.number(
    "REVIEW_EVERY_DAYS",
    90,
    "Days between two reviews where neither the runbook nor its service says otherwise.",
    least=1,
)
DIGEST_HOUR = env.number(
    "DIGEST_HOUR", 9, "The hour of the daily digest, 0 to 23, in each person's own time zone."
)
if DIGEST_HOUR > 23:
    env.errors.append(f"DIGEST_HOUR is {DIGEST_HOUR}: it takes 0 to 23.")

LINK_CHECK = env.flag(
    "LINK_CHECK", True, "Ask the links of live runbooks whether they still answer."
)
LINK_CHECK_DAYS = env.number(
    "LINK_CHECK_DAYS", 7, "Days between two checks of a link that answers.", least=1
)
LINK_CHECK_FAILURES = env.number(
    "LINK_CHECK_FAILURES", 3, "Failures that make a dead link (404 and 410: two).", least=2
)
LINK_CHECK_HOURS = env.number(
    "LINK_CHECK_HOURS", 24, "Hours that the failures of a dead link span at least.", least=1
)
LINK_CHECK_DELAY = env.number(
    "LINK_CHECK_DELAY", 2, "Seconds between two link checks at the same host."
)
PREVENTION_DEBT_DAYS = env.number(
    "PREVENTION_DEBT_DAYS",
    30,
    "Days after which an open prevention item is its owner's debt.",
    least=1,
)

# The model that drafts, where one is set up; without a key the offline writer drafts
ANTHROPIC_API_KEY = env.secret(
    "ANTHROPIC_API_KEY", "", "Key of the Messages API. Empty: the offline writer drafts."
)
ANTHROPIC_BASE_URL = env.text(
    "ANTHROPIC_BASE_URL", "", "A gateway or local model that speaks the Messages API."
)
AI_MODEL = env.text("AI_MODEL", "claude-sonnet-5-5", "Name of the model.")
AI_TIMEOUT_SECONDS = env.number(
    "AI_TIMEOUT_SECONDS", 240, "Seconds until the offline writer drafts in its place.", least=1
)
AI_RETRIES = env.number("AI_RETRIES", 3, "Tries more when it is overloaded or answers an error.")
AI_MAX_TOKENS = env.number("AI_MAX_TOKENS", 16_000, "Longest answer, in tokens.", least=256)
AI_PRICE_INPUT = env.number("AI_PRICE_INPUT", 3, "US dollars for a million tokens sent.")
AI_PRICE_OUTPUT = env.number("AI_PRICE_OUTPUT", 15, "US dollars for a million tokens received.")
AI_MONTHLY_BUDGET = env.number(
    "AI_MONTHLY_BUDGET", 50, "US dollars a month for each team, and for what is no team's. 0: none."
)
AI_TEAM_BUDGETS = env.words(
    "AI_TEAM_BUDGETS", (), "Other monthly budgets, as `platform=200,shop=20`; team slugs."
)
for _pair in AI_TEAM_BUDGETS:
    if not _pair.partition("=")[2].isdecimal():
        env.errors.append(f"AI_TEAM_BUDGETS has {_pair!r}: it takes team=dollars.")
AI_KEEP_DAYS = env.number(
    "AI_KEEP_DAYS", 90, "Days that answers are kept for the audit; tokens and cost stay."
)

LOG_LEVEL = env.choice(
    "LOG_LEVEL",
    "INFO",
    ("DEBUG", "INFO", "WARNING", "ERROR"),
    "DEBUG, INFO, WARNING or ERROR.",
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "filters": {
        "probes": {"()": "portal.health.NotReadyIsNoError"},
        "tokens": {"()": "portal.masking.NoTokensInAddresses"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["probes", "tokens"],
        }
    },
    # They log whole addresses, and that of a webhook is a secret.
    "loggers": {name: {"level": "WARNING"} for name in ("httpx2", "httpcore2", "slack_sdk")},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
}
SETTING_ERRORS = env.errors
