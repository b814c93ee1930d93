"""SQLite in WAL mode with settings fit for many readers, or PostgreSQL by DATABASE_URL."""

from __future__ import annotations

from typing import Any

import dj_database_url

from portal.settings.base import DATA_DIR, env

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
