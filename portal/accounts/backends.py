"""Sign-in by password, and the one query that loads who is asking with all that they may do."""

from __future__ import annotations

from django.contrib.auth.backends import ModelBackend

from portal.accounts import audit
from portal.accounts.models import User
from portal.ready import ReadyQuery

_ANYBODY = -1
_person = ReadyQuery(
    lambda: User.objects.for_request().filter(pk=_ANYBODY, is_active=True).order_by()
)


class PersonBackend(ModelBackend):
    def get_user(self, user_id: int) -> User | None:
        """Whom the session of this request was loaded with (session_store.py), else whom the table has."""
        request = audit.asked_by()
        person: User | None = getattr(getattr(request, "session", None), "person", None)
        if person is not None and person.pk == int(user_id):
            return person
        return _person.one({_ANYBODY: int(user_id)})
