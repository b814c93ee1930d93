"""When a person is there: their time zone, and the days on which somebody else is reminded in their stead."""

from __future__ import annotations

from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction

from portal.accounts import audit
from portal.accounts.models import User


@transaction.atomic
def set_times(
    person: User, *, time_zone: str, away_from: date | None, away_until: date | None, by: User
) -> User:
    """Raises ValidationError: an unknown zone, half of an absence, one that ends before it begins."""
    person = User.objects.select_for_update(no_key=True).get(pk=person.pk)
    before = _told(person)
    if (away_from is None) != (away_until is None):
        which = "away_until" if away_until is None else "away_from"
        raise ValidationError({which: "Give the first and the last day away, or neither."})
    if away_from and away_until and away_until < away_from:
        raise ValidationError({"away_until": "The last day away is before the first."})
    person.time_zone, person.away_from, person.away_until = time_zone, away_from, away_until
    person.clean_fields(exclude=_others())
    person.save(update_fields=["time_zone", "away_from", "away_until"])
    sides = audit.changes(before, _told(person))
    if sides["after"]:
        audit.record("person.changed", by=by, of=person, **sides)
    return person


def _told(person: User) -> dict[str, object]:
    return {
        "time zone": person.time_zone,
        "away from": person.away_from,
        "away until": person.away_until,
    }


def _others() -> set[str]:
    return {f.name for f in User._meta.fields} - {"time_zone", "away_from", "away_until"}
