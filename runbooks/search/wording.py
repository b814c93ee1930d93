"""The synonyms in force: those that ship and those that the team added, read again when anything changed."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence

from django.db import transaction

from runbooks.models import IndexCounter
from runbooks.search.glossary import SHIPPED
from runbooks.search.messages import MESSAGES
from runbooks.search.models import SynonymGroup
from runbooks.search.synonyms import Synonyms, read_groups, synonyms_of

_SHIPPED = read_groups(SHIPPED + MESSAGES)
_lock = threading.Lock()
_read: tuple[str, Synonyms] | None = None


def in_force(counter: str) -> Synonyms:
    """`counter` is keeping.counter(): while it stands, nothing is asked of the database."""
    global _read  # noqa: PLW0603 -- one small cache for the process
    found = _read
    if found is None or found[0] != counter:
        groups = [row.group for row in SynonymGroup.objects.all()]
        with _lock:
            found = _read = (counter, synonyms_of([*_SHIPPED, *groups]))
    return found[1]


def groups_in_force() -> list[Sequence[str]]:
    """Groups of words and phrases, shipped and the team's own, as they are written."""
    return [*_SHIPPED, *(row.group for row in SynonymGroup.objects.all())]


@transaction.atomic
def set_groups(groups: Iterable[Sequence[str]]) -> list[SynonymGroup]:
    """The team's own groups from now on. Raises ValidationError for a group of one word; all or nothing."""
    rows = [SynonymGroup(words=", ".join(group)) for group in groups]
    for row in rows:
        row.full_clean()
    SynonymGroup.objects.all().delete()
    made = SynonymGroup.objects.bulk_create(rows)
    IndexCounter.raise_by_one()
    return made
