"""What processes share: the cache, Celery's broker and its timetable."""

from __future__ import annotations

from celery.schedules import crontab

from portal.settings.base import DATA_DIR, env

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
