"""Mail, Slack and webhooks (the room portal.notify), and what may be asked of other machines."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from portal.settings.base import DATA_DIR, env

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
