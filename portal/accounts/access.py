"""Who may do what, decided here and nowhere else: one table, and the questions that are asked of it.

docs/people-and-rights.md shows the table; a test fails when that page is stale.
A view says which right it needs (`requires`), or why it is open to anybody (`open_to_all`); a test walks the
addresses and fails on one that says neither.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum, IntEnum
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase, JsonResponse

from portal.accounts.models import ApiToken, Role, User

View = Callable[..., HttpResponseBase]


class Rank(IntEnum):
    """Each may do what those before it may."""

    NOBODY = 0
    READER = 1
    EDITOR = 2
    LEAD = 3
    ADMIN = 4


_RANKS = {
    Role.Name.EDITOR.value: Rank.EDITOR,
    Role.Name.LEAD.value: Rank.LEAD,
    Role.Name.ADMIN.value: Rank.ADMIN,
}


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the table.

    `least`: the lowest role that has the right. `by_team`: that role in a team is enough for what is of
    that team; else it has to be one for all. `owner`: so may the runbook's or service's owner,
    whatever their role. `scope`: the least token scope that carries it; "" means that no program has it.
    """

    about: str
    least: Rank
    by_team: bool = False
    owner: bool = False
    scope: str = ""


class Right(Enum):
    """Everything that one may or may not do."""

    READ = Rule(
        "Read and search runbooks, services, coverage and history", Rank.READER, scope="read"
    )
    REPORT = Rule("Report a step, record a gap", Rank.READER, scope="report")
    PROPOSE = Rule("Suggest a change or a new runbook", Rank.READER, scope="propose")
    OWN_ACCOUNT = Rule(
        "One's own account: end sessions, make and revoke tokens, read and choose messages",
        Rank.READER,
    )
    PUBLISH = Rule("Publish a change, accept or decline a proposal", Rank.EDITOR, True, True)
    EDIT_FACTS = Rule("Change front matter, rename", Rank.EDITOR, True, True)
    WAIVE = Rule("Waive a finding, with a reason", Rank.LEAD, True)
    NAME_OURS = Rule("Say which tools, handles and channels the company has", Rank.LEAD, True)
    RETIRE = Rule("Retire a runbook", Rank.LEAD, True, True)
    HAND_OVER = Rule("Name another owner", Rank.LEAD, True, True)
    REVIEW = Rule(
        "Decide a runbook's review, the deputy of its service as well", Rank.LEAD, True, True
    )
    EDIT_SERVICE = Rule(
        "Change a service: its owner, its team, whether it is private", Rank.LEAD, True, True
    )
    DRILL = Rule("Start a drill, join one, take notes in it", Rank.READER)
    FACILITATE = Rule(
        "Plan, prepare and run a team's drill, sign its report, besides its facilitator",
        Rank.LEAD,
        True,
        True,
    )
    IMPORT = Rule("Import runbooks, people and rules in the browser", Rank.LEAD)
    SEE_PRIVATE = Rule("See the runbooks of every private service", Rank.LEAD)
    #: A team's lead sees the whole too, without other teams' private services.
    SEE_HEALTH = Rule("See the health of the library", Rank.LEAD, True, scope="read")
    SEE_AUDIT = Rule("See, search and export the audit trail", Rank.LEAD)
    MANAGE_PEOPLE = Rule(
        "Manage people: roles, teams, accounts; see and end their sessions", Rank.ADMIN
    )
    MANAGE_TOKENS = Rule("See and revoke everybody's tokens", Rank.ADMIN)
    SUPPORT = Rule("Look into the tables, for support (/admin/)", Rank.ADMIN)

    @property
    def rule(self) -> Rule:
        rule: Rule = self.value
        return rule


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who is asking, with all that decides what they may do. Costs no query on a request of a session."""

    person_id: int | None
    rank: Rank
    ranks: tuple[tuple[int, Rank], ...]  # by team
    teams: frozenset[int]

    def rank_in(self, teams: Iterable[int]) -> Rank:
        """The highest role for all, or in one of these teams."""
        wanted = frozenset(teams)
        return max([self.rank, *(rank for team, rank in self.ranks if team in wanted)])

    @property
    def sees_all(self) -> bool:
        return self.rank >= Right.SEE_PRIVATE.rule.least

    @property
    def marks(self) -> frozenset[str]:
        """What private things are marked with when this person may see them: "t3" a team, "u7" themself."""
        own = {f"u{self.person_id}"} if self.person_id else set()
        return frozenset({*(f"t{team}" for team in self.teams), *own})

    def may(self, right: Right, *, teams: Iterable[int] = (), owners: Iterable[int] = ()) -> bool:
        """`teams` and `owners` are those of the runbook or service in question (primary keys)."""
        rule = right.rule
        rank = self.rank_in(teams) if rule.by_team else self.rank
        if rank >= rule.least:
            return True
        return rule.owner and self.person_id is not None and self.person_id in set(owners)

    def may_somewhere(self, right: Right) -> bool:
        """Whether there is anything at all that the right could be used on: for menus and doors."""
        rule = right.rule
        best = max([self.rank, *(rank for _, rank in self.ranks)]) if rule.by_team else self.rank
        return best >= rule.least or (rule.owner and self.person_id is not None)


#: Nobody who is known: a reader on a trusted network, or a program of our own that shows the public part.
NOBODY = Viewer(None, Rank.NOBODY, (), frozenset())


def viewer_of(user: User | AnonymousUser | None) -> Viewer:
    """Kept with the user; a request's user is loaded with it (backends.py), another costs one query."""
    if user is None or not isinstance(user, User) or not user.is_active:
        return NOBODY
    kept: Viewer | None = getattr(user, "_viewer", None)
    if kept is None:
        kept = user._viewer = _viewer(user)  # type: ignore[attr-defined]
    return kept


