"""Proposals of runbooks that are not here yet: those that name a private service are for its people."""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.db.models import F, Q
from django.db.models.functions import Left

from portal.accounts.access import Viewer
from portal.accounts.models import User
from runbooks import document
from runbooks.models import Proposal, Service
from runbooks.naming import slug_of

_WORD = re.compile(r"[a-z0-9]+")
#: A front matter is at the top, and shorter.
_TOP = 20_000


def hidden_from(who: Viewer, *, pk: int | None = None) -> list[int]:
    """Keys of the proposals that this viewer may not see: of all, or of `pk`.

    As of a runbook that is here: of several private services, belonging to one is enough; who proposed it and
    who would own it see it too.
    """
    if who.sees_all:
        return []
    private = set(Service.objects.filter(private=True).values_list("slug", flat=True))
    if not private:
        return []
    mine = set(Service.objects.filter(private=True).seen_by(who).values_list("slug", flat=True))
    if private <= mine:
        return []
    rows = Proposal.objects.filter(_may_name(private), runbook=None)
    if pk is not None:
        rows = rows.filter(pk=pk)
    if who.person_id is not None:
        rows = rows.exclude(proposed_by=who.person_id).exclude(proposed_owner=who.person_id)
    found = rows.annotate(top=Left(F("text"), _TOP)).values_list("pk", "top", "proposed_owner")
    return [key for key, top, owner in found if _hidden(top, owner, private, mine, who)]


def _may_name(slugs: Iterable[str]) -> Q:
    """What the database can rule out: whoever names a service writes the letters and digits of its slug."""
    named = Q(pk__in=[])
    for slug in slugs:
        every = Q()
        for word in _WORD.findall(slug.lower()):
            every &= Q(text__icontains=word)
        if not every:  # other letters, which the database may not know without case
            return Q()
        named |= every
    return named


def _hidden(top: str, owner: int | None, private: set[str], mine: set[str], who: Viewer) -> bool:
    if len(top) == _TOP and "\n---" not in top:
        return True  # who knows what such a front matter names
    try:
        meta = document.meta_of(top)
    except document.DocumentError:
        return True
    named = {slug_of(name)[:120] for name in meta.services} & private
    if not named or named & mine:
        return False
    person = User.objects.named(meta.owner) if owner is None and meta.owner else None
    return person is None or person.pk != who.person_id
