"""Which runbook each rule leads to: by its link, else by its alert's name. Kept true whichever comes
first, rules or runbooks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db.models import Q

from runbooks import hooks
from runbooks.alerts.library import Candidate, Found, Library, best, library_for
from runbooks.alerts.links import links_in, spellings, target_of
from runbooks.alerts.models import Rule
from runbooks.models import AlertName, Alias, Gap
from runbooks.naming import slug_of

_CHUNK = 500
_FACTS = ("link", "link_state", "link_address", "link_slug", "runbook")
_MOST_ADDRESS = Rule._meta.get_field("link_address").max_length or 0


@dataclass(slots=True)
class Relinked:
    """`rules`: how many lead elsewhere than before. `runbooks`: whose alert names changed."""

    rules: int = 0
    runbooks: set[int] = field(default_factory=set)


def relink(names: Iterable[str]) -> Relinked:
    """Point all rules of these (folded) alert names at their runbooks, and let those answer to the names.

    Belongs in a transaction. The caller tells search of `Relinked.runbooks`.
    """
    done = Relinked()
    ordered = sorted(set(names))
    for start in range(0, len(ordered), _CHUNK):
        _relink(ordered[start : start + _CHUNK], done)
    return done


def _relink(names: list[str], done: Relinked) -> None:
    rules = list(Rule.objects.filter(folded__in=names).order_by("pk"))
    links = {rule.pk: links_in(rule.annotations) for rule in rules}
    library = library_for(names, (link for several in links.values() for link in several))
    founds: dict[int, Found | None] = {}
    by_link: dict[str, Found] = {}
    before = {rule.pk: _facts(rule) for rule in rules}
    for rule in rules:
        founds[rule.pk] = found = _follow(rule, links[rule.pk], library)
        if found is not None:
            by_link.setdefault(rule.folded, found)
    for rule in rules:
        found = founds[rule.pk] or _named(rule.folded, library) or by_link.get(rule.folded)
        founds[rule.pk] = found
        rule.runbook_id = found.pk if found else None
    changed = [rule for rule in rules if _facts(rule) != before[rule.pk]]
    # An upsert of whole rows: bulk_update builds an expression for each value, and takes ten times as long.
    Rule.objects.bulk_create(
        changed, update_conflicts=True, unique_fields=["id"], update_fields=_FACTS, batch_size=200
    )
    done.rules += sum(rule.runbook_id != before[rule.pk][-1] for rule in changed)
    done.runbooks |= _answer_to_names(names, rules, founds, library)


def _facts(rule: Rule) -> tuple[object, ...]:
    return tuple(getattr(rule, f"{name}_id" if name == "runbook" else name) for name in _FACTS)


def _follow(rule: Rule, links: list[str], library: Library) -> Found | None:
    """Set the rule's link and what becomes of it; the runbook that it leads to, if any."""
    founds = [(link, library.by_link(link)) for link in links]
    link, found = next(((link, f) for link, f in founds if f), (links[0] if links else "", None))
    target = target_of(link, site_url=library.site_url)
    rule.link = link
    rule.link_address = target.address if len(target.address) <= _MOST_ADDRESS else ""
    rule.link_slug = target.slugs[0] if target.slugs else ""
    if not link:
        rule.link_state = Rule.LinkState.NONE
    elif found is None:
        rule.link_state = Rule.LinkState.DEAD
    else:
        rule.link_state = Rule.LinkState.LIVE if found.live else Rule.LinkState.RETIRED
    return found


def _named(folded: str, library: Library) -> Found | None:
    """By what runbooks say themselves; what only an earlier link said no longer counts."""
    candidates = [c for c in library.by_name(folded) if c.stated]
    if not candidates:
        found = library.by_slug(slug_of(folded))
        candidates = [Candidate(found)] if found else []
    return best(candidates).found if candidates else None


def _answer_to_names(
    names: list[str], rules: list[Rule], founds: dict[int, Found | None], library: Library
) -> set[int]:
    """A runbook that rules lead to answers to their alert's name, though its text does not say so."""
    stated = {
        (c.found.pk, folded)
        for folded, several in library.names.items()
        for c in several
        if c.stated
    }
    wanted = {
        (found.pk, rule.folded): rule.alert
        for rule in rules
        if (found := founds[rule.pk]) and (found.pk, rule.folded) not in stated
    }
    unstated = AlertName.objects.filter(folded__in=names, stated=False)
    gone = [n for n in unstated if (n.runbook_id, n.folded) not in wanted]
    known = {(n.runbook_id, n.folded) for n in unstated}
    added = [
        AlertName(runbook_id=pk, name=alert, folded=folded, stated=False)
        for (pk, folded), alert in wanted.items()
        if (pk, folded) not in known
    ]
    AlertName.objects.filter(pk__in=[n.pk for n in gone]).delete()
    AlertName.objects.bulk_create(added)
    _close_gaps((name.folded, name.runbook_id) for name in added)
    return {name.runbook_id for name in (*gone, *added)}


def _close_gaps(several: Iterable[tuple[str, int]]) -> None:
    """Gaps of these (folded) alert names are closed by the runbook that stands beside each."""
    closing: dict[str, int] = {}
    for name, pk in several:
        closing.setdefault(name, pk)
    if not closing:
        return
    gaps = Gap.objects.filter(kind=Gap.Kind.ALERT, folded__in=closing, closed_by=None)
    for pk, folded in gaps.values_list("pk", "folded"):
        Gap.objects.filter(pk=pk, closed_by=None).update(closed_by=closing[folded])


def relink_published(published: Sequence[hooks.Published]) -> None:
    """Runbooks went live: the rules that wait for them, and those that led to them, are looked at again."""
    ids = [one.runbook.pk for one in published]
    slugs = {slug for one in published for slug in spellings(one.runbook.slug)}
    named = [
        (alert.name.casefold(), one.runbook.pk)
        for one in published
        for alert in one.document.meta.alerts
    ]
    aliases = Alias.objects.filter(runbook__in=ids).values("folded")
    waiting = (
        Q(runbook__in=ids)
        | Q(folded__in=slugs.union(name for name, _ in named))
        | Q(link_slug__in=slugs)
        | Q(link_address__in={f"/a/{name}" for name, _ in named})
        | Q(link_address__in=aliases)
    )
    names = set(Rule.objects.filter(waiting).order_by().values_list("folded", flat=True))
    _close_gaps(named)
    if not names:
        return
    others = relink(names).runbooks.difference(ids)
    if others:
        for hook in hooks.on_facts_changed:
            hook(sorted(others))
