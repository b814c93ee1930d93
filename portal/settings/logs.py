"""What is logged, and what never is."""

from __future__ import annotations

from portal.settings.base import env

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
