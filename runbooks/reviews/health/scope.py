"""What a lead looks at: everything that they may see, or the part of a service, a team or an owner."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import Exists, OuterRef, Q

from portal.accounts.access import Viewer
from portal.accounts.models import Team, User
from portal.typed import words_of
from runbooks.alerts import service_words
from runbooks.models import Gap, Runbook, Service
from runbooks.models.runbook import RunbookQuerySet, ServiceQuerySet
from runbooks.reviews.models import Figures

#: In an address, the service or team of what has none.
NONE = "-"
_LONGEST = 200
_THROUGH = Runbook.services.through


class UnknownPart(LookupError):  # noqa: N818 -- a sentence for whoever asked
    """There is no such service, team or owner, or not for this viewer. The message is a sentence."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What is set narrows together: an owner's part of a team. `unserved` is what has no service, `unteamed`
    what has no service or one without a team."""

    viewer: Viewer
    service: Service | None = None
    unserved: bool = False
    team: Team | None = None
    unteamed: bool = False
    owner: User | None = None

    @property
    def whole(self) -> bool:
        return not self.asked()

    @property
    def words(self) -> str:
        """As it stands in a heading; empty for everything."""
        said = [
            "no service" if self.unserved else str(self.service or ""),
            "no team" if self.unteamed else str(self.team or ""),
            str(self.owner or ""),
        ]
        return ", ".join(filter(None, said))

    def asked(self) -> dict[str, str]:
        """What stands in an address to come back here."""
        asked = {
            "service": NONE if self.unserved else self.service.slug if self.service else "",
            "team": NONE if self.unteamed else self.team.slug if self.team else "",
            "owner": self.owner.username if self.owner else "",
        }
        return {name: value for name, value in asked.items() if value}

    def query(self, **more: str | int) -> str:
        """ "?service=ledger&…", or "" where there is nothing to say."""
        asked = {**self.asked(), **{name: value for name, value in more.items() if value != ""}}
        return f"?{urlencode(asked)}" if asked else ""

    def services(self) -> ServiceQuerySet:
        """The services of this part that the viewer may see."""
        seen = Service.objects.seen_by(self.viewer)
        if self.unserved:
            return seen.none()
        if self.service:
            seen = seen.filter(pk=self.service.pk)
        if self.unteamed:
            return seen.filter(team=None)
        return seen.filter(team=self.team) if self.team else seen

    def runbooks(self) -> RunbookQuerySet:
        """The live ones of this part, each once. Nothing is joined: what comes after may count."""
        return self._with(Runbook.objects.live().seen_by(self.viewer))

    @property
    def has_alerts(self) -> bool:
        """An owner has runbooks; alerts and gaps have services. What cannot be counted is not shown."""
        return self.owner is None and not self.unserved

    def rules(self) -> Q:
        """Which rules are of this part: by what the rule says of its service, else by its runbook's."""
        if self.whole:
            hidden = service_words.hidden_from(self.viewer)
            return ~Q(service_word__in=hidden) if hidden else Q()
        mine = set(self.services().values_list("pk", flat=True))
        known = services_of_words()
        words = [word for word, service in known.items() if service in mine]
        return Q(service_word__in=words) | (
            ~Q(service_word__in=list(known)) & Q(runbook__services__in=mine)
        )

    def gaps(self) -> Q:
        """Which open gaps; those of a service that the viewer may not see are absent."""
        open_ones = Q(closed_by=None)
        if self.whole:
            if self.viewer.sees_all:
                return open_ones
            return open_ones & (Q(service=None) | Q(service__in=self.services()))
        return open_ones & Q(service__in=self.services())

    def hides(self) -> bool:
        """Whether there is a private service that this viewer does not see."""
        if self.viewer.sees_all:
            return False
        seen = Service.objects.seen_by(self.viewer).values("pk")
        return Service.objects.filter(private=True).exclude(pk__in=seen).exists()

    def open_gaps(self) -> int:
        return Gap.objects.filter(self.gaps()).count()

    def rows(self) -> tuple[str, int] | None:
        """Scope and id of this part's weekly rows; None where the viewer may see only some of what they
        count, or where none are kept."""
        if self.whole:
            return Figures.Scope.ALL, EVERYTHING if self.viewer.sees_all else PUBLIC
        part: tuple[str, Service | Team | User | None]
        match len(self.asked()), self.service, self.team:
            case 1, Service() as service, _:
                part = Figures.Scope.SERVICE, service
            case 1, _, Team() as team:
                part = Figures.Scope.TEAM, team
            case _:
                part = Figures.Scope.OWNER, self.owner
        if part[1] is None or len(self.asked()) > 1:
            return None
        if not self.viewer.sees_all:
            seen = self.runbooks().order_by().values("pk")
            if self._with(Runbook.objects.live()).exclude(pk__in=seen).exists():
                return None
        return part[0], part[1].pk

    def _with(self, found: RunbookQuerySet) -> RunbookQuerySet:
        named = _THROUGH.objects.filter(runbook=OuterRef("pk"))
        if self.service:
            found = found.filter(Exists(named.filter(service=self.service)))
        if self.unserved:
            found = found.filter(~Exists(named))
        if self.team:
            found = found.filter(Exists(named.filter(service__team=self.team)))
        if self.unteamed:
            found = found.filter(~Exists(named) | Exists(named.filter(service__team=None)))
        return found.filter(owner=self.owner) if self.owner else found


#: Ids of the two weekly rows of everything: with private services, and without.
EVERYTHING, PUBLIC = 0, 1


def services_of_words() -> dict[str, int]:
    """What rules call services -> the service; words that lead to none are not in it. Two queries."""
    found = service_words.services_of_words()
    return {word: service.pk for word, service in found.items() if service is not None}


def scope_of(asked: Mapping[str, str], viewer: Viewer) -> Scope:
    """What `?service=`, `?team=` or `?owner=` ask for, together. Raises UnknownPart."""
    said = {name: words_of(asked, name, _LONGEST) for name in ("service", "team", "owner")}
    service = team = owner = None
    if said["service"] not in ("", NONE):
        service = Service.objects.seen_by(viewer).filter(slug=said["service"]).first()
        if service is None:
            raise UnknownPart("There is no such service, or you may not see it.")
    if said["team"] not in ("", NONE):
        team = Team.objects.filter(slug=said["team"]).first()
        if team is None:
            raise UnknownPart("There is no such team.")
    if said["owner"]:
        owner = User.objects.named(said["owner"])
        if owner is None:
            raise UnknownPart("There is nobody with this name.")
    return Scope(viewer, service, said["service"] == NONE, team, said["team"] == NONE, owner)