def _viewer(user: User) -> Viewer:
    if not hasattr(user, "reach_teams"):
        found = User.objects.for_request().filter(pk=user.pk).first()
        if found is None:
            return NOBODY
        user = found
    reach = {name: getattr(user, name) for name in ("reach_teams", "reach_led", "reach_roles")}
    led = _numbers(reach["reach_led"])
    rank = Rank.ADMIN if user.is_superuser else Rank.READER
    ranks = [(team, Rank.LEAD) for team in led]
    for packed in filter(None, reach["reach_roles"].split(",")):
        name, _, team = packed.partition(":")
        if team:
            ranks.append((int(team), _RANKS[name]))
        else:
            rank = max(rank, _RANKS[name])
    teams = frozenset([*_numbers(reach["reach_teams"]), *(team for team, _ in ranks)])
    return Viewer(user.pk, rank, tuple(sorted(ranks)), teams)


def _numbers(joined: str) -> list[int]:
    return [int(number) for number in joined.split(",") if number]


def viewer(request: HttpRequest) -> Viewer:
    return viewer_of(request.user)


def may_read(request: HttpRequest) -> bool:
    """Everyone signed in reads; with READ_WITHOUT_LOGIN, so does everyone who reaches the portal."""
    # The setting first: it spares an open portal the session look-up.
    return settings.READ_WITHOUT_LOGIN or request.user.is_authenticated


def may(
    request: HttpRequest, right: Right, *, teams: Iterable[int] = (), owners: Iterable[int] = ()
) -> bool:
    """Whether who is asking has the right over what has these teams and owners. A program has at most what
    its token's scope carries."""
    if right is Right.READ and settings.READ_WITHOUT_LOGIN:
        return True
    token: ApiToken | None = getattr(request, "token", None)
    if token is not None and not _carries(token, right):
        return False
    return viewer(request).may(right, teams=teams, owners=owners)


def check(
    request: HttpRequest, right: Right, *, teams: Iterable[int] = (), owners: Iterable[int] = ()
) -> None:
    """As `may`. Raises PermissionDenied with a sentence."""
    if not may(request, right, teams=teams, owners=owners):
        raise PermissionDenied(refusal(right))


def refusal(right: Right) -> str:
    rule = right.rule
    who = f"{_WITH_ARTICLE[rule.least]}{'' if rule.by_team or rule.least < Rank.EDITOR else ' for all teams'}"
    also = " or the owner" if rule.owner else ""
    return f"“{rule.about}” takes {who}{also}. Nothing was changed."


_WITH_ARTICLE = {
    Rank.READER: "somebody who is signed in",
    Rank.EDITOR: "an editor",
    Rank.LEAD: "a lead",
    Rank.ADMIN: "an admin",
}


def _carries(token: ApiToken, right: Right) -> bool:
    scopes = ApiToken.Scope.values
    needed = right.rule.scope
    return bool(needed) and scopes.index(token.scope) >= scopes.index(needed)


def requires(right: Right) -> Callable[[View], View]:
    """The door of a view. Rights that hang on a runbook or service open the door to whoever could have them
    over some; the view then asks `check` with the one in question."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not (right is Right.READ and settings.READ_WITHOUT_LOGIN):
                if not request.user.is_authenticated:
                    return _sign_in_first(request)
                token: ApiToken | None = getattr(request, "token", None)
                carried = token is None or _carries(token, right)
                if not carried or not viewer(request).may_somewhere(right):
                    message = refusal(right) if carried else _out_of_scope(token, right)
                    raise PermissionDenied(message)
            return view(request, *args, **kwargs)

        guarded.decision = right  # type: ignore[attr-defined]
        return guarded

    return decorate


def open_to_all(reason: str) -> Callable[[View], View]:
    """The door of a view that anybody may ask for, and why."""

    def decorate(view: View) -> View:
        @wraps(view)
        def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            return view(request, *args, **kwargs)

        opened.decision = reason  # type: ignore[attr-defined]
        return opened

    return decorate


reader_required = requires(Right.READ)


def _sign_in_first(request: HttpRequest) -> HttpResponseBase:
    if request.path.startswith("/api/"):
        return JsonResponse(
            {"error": "Sign in, or send a token: Authorization: Bearer …"},
            status=HTTPStatus.UNAUTHORIZED,
            headers={"WWW-Authenticate": "Bearer"},
        )
    back = request.get_full_path() if request.method in ("GET", "HEAD") else ""
    return redirect_to_login(back or request.path)


def _out_of_scope(token: ApiToken | None, right: Right) -> str:
    scope = token.scope if token else ""
    if not right.rule.scope:
        return f"“{right.rule.about}” is for a person in the browser: no token carries it."
    return f"This token's scope is {scope}: “{right.rule.about}” takes {right.rule.scope}."


def table() -> str:
    """The Markdown table of docs/people-and-rights.md."""
    ranks = [Rank.READER, Rank.EDITOR, Rank.LEAD, Rank.ADMIN]
    names = [rank.name.lower() for rank in ranks]
    lines = [
        f"| what | {' | '.join(names)} | the owner | a token of scope |",
        "| --- |" + " --- |" * (len(ranks) + 2),
    ]
    for right in Right:
        rule = right.rule
        cells = [_cell(rule, rank) for rank in ranks]
        lines.append(
            f"| {rule.about} | {' | '.join(cells)} | {'yes' if rule.owner else ''} | {rule.scope} |"
        )
    return "\n".join(lines)


def _cell(rule: Rule, rank: Rank) -> str:
    if rank < rule.least:
        return ""
    if rank is Rank.ADMIN or rule.least is Rank.READER:
        return "yes"
    return "in the team" if rule.by_team else "for all"
