"""Tables that only grow: triggers refuse UPDATE and DELETE.

Installed after each migrate, and idempotent. Production may add a role that does not own the tables;
whoever owns an SQLite file can always take the triggers away.
"""

from __future__ import annotations

from typing import Any

from django.apps import apps as django_apps
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

#: Rooms add their own in ready().
tables: list[str] = []

_POSTGRES = """
CREATE OR REPLACE FUNCTION drillbook_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
"""


def statements(vendor: str, table: str) -> list[str]:
    if vendor == "sqlite":
        return [
            f"CREATE TRIGGER IF NOT EXISTS {table}_no_{verb} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            for verb in ("UPDATE", "DELETE")
        ]
    return [
        f"CREATE OR REPLACE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION drillbook_refuse()"
    ]


def removals(vendor: str, table: str) -> list[str]:
    """For tests that must empty the tables, and for nobody else."""
    if vendor == "sqlite":
        return [f"DROP TRIGGER IF EXISTS {table}_no_{verb}" for verb in ("UPDATE", "DELETE")]
    return [f"DROP TRIGGER IF EXISTS {table}_append_only ON {table}"]


def apply(connection: BaseDatabaseWrapper) -> None:
    existing = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_POSTGRES)
        for table in tables:
            if table in existing:
                for statement in statements(connection.vendor, table):
                    cursor.execute(statement)


def install(sender: Any, using: str, apps: Any = django_apps, **kwargs: Any) -> None:
    apply(connections[using])
