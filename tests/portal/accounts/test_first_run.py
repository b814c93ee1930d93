"""The first run: one first admin, no stranger before the owner, and the way through the steps."""

import threading
from io import StringIO
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import connection

from portal.accounts import company, first_run
from portal.accounts.managing import Refused
from portal.accounts.models import AuditEntry, Company, Role, User
from tests.factories import UserFactory, published

pytestmark = pytest.mark.django_db

OWL = "an owl in the attic"
FORM = {"name": "Yash Rao", "email": "yash@shop.example", "username": "yash", "password": OWL}


@pytest.fixture(autouse=True)
def own_data(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    settings.SITE_URL = "http://127.0.0.1:8000"
    settings.BIND = "127.0.0.1:8000"


@pytest.fixture
def open_to_the_net(settings):
    settings.BIND = "0.0.0.0:8000"


def test_whoever_opens_an_empty_portal_is_led_to_it(client, settings):
    assert client.get("/accounts/sign-in").headers["Location"] == "/welcome"
    settings.READ_WITHOUT_LOGIN = True
    assert client.get("/").headers["Location"] == "/welcome"
    assert "Nobody is here yet" in client.get("/welcome").content.decode()


def test_the_first_admin_is_signed_in_and_goes_on(client):
    answer = client.post("/welcome", FORM)
    assert answer.headers["Location"] == "/welcome/company"
    person = User.objects.get()
    assert person.check_password(OWL)
    assert person.roles.get().name == Role.Name.ADMIN
    assert client.get("/welcome/company").status_code == 200
    entry = AuditEntry.objects.get(action="person.made")
    assert (entry.by, entry.note) == (person, "first run")
    assert OWL not in str(entry.after)


def test_once_there_is_an_account_nobody_makes_another_this_way(client):
    UserFactory()
    assert client.get("/welcome").headers["Location"] == "/accounts/sign-in"
    assert client.post("/welcome", FORM).headers["Location"] == "/accounts/sign-in"
    assert User.objects.count() == 1
    with pytest.raises(Refused, match="account already"):
        first_run.make_first_admin(**FORM)


def test_createsuperuser_ends_it_too(client, monkeypatch):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", OWL)
    call_command(
        "createsuperuser",
        interactive=False,
        username="leila",
        email="leila@shop.example",
        name="Leila",
        stdout=StringIO(),
    )
    assert client.get("/accounts/sign-in").status_code == 200
    client.force_login(User.objects.get())
    assert client.get("/welcome").headers["Location"] == "/welcome/company"


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("password", "password1", "too common"),
        ("password", "short", "at least 8 characters"),
        ("username", "yash rao", "valid username"),
        ("email", "yash", "valid email"),
        ("name", "", "It takes this, too."),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(client, field, typed, said):
    answer = client.post("/welcome", FORM | {field: typed})
    html = answer.content.decode()
    assert answer.status_code == 422
    assert said in html
    for kept in {"name", "email", "username"} - {field}:
        assert FORM[kept] in html
    assert OWL not in html
    assert not User.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_becomes_the_admin():
    if connection.vendor != "postgresql":
        pytest.skip("this run is on SQLite")
    barrier, outcomes = threading.Barrier(2), []

    def make(name):
        try:
            barrier.wait()
            first_run.make_first_admin(**FORM | {"username": name, "email": f"{name}@shop.example"})
            outcomes.append("made")
        except Refused:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=make, args=(name,)) for name in ("owner", "stranger")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["made", "refused"]
    assert User.objects.count() == 1


# The setup code


@pytest.mark.parametrize(
    ("bind", "site", "proxy", "asking", "needed"),
    [
        ("127.0.0.1:8000", "http://127.0.0.1:8000", False, "127.0.0.1", False),
        ("[::1]:8000", "http://localhost:8000", False, "::1", False),
        ("0.0.0.0:8000", "http://127.0.0.1:8000", False, "127.0.0.1", True),
        ("127.0.0.1:8000", "https://runbooks.shop.example", False, "127.0.0.1", True),
        ("127.0.0.1:8000", "http://127.0.0.1:8000", True, "127.0.0.1", True),
        ("127.0.0.1:8000", "http://127.0.0.1:8000", False, "10.0.0.9", True),
    ],
)
def test_where_others_can_reach_the_page_it_takes_the_code(
    settings, bind, site, proxy, asking, needed
):
    settings.BIND, settings.SITE_URL, settings.TRUST_PROXY = bind, site, proxy
    assert first_run.code_needed(asking) is needed


