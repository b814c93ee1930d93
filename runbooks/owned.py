"""Invariant 4: a live runbook's owner is active. Said by the database too, whoever writes to it.

Installed after each migrate, like the append-only triggers. On PostgreSQL the owner's row is held while a
runbook goes live, so that closing the account waits and then sees it.
"""

from __future__ import annotations

from typing import Any

from django.db import connections

from portal.accounts.leaving import Answerable
from portal.accounts.models import User
from runbooks.models import Runbook

_OWNS = (
    "EXISTS (SELECT 1 FROM runbooks_runbook WHERE owner_id = NEW.id AND state = 'live'"
    " AND live_revision_id IS NOT NULL)"
)
_SAID_OF_USER = "a live runbook would be left without an active owner"
_SAID_OF_RUNBOOK = "a live runbook needs an active owner"
_IS_LIVE = "NEW.state = 'live' AND NEW.live_revision_id IS NOT NULL"
_IS_ACTIVE = "SELECT 1 FROM accounts_user WHERE id = NEW.owner_id AND is_active"

_SQLITE = (
    f"CREATE TRIGGER IF NOT EXISTS owner_stays_active BEFORE UPDATE OF is_active ON accounts_user "
    f"WHEN NOT NEW.is_active AND {_OWNS} BEGIN SELECT RAISE(ABORT, '{_SAID_OF_USER}'); END",
    *(
        f"CREATE TRIGGER IF NOT EXISTS live_is_owned_{name} BEFORE {verb} ON runbooks_runbook "
        f"WHEN {_IS_LIVE} AND NOT EXISTS ({_IS_ACTIVE}) "
        f"BEGIN SELECT RAISE(ABORT, '{_SAID_OF_RUNBOOK}'); END"
        for name, verb in (
            ("insert", "INSERT"),
            ("update", "UPDATE OF owner_id, state, live_revision_id"),
        )
    ),
)
_POSTGRES = (
    f"""
CREATE OR REPLACE FUNCTION drillbook_owner_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT NEW.is_active AND {_OWNS} THEN
    RAISE EXCEPTION '{_SAID_OF_USER}' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$""",
    f"""
CREATE OR REPLACE FUNCTION drillbook_live_is_owned() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF {_IS_LIVE} THEN
    PERFORM 1 FROM ({_IS_ACTIVE} FOR SHARE) AS held;
    IF NOT FOUND THEN
      RAISE EXCEPTION '{_SAID_OF_RUNBOOK}' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
  END IF;
  RETURN NEW;
END $$""",
    "CREATE OR REPLACE TRIGGER owner_stays_active BEFORE UPDATE OF is_active ON accounts_user "
    "FOR EACH ROW EXECUTE FUNCTION drillbook_owner_stays()",
    "CREATE OR REPLACE TRIGGER live_is_owned "
    "BEFORE INSERT OR UPDATE OF owner_id, state, live_revision_id ON runbooks_runbook "
    "FOR EACH ROW EXECUTE FUNCTION drillbook_live_is_owned()",
)


def install(sender: Any, using: str, **kwargs: Any) -> None:
    connection = connections[using]
    existing = set(connection.introspection.table_names())
    if not {"accounts_user", "runbooks_runbook"} <= existing:
        return
    with connection.cursor() as cursor:
        for statement in _SQLITE if connection.vendor == "sqlite" else _POSTGRES:
            cursor.execute(statement)


def live_runbooks_of(person: User) -> list[Answerable]:
    """What keeps an account from being closed (accounts/leaving.py)."""
    owned = Runbook.objects.live().readable().filter(owner=person).order_by("title")
    return [Answerable(runbook.title, runbook.get_absolute_url()) for runbook in owned]
