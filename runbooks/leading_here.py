"""What leads to a runbook: its services, its alerts, the addresses it had. For many at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from runbooks import hooks
from runbooks.models import AlertName, Alias, Runbook, Service
from runbooks.naming import fold_address, slug_of

_LONGEST_ALIAS = 1000


def set_names(published: Sequence[hooks.Published]) -> None:
    """The services, alerts and old addresses that the texts name: what each publishing does first."""
    documents = [one.document for one in published]
    services = services_named(name for document in documents for name in document.meta.services)
    links: list[tuple[int, int]] = []
    names: list[AlertName] = []
    for one in published:
        runbook = one.runbook
        theirs = dict.fromkeys(services[name] for name in one.document.meta.services)
        if one.created:
            # A new runbook has none yet: nothing to compare with.
            links += [(runbook.pk, service.pk) for service in theirs]
        elif set(runbook.services.all()) != set(theirs):
            runbook.services.set(theirs)
        names += _alert_names(one)
    link = Runbook.services.through
    link.objects.bulk_create(link(runbook_id=pk, service_id=service) for pk, service in links)
    AlertName.objects.bulk_create(names)
    add_addresses(
        (one.runbook, one.runbook.source_url) for one in published if one.runbook.source_url
    )


def _alert_names(one: hooks.Published) -> list[AlertName]:
    """The rows to add; those of a text that says it otherwise are taken away."""
    runbook = one.runbook
    wanted = [(a.name[:200], [list(m) for m in a.matchers]) for a in one.document.meta.alerts]
    if not one.created:
        stated = runbook.alert_names.filter(stated=True)
        if [(a.name, a.matchers) for a in stated] == wanted:
            return []
        stated.delete()
    return [
        AlertName(runbook=runbook, name=name, folded=name.casefold(), matchers=matchers)
        for name, matchers in wanted
    ]


def services_named(names: Iterable[str]) -> dict[str, Service]:
    """The service of each name or slug, made when it is new to the portal."""
    wanted: dict[str, str] = {}  # slug -> the name that it is first called by
    slugs: dict[str, str] = {}
    for name in names:
        slugs[name] = slug_of(name)[:120]
        wanted.setdefault(slugs[name], name)
    if not wanted:
        return {}
    rows = Service.objects.filter(slug__in=wanted)
    found = {service.slug: service for service in rows}
    # In one order, so that no two imports wait for each other.
    if missing := sorted(wanted.keys() - found.keys()):
        new = (Service(slug=slug, name=wanted[slug][:150]) for slug in missing)
        Service.objects.bulk_create(new, ignore_conflicts=True)
        found = {service.slug: service for service in rows.all()}
    return {name: found[slug] for name, slug in slugs.items()}


def add_addresses(several: Iterable[tuple[Runbook, str]]) -> None:
    """Let addresses that runbooks had elsewhere lead here, unless they lead somewhere already."""
    _add(Alias.Kind.ADDRESS, [(runbook, fold_address(value)) for runbook, value in several])


def add_old_slug(runbook: Runbook, slug: str) -> None:
    """Let an address that the runbook had here lead to it for ever."""
    _add(Alias.Kind.SLUG, [(runbook, slug.casefold())])


def _add(kind: str, several: Iterable[tuple[Runbook, str]]) -> None:
    aliases = [
        Alias(kind=kind, folded=folded, runbook=runbook)
        for runbook, folded in several
        if 0 < len(folded) <= _LONGEST_ALIAS
    ]
    if aliases:
        # In one order, so that no two imports wait for each other; of two that claim one, the first has it.
        aliases.sort(key=lambda alias: alias.folded)
        Alias.objects.bulk_create(aliases, ignore_conflicts=True)