def test_a_stranger_without_the_code_makes_no_account(client, open_to_the_net):
    for code in ("", "0000-0000-0000-0000"):
        answer = client.post("/welcome", FORM | {"code": code})
        assert answer.status_code == 422
        assert "not the code that the server printed" in answer.content.decode()
    assert not User.objects.exists()


def test_the_code_is_printed_and_a_file_and_gone_afterwards(client, open_to_the_net, tmp_path):
    said = first_run.notice()
    file = Path(tmp_path / "setup-code.txt")
    code = file.read_text().strip()
    assert code in said
    assert file.stat().st_mode & 0o077 == 0
    answer = client.post("/welcome", FORM | {"code": f" {code.upper().replace('-', ' ')} "})
    assert answer.headers["Location"] == "/welcome/company"
    assert not file.exists()
    assert first_run.notice() == ""


def test_codes_cannot_be_tried_for_ever(client, open_to_the_net):
    for _ in range(20):
        client.post("/welcome", FORM | {"code": "guess"})
    said = client.post("/welcome", FORM | {"code": first_run.code()}).content.decode()
    assert "tried too often" in said
    assert not User.objects.exists()


# The steps


@pytest.fixture
def admin(client):
    client.post("/welcome", FORM)
    return User.objects.get()


def test_each_step_can_be_skipped_and_it_ends_on_coverage(client, admin):
    places = [
        client.post("/welcome/skip", {"step": key}).headers["Location"]
        for key in ("company", "people", "runbooks", "rules")
    ]
    assert places == ["/import/people", "/import/runbooks", "/import/rules", "/coverage"]
    assert Company.objects.get().set_up_at is not None
    assert "First steps" not in client.get("/import/people").content.decode()


def test_who_comes_back_goes_on_at_the_first_step_that_is_neither_done_nor_skipped(client, admin):
    assert client.get("/welcome").headers["Location"] == "/welcome/company"
    client.post("/welcome/company", {"name": "Shop Example"})
    client.post("/welcome/skip", {"step": "people"})
    assert client.get("/welcome").headers["Location"] == "/import/runbooks"
    published(owner=admin)
    assert client.get("/welcome").headers["Location"] == "/import/rules"


def test_a_company_that_was_there_before_shows_no_first_steps(client):
    person = UserFactory()
    Role.objects.create(person=person, name=Role.Name.ADMIN)
    client.force_login(person)
    assert "First steps" not in client.get("/import/people").content.decode()


def test_a_lead_who_imports_meanwhile_sees_no_first_steps(client, admin):
    lead = UserFactory()
    Role.objects.create(person=lead, name=Role.Name.LEAD)
    client.force_login(lead)
    assert "First steps" not in client.get("/import/runbooks").content.decode()


# The company's name


def test_the_name_stands_on_pages_and_costs_them_no_query(client, admin, django_assert_num_queries):
    client.post("/welcome/company", {"name": "  Shop   Example "})
    assert "Shop Example" in client.get("/accounts/reset").content.decode()
    with django_assert_num_queries(0):
        assert company.site_name() == "Shop Example"
    entry = AuditEntry.objects.get(action="company.renamed")
    assert entry.after == {"name": "Shop Example"}


def test_another_process_learns_the_name_from_the_database(admin, settings):
    company.rename("Shop Example", by=admin)
    company.keep(None)
    assert company.site_name() == "Shop Example"
    company.rename("", by=admin)
    assert company.site_name() == settings.SITE_NAME


def test_a_page_that_was_kept_before_shows_the_new_name(client, admin):
    published()
    client.get("/r/api-latency")
    company.rename("Shop Example", by=admin)
    assert "Shop Example" in client.get("/r/api-latency").content.decode()


def test_a_name_that_fits_no_page_head_is_refused_and_stays_in_the_field(client, admin):
    answer = client.post("/welcome/company", {"name": "x" * 81})
    assert answer.status_code == 422
    assert "more than 80 characters" in answer.content.decode()
    assert "x" * 81 in answer.content.decode()
    with pytest.raises(ValueError, match="cannot be shown"):
        company.rename("Shop\u202eExample", by=admin)


def test_the_checks_of_a_first_admin_name_every_field_at_once():
    with pytest.raises(ValidationError) as wrong:
        first_run.make_first_admin(username="", name="", email="", password="x")
    assert set(wrong.value.message_dict) == {"username", "name", "email", "password"}
