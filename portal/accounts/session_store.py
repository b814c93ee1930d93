"""Django's database sessions, each with its person, device and when it was last seen.

A session is loaded with whose it is and all that they may do, in one query: nearly every page asks for both.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db import connection
from django.db.models import F
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from portal.accounts.models import Session, User
from portal.ready import ReadyQuery

#: `last_seen` may be so old: written on each request it would cost each page a query.
SEEN_EVERY = timedelta(minutes=10)
#: Where sign-in leaves the device and the address, for the row.
DEVICE, ADDRESS, SINCE = "_device", "_address", "_since"


_ANY_KEY, _ANY_TIME = "any-key-at-all", datetime(2000, 1, 1, tzinfo=UTC)
_lasting = ReadyQuery(
    lambda: Session.objects.filter(session_key=_ANY_KEY, expire_date__gt=_ANY_TIME)
)
_with_person = ReadyQuery(
    lambda: (
        User.objects.for_request()
        .filter(is_active=True, sessions__session_key=_ANY_KEY, sessions__expire_date__gt=_ANY_TIME)
        .annotate(session_data=F("sessions__session_data"), session_seen=F("sessions__last_seen"))
        .order_by()
    )
)


class SessionStore(DatabaseStore):
    #: Whose session this is, where it is somebody's who may sign in; only for the request that loaded it.
    person: User | None = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def _get_session_from_db(self) -> Session | None:
        now = timezone.now()
        as_stored = connection.ops.adapt_datetimefield_value
        places = {_ANY_KEY: self.session_key, as_stored(_ANY_TIME): as_stored(now)}
        self.person = _with_person.one(places)
        found = _held_by(self.person, self.session_key) or _lasting.one(places)
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


def _held_by(person: User | None, key: str | None) -> Session | None:
    if person is None or key is None:
        return None
    columns = vars(person)
    return Session(
        session_key=key,
        session_data=columns["session_data"],
        last_seen=columns["session_seen"],
        person_id=person.pk,
    )
