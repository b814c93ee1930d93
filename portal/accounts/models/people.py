"""People, their teams, and the roles they have by team or for all."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar
from zoneinfo import available_timezones

from django.contrib.auth.models import AbstractUser, UserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Cast, Coalesce, Concat, Lower

from portal.typed import clean

#: Longer than any user name, and than any e-mail address.
_LONGEST_NAME = 320


def _known_time_zone(value: str) -> None:
    if value not in available_timezones():
        raise ValidationError(
            f"{value!r} is not a time zone: it takes a name such as Europe/Lisbon."
        )


class Team(models.Model):
    """People who share a rota. A team never owns a runbook: a person does."""

    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    lead = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="leads"
    )

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Joined(models.Aggregate):
    """Values parted by commas, on both databases."""

    function = "GROUP_CONCAT"
    output_field = models.TextField()

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        template = "STRING_AGG(%(expressions)s::text, ',')"
        return self.as_sql(compiler, connection, template=template, **extra)


#: "lead:3", "admin:": a role as one word.
_PACKED = Concat(
    "name",
    models.Value(":", models.TextField()),
    Coalesce(Cast("team_id", models.TextField()), models.Value("", models.TextField())),
    output_field=models.TextField(),
)


def _joined(rows: Any, person: str, value: str | Concat) -> Coalesce:
    """The `value`s of the person's rows as one text: "3,7", or "" where there are none."""
    grouped = (
        rows.filter(**{person: models.OuterRef("pk")})
        .order_by()
        .values(person)
        .annotate(joined=Joined(value))
    )
    return Coalesce(
        models.Subquery(grouped.values("joined"), output_field=models.TextField()),
        models.Value("", models.TextField()),
    )


#: What rooms want to know of whoever is signed in, on every page: name -> expression over the person. It
#: comes with the query that loads them. Filled in `AppConfig.ready()`.
asked_along: dict[str, models.Exists] = {}


#: A longer list helps nobody who types a name, and weighs on the page.
_MOST_SUGGESTED = 500


class PersonManager(UserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(username__iexact=username)

    def for_request(self) -> models.QuerySet[User]:
        """People with all that decides what they may do, in the one query that loads them."""
        return self.annotate(
            reach_teams=_joined(User.teams.through.objects, "user_id", "team_id"),
            reach_led=_joined(Team.objects, "lead_id", "pk"),
            reach_roles=_joined(Role.objects, "person_id", _PACKED),
            **asked_along,
        )

    def answering(self) -> models.QuerySet[User]:
        """Whom one can ask to do something: the account is open, and nobody says that they are gone."""
        return self.filter(is_active=True, unreachable_since=None)

    def suggestions(self) -> list[tuple[str, str]]:
        """(user name, name) for accounts/_people.html: what a field for a person offers as one types."""
        people = self.answering().order_by("name", "pk")
        return list(people.values_list("username", "name")[:_MOST_SUGGESTED])

    def named(self, name: str) -> User | None:
        """The person with this user name (with or without @) or e-mail address, without case."""
        name = clean(name, _LONGEST_NAME).removeprefix("@")
        if not name:
            return None
        field = "email__iexact" if "@" in name else "username__iexact"
        return self.filter(**{field: name}).order_by("-is_active", "pk").first()


class User(AbstractUser):
    """A person. `unreachable_since` marks one who is gone but still owner."""

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    name = models.CharField(max_length=150, help_text="As colleagues write it.")
    email = models.EmailField(blank=True)
    time_zone = models.CharField(max_length=64, blank=True, validators=[_known_time_zone])
    teams: models.ManyToManyField[Team, Any] = models.ManyToManyField(
        Team, blank=True, related_name="people"
    )
    unreachable_since = models.DateTimeField(null=True, blank=True)
    away_from = models.DateField(null=True, blank=True, help_text="First day away.")
    away_until = models.DateField(
        null=True, blank=True, help_text="Last day away; until then a deputy is reminded, too."
    )

    objects: ClassVar[PersonManager] = PersonManager()

    REQUIRED_FIELDS: ClassVar[list[str]] = ["email", "name"]

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(Lower("username"), name="one_person_per_user_name"),
            models.UniqueConstraint(
                Lower("email"), condition=~models.Q(email=""), name="one_person_per_email"
            ),
            models.CheckConstraint(
                condition=Q(away_from=None, away_until=None) | Q(away_until__gte=F("away_from")),
                name="away_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.username

    @property
    def answers(self) -> bool:
        """As `User.objects.answering`, for one."""
        return self.is_active and self.unreachable_since is None

    def is_away(self, on: date) -> bool:
        """`on` is a day in the person's own zone."""
        begins, ends = self.away_from, self.away_until
        return begins is not None and ends is not None and begins <= on <= ends

    def get_full_name(self) -> str:
        return str(self)

    def get_short_name(self) -> str:
        return str(self)


class Company(models.Model):
    """One row: what this portal's company is called, and whether its first steps are done."""

    name = models.CharField(max_length=80, blank=True, help_text="Empty: SITE_NAME.")
    set_up_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class Role(models.Model):
    """What a person may do beyond reading, for one team's services or, without a team, for all.

    access.py says what each role allows. Everybody who is signed in is a reader; that needs no row.
    """

    class Name(models.TextChoices):
        EDITOR = "editor", "editor"
        LEAD = "lead", "lead"
        ADMIN = "admin", "admin"

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="roles")
    name = models.CharField(max_length=8, choices=Name.choices)
    team = models.ForeignKey(
        Team,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="roles",
        help_text="Empty: for all teams.",
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["person", "name", "team"],
                condition=models.Q(team__isnull=False),
                name="one_row_per_role_of_a_team",
            ),
            models.UniqueConstraint(
                fields=["person", "name"],
                condition=models.Q(team__isnull=True),
                name="one_row_per_role_for_all",
            ),
            # An admin manages people and settings of the whole portal: there is none of a team.
            models.CheckConstraint(
                condition=~models.Q(name="admin") | models.Q(team__isnull=True),
                name="an_admin_is_one_for_all",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.team}" if self.team else f"{self.name} for all"
