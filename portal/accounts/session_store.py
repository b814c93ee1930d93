"""Django's database sessions, each with its person, device and when it was last seen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db import connection
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from portal.accounts.models import Session
from portal.ready import ReadyQuery

#: `last_seen` may be so old: written on each request it would cost each page a query.
SEEN_EVERY = timedelta(minutes=10)
#: Where sign-in leaves the device and the address, for the row.
DEVICE, ADDRESS, SINCE = "_device", "_address", "_since"


_ANY_KEY, _ANY_TIME = "any-key-at-all", datetime(2000, 1, 1, tzinfo=UTC)
_lasting = ReadyQuery(
    lambda: Session.objects.filter(session_key=_ANY_KEY, expire_date__gt=_ANY_TIME)
)


class SessionStore(DatabaseStore):
    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def _get_session_from_db(self) -> Session | None:
        now = timezone.now()
        as_stored = connection.ops.adapt_datetimefield_value
        found = _lasting.one({_ANY_KEY: self.session_key, as_stored(_ANY_TIME): as_stored(now)})
        if found is None:
            self._session_key = None
        if found is not None and (found.last_seen is None or found.last_seen < now - SEEN_EVERY):
            self._seen: datetime | None = now
            Session.objects.filter(pk=found.pk).update(last_seen=now)
        elif found is not None:
            self._seen = found.last_seen
        return found

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        made = super().create_model_instance(data)
        assert isinstance(made, Session)  # get_model_class says so  # noqa: S101
        made.handle = Session.handle_of(made.session_key)
        person = data.get(SESSION_KEY)
        made.person_id = int(person) if person else None
        made.address = str(data.get(ADDRESS, ""))[:45]
        made.device = str(data.get(DEVICE, ""))[:200]
        now = timezone.now()
        made.last_seen = getattr(self, "_seen", None) or now
        # The row is written anew with every change of the data, which therefore holds it too.
        made.created_at = parse_datetime(str(data.get(SINCE, ""))) or now
        return made
