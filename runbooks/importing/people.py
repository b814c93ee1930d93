"""Who is here, and who will own what comes in: looked up once for a whole import."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from portal.accounts.models import Team, User
from runbooks.importing.owners import Owners
from runbooks.models import Service
from runbooks.naming import slug_of


@dataclass(frozen=True, slots=True)
class Chosen:
    """Who will own a runbook. `guessed` where nobody said that it is theirs."""

    person: User
    guessed: bool


class People:
    """Active people by user name, e-mail address and name; team leads; owners of services."""

    def __init__(self) -> None:
        self._active: dict[str, User] = {}
        self._accounts: set[str] = set()
        names: Counter[str] = Counter()
        everybody = list(User.objects.order_by("pk"))
        for person in everybody:
            names[person.name.casefold()] += 1
            self._accounts |= {person.username.casefold(), person.email.casefold()}
        for person in everybody:
            if not person.is_active:
                continue
            unique = names[person.name.casefold()] == 1
            for name in (person.username, person.email, person.name if unique else ""):
                if name:
                    self._active.setdefault(name.casefold(), person)
        self._leads: dict[str, User] = {}
        for team in Team.objects.select_related("lead").exclude(lead=None):
            if team.lead is not None and team.lead.is_active:
                self._leads |= {team.slug.casefold(): team.lead, slug_of(team.name): team.lead}
        services = Service.objects.select_related("owner").exclude(owner=None)
        self._service_owners = {s.slug: s.owner for s in services if s.owner and s.owner.is_active}

    def named(self, word: str) -> User | None:
        """The active person of this user name, e-mail address or (when it is one person's alone) name."""
        word = word.strip()
        found = re.search(r"<([^<>]+)>", word)
        word = found[1] if found else word
        return self._active.get(word.removeprefix("@").casefold())

    def has_account(self, word: str) -> bool:
        return word.strip().removeprefix("@").casefold() in self._accounts or "@" in word[1:]

    def lead_of(self, word: str) -> User | None:
        """The lead of `payments`, `team-payments`, `@shop/payments` or "#payments"."""
        slug = slug_of(word.strip().removeprefix("@").rpartition("/")[2])
        return self._leads.get(slug) or self._leads.get(slug.removeprefix("team-"))

    def choose(
        self,
        *,
        stated: Sequence[str],
        services: Sequence[str],
        paths: Sequence[str],
        owners: Owners,
        fallback: User | None,
    ) -> Chosen | None:
        """The file's own person, else the owners file's, else (as a guess) the lead of the team that is
        named, the service's owner, and `fallback`."""
        for word in stated:
            if person := self.named(word):
                return Chosen(person, guessed=False)
        rule = owners.of(paths=paths, words=[*services, *stated])
        for word in rule.people if rule else ():
            if person := self.named(word):
                return Chosen(person, guessed=False)
        for word in (*(rule.people if rule else ()), *stated):
            if person := self.lead_of(word):
                return Chosen(person, guessed=True)
        for service in services:
            if found := self._service_owners.get(slug_of(service)[:120]):
                return Chosen(found, guessed=True)
        return Chosen(fallback, guessed=True) if fallback else None
