"""A tree of Markdown, checked as a team's CI does: without a database, with what a portal has told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from runbooks.asking_portals import PortalRefused, ask
from runbooks.checking.shapes import Facts, Finding
from runbooks.checking.telling import UNREADABLE
from runbooks.checks import Library, check
from runbooks.document import DocumentError, decode, parse
from runbooks.naming import slug_of

_KINDS = ("people", "teams", "channels", "tools", "services", "alerts", "slugs")


def check_files(
    files: Mapping[str, bytes | str], *, facts: Facts, imported: bool
) -> Iterator[tuple[str, list[Finding]]]:
    """(name, findings) of each file, in their order. Names are paths with slashes from the tree's root.

    The files know of each other: a link to one that is missing and a near-copy of another are findings.
    """
    texts: dict[str, str] = {}
    unreadable: dict[str, list[Finding]] = {}
    for name, data in files.items():
        try:
            texts[name] = decode(data)
        except DocumentError as error:
            unreadable[name] = list(_unreadable(error))
    slugs = frozenset(_slug(name) for name in files)
    facts = replace(facts, files=slugs, library=Library.of(texts.items()))
    if facts.slugs is not None:
        facts = replace(facts, slugs=facts.slugs | slugs)
    for name in files:
        if name in unreadable:
            yield name, unreadable[name]
            continue
        try:
            document = parse(texts[name], fallback_title=_slug(name))
        except DocumentError as error:
            yield name, list(_unreadable(error))
            continue
        yield name, check(document, imported=imported, facts=replace(facts, name=name))


def _slug(name: str) -> str:
    return slug_of(name.rsplit("/", 1)[-1].removesuffix(".md"))


def _unreadable(error: DocumentError) -> Iterator[Finding]:
    for problem in error.problems:
        yield Finding(
            UNREADABLE,
            problem.message,
            line=problem.line or 1,
            field=problem.field,
            blocking=True,
            mend="Mend it: the portal refuses the file as it is.",
            about=problem.message,
        )


def facts_of_portal(portal: str, token: str) -> Facts:
    """What a portal knows of names. Raises PortalRefused."""
    told = ask(portal, "/api/v1/facts", token=token)
    if not isinstance(told, dict) or not set(_KINDS) <= set(told):
        raise PortalRefused(
            f"{portal} answers, but not as a portal does, or as one of another version."
        )
    return Facts(
        people=_names(told.get("people")),
        teams=_names(told.get("teams")),
        channels=_names(told.get("channels")),
        tools=_names(told.get("tools")),
        services=_names(told.get("services")),
        alerts=_names(told.get("alerts")),
        slugs=_names(told.get("slugs")),
    )


def _names(told: Any) -> frozenset[str] | None:
    if told is None:
        return None
    if not isinstance(told, list) or not all(isinstance(name, str) for name in told):
        raise PortalRefused("The portal's answer cannot be read: is it the same version?")
    return frozenset(name.casefold() for name in told)


def as_json(facts: Facts) -> dict[str, list[str] | None]:
    """What `facts_of_portal` reads."""

    def listed(names: Iterable[str] | None) -> list[str] | None:
        return None if names is None else sorted(names)

    return {kind: listed(getattr(facts, kind)) for kind in _KINDS}
