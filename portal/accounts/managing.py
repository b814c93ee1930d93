"""What an admin does to accounts, and a person to their own: each one transaction, recorded."""

from __future__ import annotations

from datetime import datetime

from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.utils import timezone

from portal.accounts import audit, leaving
from portal.accounts.models import ApiToken, Role, Session, Team, User


class Refused(Exception):  # noqa: N818 -- a decision, said in the product's words
    """It cannot be done. The message is a sentence; `owned` is what stands in the way."""

    def __init__(self, message: str, owned: list[leaving.Answerable] | None = None) -> None:
        super().__init__(message)
        self.owned = owned or []


@transaction.atomic
def make_person(*, username: str, name: str, email: str, by: User | None) -> User:
    """A new account without a password: it is set by mail. Raises ValidationError."""
    person = User(username=username, name=name, email=email)
    person.set_unusable_password()
    person.full_clean(exclude=["password"])
    person.save()
    after = {"username": username, "name": name, "email": email}
    audit.record("person.made", by=by, of=person, after=after)
    return person


@transaction.atomic
def give_role(person: User, *, name: str, team: Team | None, by: User) -> None:
    """Raises Refused when the role is none, or an admin's for a team."""
    if name not in Role.Name.values:
        raise Refused(f"{name!r} is no role: there are {', '.join(Role.Name.values)}.")
    if name == Role.Name.ADMIN and team is not None:
        raise Refused("An admin is one for all teams.")
    _, new = Role.objects.get_or_create(person=person, name=name, team=team)
    if new:
        audit.record("role.given", by=by, of=person, after=_told(name, team))


@transaction.atomic
def take_role(role: Role, *, by: User) -> None:
    """Raises Refused for the last admin's."""
    person = role.person
    if role.name == Role.Name.ADMIN and not _other_admins(person):
        raise Refused("There would be no admin left: make somebody else one first.")
    audit.record("role.taken", by=by, of=person, before=_told(role.name, role.team))
    role.delete()


@transaction.atomic
def put_into_team(person: User, team: Team, *, by: User) -> None:
    if not person.teams.filter(pk=team.pk).exists():
        person.teams.add(team)
        audit.record("team.joined", by=by, of=person, after={"team": team.slug})


@transaction.atomic
def take_out_of_team(person: User, team: Team, *, by: User) -> None:
    if person.teams.filter(pk=team.pk).exists():
        person.teams.remove(team)
        audit.record("team.left", by=by, of=person, before={"team": team.slug})


@transaction.atomic
def deactivate(person: User, *, by: User) -> None:
    """Close an account: no sign-in, no session, no token. Raises Refused while it owns live runbooks
    (invariant 4; a trigger in the database holds it too), and for the last admin."""
    person = User.objects.select_for_update(no_key=True).get(pk=person.pk)
    if not person.is_active:
        return
    owned = leaving.owned_by(person)
    if owned:
        what = "a live runbook" if len(owned) == 1 else f"{len(owned)} live runbooks"
        raise Refused(
            f"{person} still owns {what}: hand over first, then close the account.", owned
        )
    if is_admin(person) and not _other_admins(person):
        raise Refused("There would be no admin left: make somebody else one first.")
    person.is_active = False
    person.save(update_fields=["is_active"])
    person.sessions.all().delete()
    now = timezone.now()
    person.tokens.filter(revoked_at=None).update(revoked_at=now)
    audit.record("person.deactivated", by=by, of=person)


@transaction.atomic
def activate(person: User, *, by: User) -> None:
    """Open an account again. Its tokens stay revoked."""
    if not person.is_active:
        person.is_active = True
        person.save(update_fields=["is_active"])
        audit.record("person.activated", by=by, of=person)


@transaction.atomic
def end_session(session: Session, *, by: User) -> None:
    audit.record("session.ended", by=by, of=session.person, note=f"session {session.handle}")
    session.delete()


@transaction.atomic
def end_other_sessions(person: User, *, by: User, keep: SessionBase | None = None) -> int:
    """Every session of this person but the one that asks; how many there were."""
    others = person.sessions.all()
    if keep is not None and keep.session_key:
        others = others.exclude(pk=keep.session_key)
    count, _ = others.delete()
    if count:
        audit.record("session.ended", by=by, of=person, note=f"{count} session{'s' * (count != 1)}")
    return count


@transaction.atomic
def make_token(
    person: User, *, name: str, scope: str, expires_at: datetime | None, by: User | None
) -> tuple[ApiToken, str]:
    """The token and its secret, which cannot be read again."""
    token, secret = ApiToken.create_for(person, name=name, scope=scope, expires_at=expires_at)
    after = {"scope": scope, "expires": expires_at, "of": person.username}
    audit.record("token.made", by=by, of=token, after=after)
    return token, secret


@transaction.atomic
def revoke_token(token: ApiToken, *, by: User) -> None:
    if token.revoked_at is None:
        token.revoked_at = timezone.now()
        token.save(update_fields=["revoked_at"])
        audit.record("token.revoked", by=by, of=token)


def is_admin(person: User) -> bool:
    return person.is_superuser or person.roles.filter(name=Role.Name.ADMIN).exists()


def _other_admins(person: User) -> bool:
    others = User.objects.filter(is_active=True).exclude(pk=person.pk)
    return (others.filter(is_superuser=True) | others.filter(roles__name=Role.Name.ADMIN)).exists()


def _told(name: str, team: Team | None) -> dict[str, str]:
    return {"role": name, "team": team.slug if team else "all"}
