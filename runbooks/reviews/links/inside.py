"""Links to this portal are looked up, not asked for: the portal does not call itself over HTTP."""

from __future__ import annotations

from urllib.parse import unquote

from runbooks.alerts.models import Rule
from runbooks.models import AlertName, Alias, Runbook, Service
from runbooks.reviews.links.asking import Kind, Outcome

_NOTHING = "There is nothing here under that address."


def look_up(path: str) -> Outcome:
    """What `/r/…`, `/a/…` and `/s/…` lead to. No titles: the address may be of a private service."""
    room, _, rest = path.lstrip("/").partition("/")
    name = unquote(rest.partition("?")[0].partition("/")[0])
    if room == "r":
        return _runbook(name.removesuffix(".md"))
    if room == "s":
        there = Service.objects.filter(slug=name).exists()
        return Outcome(Kind.OK, "A service here.") if there else Outcome(Kind.GONE, _NOTHING, 404)
    folded = name.casefold()
    if (
        AlertName.objects.filter(folded=folded).exists()
        or Rule.objects.filter(folded=folded).exists()
    ):
        return Outcome(Kind.OK, "An alert that is known here.")
    return Outcome(Kind.GONE, "No alert of that name is known here.", 404)


def _runbook(slug: str) -> Outcome:
    found = Runbook.objects.readable().filter(slug=slug).first()
    if found is None:
        alias = Alias.objects.filter(kind=Alias.Kind.SLUG, folded=slug.casefold())
        found = Runbook.objects.readable().filter(aliases__in=alias).first()
    if found is None:
        return Outcome(Kind.GONE, _NOTHING, 404)
    if found.state == Runbook.State.RETIRED and found.successor_id is None:
        return Outcome(Kind.OK, "A runbook here that was retired and has no successor.")
    return Outcome(Kind.OK, "A runbook here.")
