"""What this portal's company is called: asked of the database once a minute and process, not once a page."""

from __future__ import annotations

import time

from django.conf import settings
from django.db import DatabaseError, transaction

from portal.accounts import audit
from portal.accounts.models import Company, User

#: A new name stands on every process's pages after so long at the latest.
KEPT_SECONDS = 60.0
_FIRST = 1
_kept: tuple[float, str] | None = None


def site_name() -> str:
    """The company's name, else SITE_NAME. Never raises: it stands on the error pages, too."""
    global _kept  # noqa: PLW0603 -- one value for the process
    now = time.monotonic()
    if _kept is None or now - _kept[0] > KEPT_SECONDS:
        try:
            found = Company.objects.filter(pk=_FIRST).values_list("name", flat=True).first()
        except DatabaseError:
            found = _kept[1] if _kept else ""
        _kept = (now, found or "")
    return _kept[1] or settings.SITE_NAME


def keep(name: str | None) -> None:
    """This process's pages say it from now on; with None the database is asked again."""
    global _kept  # noqa: PLW0603 -- as above
    _kept = None if name is None else (time.monotonic(), name)


def the_company() -> Company | None:
    return Company.objects.filter(pk=_FIRST).first()


def begin() -> Company:
    """The row that says that the first steps have begun."""
    return Company.objects.get_or_create(pk=_FIRST)[0]


def rename(name: str, *, by: User) -> None:
    """Raises ValueError with a sentence. An empty name gives the pages SITE_NAME again."""
    name = " ".join(name.split())
    if len(name) > 80:
        raise ValueError("The name has more than 80 characters: the page head is narrow.")
    if any(not letter.isprintable() for letter in name):
        raise ValueError("The name holds a character that cannot be shown.")
    with transaction.atomic():
        company = begin()
        if company.name != name:
            sides = audit.changes({"name": company.name}, {"name": name})
            company.name = name
            company.save(update_fields=["name"])
            audit.record("company.renamed", by=by, of=company, name=name or "(no name)", **sides)
    keep(name)
