"""The first run of an empty portal: its first admin, and the steps from there to a library.

The first admin is made by whoever opens the portal first. So that this is its owner and no stranger, it takes
a setup code wherever others than this machine's own people can reach the page: the server prints it at its
start, and it is a file in DATA_DIR.
"""

from __future__ import annotations

import base64
import ipaddress
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from portal.accounts import audit, company
from portal.accounts.managing import Refused
from portal.accounts.models import Role, User

CODE_FILE = "setup-code.txt"


@dataclass(frozen=True, slots=True)
class Step:
    """`url_name` is its page; `done` whether there is something to show for it."""

    key: str
    title: str
    url_name: str
    done: Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Shown:
    """A step as the strip on top of the pages shows it."""

    step: Step
    number: int
    state: str  # done, skipped, here, to do


#: In their order; rooms add theirs in ready().
steps: list[Step] = [
    Step(
        "company",
        "Name the company",
        "accounts:company",
        lambda: bool((found := company.the_company()) and found.name),
    )
]
#: Names of pages: where the last step leads is what the last room said.
endings: list[str] = []


def needed() -> bool:
    """Whether there is no account at all."""
    return not User.objects.exists()


def make_first_admin(*, username: str, name: str, email: str, password: str) -> User:
    """Raises Refused once there is an account, ValidationError for what was typed."""
    person = User(username=username, name=name, email=email)
    with transaction.atomic():
        _nobody_else_now()
        if not needed():
            raise Refused("There is an account already: sign in.")
        errors: dict[str, list[str]] = {}
        try:
            person.full_clean(exclude=["password"])
        except ValidationError as error:
            errors = dict(error.message_dict)
        for field in ("name", "email"):
            if not getattr(person, field):
                errors.setdefault(field, []).append("It takes this, too.")
        try:
            validate_password(password, person)
        except ValidationError as error:
            errors["password"] = error.messages
        if errors:
            raise ValidationError(errors)
        person.set_password(password)
        person.save()
        Role.objects.create(person=person, name=Role.Name.ADMIN, team=None)
        company.begin()
        after = {"username": username, "name": name, "email": email, "role": Role.Name.ADMIN}
        audit.record("person.made", by=person, of=person, after=after, note="first run")
    forget_code()
    return person


def _nobody_else_now() -> None:
    """Of two at once, the second waits and then finds an account. SQLite's transactions are one at a time."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE accounts_user IN SHARE ROW EXCLUSIVE MODE")


@transaction.atomic
def finish(*, by: User) -> None:
    """The first steps are behind them: their strip is shown no more."""
    found = company.begin()
    if found.set_up_at is None:
        found.set_up_at = timezone.now()
        found.save(update_fields=["set_up_at"])
        audit.record("company.set.up", by=by, of=found, name=found.name or settings.SITE_NAME)


def strip(*, here: str, skipped: list[str]) -> list[Shown]:
    """The steps, while the first run is under way; else nothing. A query for each step."""
    found = company.the_company()
    if found is None or found.set_up_at is not None:
        return []
    shown = []
    for number, step in enumerate(steps, start=2):
        state = "done" if step.done() else "skipped" if step.key in skipped else "to do"
        shown.append(Shown(step, number, "here" if step.key == here else state))
    return shown


def next_after(key: str) -> Step | None:
    keys = [step.key for step in steps]
    place = keys.index(key) + 1 if key in keys else 0
    return steps[place] if place < len(steps) else None


def undone(skipped: list[str]) -> Step:
    """Where one goes on who comes back: the first step that is neither done nor skipped, else the last."""
    for step in steps:
        if step.key not in skipped and not step.done():
            return step
    return steps[-1]


# The setup code


def code_needed(asking: str = "") -> bool:
    """Whether others than this machine's people may reach the page; `asking` is the address that asks."""
    bound = settings.BIND.rpartition(":")[0]
    site = urlsplit(settings.SITE_URL).hostname or ""
    near = all(map(_is_loopback, (bound, site)))
    return settings.TRUST_PROXY or not near or bool(asking and not _is_loopback(asking))


def _is_loopback(host: str) -> bool:
    host = host.strip("[]")
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def code() -> str:
    """The same wherever the SECRET_KEY is; worth nothing once there is an account."""
    digest = salted_hmac("portal.first-run", "setup code", algorithm="sha256").digest()
    letters = base64.b32encode(digest).decode().lower()[:16]
    return "-".join(letters[at : at + 4] for at in range(0, 16, 4))


def is_code(typed: str) -> bool:
    def bare(text: str) -> bytes:
        return "".join(letter for letter in text.lower() if letter.isalnum()).encode()

    return secrets.compare_digest(bare(typed), bare(code()))


def notice() -> str:
    """What the server prints at its start; empty where there is an account, or no code is needed."""
    try:
        if not needed():
            return ""
    except DatabaseError:  # not prepared yet; whoever prepares it prints
        return ""
    if not code_needed():
        return f"Nobody has an account yet. Make the first: {settings.SITE_URL}/welcome"
    file = Path(settings.DATA_DIR) / CODE_FILE
    file.touch(mode=0o600)
    file.write_text(f"{code()}\n", encoding="ascii")
    return (
        f"Nobody has an account yet. Make the first: {settings.SITE_URL}/welcome\n"
        f"Setup code: {code()} (also in {file})"
    )


def forget_code() -> None:
    (Path(settings.DATA_DIR) / CODE_FILE).unlink(missing_ok=True)
