"""People as they are pasted: lines, mails, CSV; what cannot be read comes back with a sentence."""

import pytest
from django.core import mail

from portal.accounts.models import Role, Team, User
from runbooks.importing.pasted_people import Pasted, invite, read_people
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin():
    person = UserFactory(username="yash", email="yash@shop.example")
    Role.objects.create(person=person, name=Role.Name.ADMIN)
    return person


def people(text):
    return [(p.name, p.email, p.teams, p.role) for p in read_people(text) if isinstance(p, Pasted)]


@pytest.mark.parametrize(
    "line",
    [
        "Leila Haddad <leila@shop.example>, platform, lead",
        '"Leila Haddad" <leila@shop.example>; platform; lead',
        "Leila Haddad, leila@shop.example, platform, Lead",
        "Leila Haddad\tleila@shop.example\tplatform\tlead",
        "Name;E-Mail;Team;Role\nLeila Haddad;leila@shop.example;platform;lead",
        "email,name,role,teams\nleila@shop.example,Leila Haddad,lead,platform",
    ],
)
def test_a_line_is_read_in_the_forms_that_people_have(line):
    assert people(line) == [("Leila Haddad", "leila@shop.example", ("platform",), "lead")]


def test_an_address_alone_is_enough_and_names_itself():
    assert people("leila.haddad@shop.example") == [
        ("Leila Haddad", "leila.haddad@shop.example", (), "")
    ]


def test_a_cell_of_several_teams_is_several():
    assert people("email,team\na@x.example,pay;ops")[0][2] == ("pay", "ops")


def test_new_people_get_an_account_teams_a_role_and_a_mail(admin):
    told = invite(
        "Leila Haddad <leila@shop.example>, platform, lead\ntom@shop.example",
        by=admin,
        may_give_roles=True,
    )
    leila, tom = told.made
    assert (leila.username, leila.name) == ("leila", "Leila Haddad")
    assert not leila.has_usable_password()
    assert str(leila.roles.get()) == "lead of platform"
    assert [m.to for m in mail.outbox] == [["leila@shop.example"], ["tom@shop.example"]]
    assert tom.roles.count() == 0
    assert (told.refused, told.unreached, told.unreachable) == ([], [], [])


def test_a_second_time_nothing_changes_and_nobody_gets_a_mail(admin):
    text = "Leila <leila@shop.example>, platform, editor"
    invite(text, by=admin, may_give_roles=True)
    mail.outbox.clear()
    told = invite(text.replace("leila@", "Leila@"), by=admin, may_give_roles=True)
    assert [p.username for p in told.unchanged] == ["leila"]
    assert mail.outbox == []
    assert (User.objects.count(), Team.objects.count()) == (2, 1)


def test_what_is_wrong_with_one_line_leaves_the_others(admin):
    UserFactory(username="gone", email="gone@shop.example", is_active=False)
    told = invite(
        "nobody at all\ngone@shop.example\nBad <bad@>\ntom@shop.example\n# a comment\n\n",
        by=admin,
        may_give_roles=True,
    )
    assert [p.username for p in told.made] == ["tom"]
    assert [(line, typed) for line, typed, _ in told.refused] == [
        (1, "nobody at all"),
        (2, "gone@shop.example"),
        (3, "Bad <bad@>"),
    ]
    assert all(sentence.endswith(".") for *_, sentence in told.refused)


def test_two_people_of_one_name_get_two_user_names(admin):
    told = invite("yash@other.example\nYASH@third.example", by=admin, may_give_roles=True)
    assert [p.username for p in told.made] == ["yash2", "YASH3"]


def test_only_an_admin_gives_roles(admin):
    told = invite("tom@shop.example, admin", by=admin, may_give_roles=False)
    assert told.made == []
    assert told.refused[0][2] == "Only an admin makes somebody admin: leave the role out."
    assert not User.objects.filter(email="tom@shop.example").exists()


def test_an_admin_is_one_for_all_whatever_the_team(admin):
    told = invite("tom@shop.example, platform, admin", by=admin, may_give_roles=True)
    assert str(told.made[0].roles.get()) == "admin for all"


def test_beyond_two_hundred_the_others_are_given_back(admin):
    text = "\n".join(f"p{n}@shop.example" for n in range(203))
    told = invite(text, by=admin, may_give_roles=True)
    assert len(told.made) == 200
    assert [typed for _, typed, _ in told.refused if typed] == [
        f"p{n}@shop.example" for n in range(200, 203)
    ]
