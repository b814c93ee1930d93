"""The support pages: every table is shown to admins alone, and no invariant can be broken in them."""

import itertools
import re

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import connection, models, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from portal.accounts.models import ApiToken, AuditEntry, Role, Session, Team, User
from portal.accounts.support import OURS, is_secret
from portal.notify.models import Channel, Feed
from runbooks.models import IndexCounter, Proposal, Revision, Runbook
from runbooks.search.models import SynonymGroup
from tests.factories import TeamFactory, UserFactory, published

pytestmark = pytest.mark.django_db

numbers = itertools.count(1)
REGISTERED = sorted(
    (model for model in admin.site._registry), key=lambda model: model._meta.label_lower
)


def page(model, what="changelist", *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{what}", args=args)


def a_row_of(model, depth=0):
    """Something that the table takes, with all that it must point to."""
    number = next(numbers)
    values = {}
    for field in model._meta.concrete_fields:
        if field.primary_key and not field.is_relation and not isinstance(field, models.CharField):
            continue
        if field.is_relation:
            if not field.null:
                values[field.name] = a_row_of(field.related_model, depth + 1)
        elif not field.has_default() and not (field.null or getattr(field, "auto_now_add", False)):
            values[field.name] = sample(field, number)
    return model._base_manager.create(**values)


def sample(field, number):
    if field.choices:
        return field.choices[0][0]
    kind = field.get_internal_type()
    if "Integer" in kind:
        return number
    if kind == "DateTimeField":
        return timezone.now()
    if kind == "DateField":
        return timezone.localdate()
    if kind in ("BooleanField", "JSONField", "BinaryField"):
        return {"BooleanField": False, "JSONField": {}, "BinaryField": b"x"}[kind]
    return f"word{number}"[: field.max_length or 20]


@pytest.fixture
def mira():
    person = UserFactory(username="mira", name="Mira Chen")
    Role.objects.create(person=person, name="admin")
    return person


@pytest.fixture
def as_mira(client, mira):
    client.force_login(mira)
    return client


class TestTheDoor:
    def test_nobody_is_led_to_the_portals_own_sign_in(self, client):
        asked = client.get("/admin/")
        assert asked["Location"] == "/accounts/sign-in?next=/admin/"
        assert client.get("/admin/login/").status_code == 302
        assert client.get("/admin/login/")["Location"].startswith("/accounts/sign-in")

    def test_a_lead_is_refused_whatever_they_ask_for(self, client):
        lead = UserFactory()
        Role.objects.create(person=lead, name="lead")
        client.force_login(lead)
        for model in REGISTERED:
            assert client.get(page(model)).status_code == 403
        assert client.get("/admin/").status_code == 403
        assert client.post(page(SynonymGroup, "add"), {"words": "a, b"}).status_code == 403
        assert SynonymGroup.objects.count() == 0

    def test_staff_without_the_role_is_nobody_here(self, client):
        client.force_login(UserFactory(is_staff=True))
        assert client.get("/admin/").status_code == 403

    def test_the_first_page_names_every_room(self, as_mira):
        shown = as_mira.get("/admin/").content.decode()
        assert "the audit trail" in shown
        assert "Audit entries" in shown
        for model in REGISTERED:
            assert page(model) in shown


class TestEveryTable:
    def test_each_model_of_each_room_is_there_and_no_packages(self):
        ours = {model for model in apps.get_models() if model.__module__.startswith(OURS)}
        assert set(REGISTERED) == ours

    def test_each_list_opens_is_searched_and_does_not_grow_in_queries(self, as_mira):
        for model in REGISTERED:
            described = admin.site._registry[model]
            for _ in range(2):
                self.row(model)
            few = self.queries(as_mira, page(model))
            for _ in range(4):
                self.row(model)
            many = self.queries(as_mira, page(model))
            assert many <= few, (model, few, many)
            assert many <= 14, (model, many)
            if described.search_fields:
                assert as_mira.get(page(model), {"q": "word"}).status_code == 200, model

    def test_each_row_opens_in_a_bounded_number_of_queries(self, as_mira):
        for model in REGISTERED:
            if model is Session:
                continue
            row = self.row(model) or model._base_manager.first()
            count = self.queries(as_mira, page(model, "change", row.pk))
            assert count <= 10 + 2 * len(model._meta.concrete_fields), (model, count)

    def test_what_may_be_added_has_a_form(self, as_mira):
        for model in REGISTERED:
            if admin.site._registry[model].may_add:
                assert as_mira.get(page(model, "add")).status_code == 200

    def queries(self, client, address):
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert client.get(address).status_code == 200, address
        return len(asked)

    def row(self, model):
        """A further row; None where a rule of the table wants more than fields that fit."""
        try:
            with transaction.atomic():
                return a_row_of(model)
        except Exception as error:
            if not model._base_manager.exists():
                raise AssertionError(f"{model}: {error}") from error
            return None


class TestSecrets:
    def test_no_page_holds_one(self, as_mira, mira):
        mira.set_password("correct horse")
        mira.save()
        as_mira.force_login(mira)
        token, secret = ApiToken.create_for(mira, name="ci")
        channel = Channel.objects.create(
            person=mira, kind="slack", target="https://hooks.example/T0/hush", secret="whsec-hush"
        )
        feed = Feed.objects.create(person=mira)
        session = Session.objects.get(person=mira)
        pages = [
            page(User),
            page(User, "change", mira.pk),
            page(ApiToken),
            page(ApiToken, "change", token.pk),
            page(Channel),
            page(Channel, "change", channel.pk),
            page(Feed),
            page(Feed, "change", feed.pk),
            page(Session),
        ]
        for address in pages:
            shown = as_mira.get(address).content.decode()
            for hush in (mira.password, token.digest, secret, "hush", feed.token, session.pk):
                assert hush not in shown, (address, hush)
        assert "hooks.example" in as_mira.get(page(Channel)).content.decode()

    def test_a_session_is_opened_by_no_address(self, as_mira, mira):
        key = Session.objects.get(person=mira).pk
        answer = as_mira.get(page(Session, "change", key))
        assert answer.status_code == 302
        assert answer["Location"] == "/admin/"

    def test_fields_are_secret_by_their_names(self):
        for model, described in admin.site._registry.items():
            assert not any(is_secret(name) for name in described.shown_fields()), model


class TestInvariants:
    def test_what_has_a_verb_or_only_grows_takes_no_post(self, as_mira):
        runbook = published()
        other = UserFactory()
        for model, wanted in (
            (Runbook, {"owner": other.pk, "state": "retired", "slug": "x"}),
            (Revision, {"text": "forged", "number": 7}),
            (Proposal, {"text": "forged", "state": "accepted"}),
            (AuditEntry, {"action": "forged"}),
        ):
            row = model.objects.order_by("pk").first()
            before = dict(model.objects.filter(pk=row.pk).values().get())
            assert as_mira.post(page(model, "change", row.pk), wanted).status_code == 403
            assert model.objects.filter(pk=row.pk).values().get() == before
            for action in ("delete_selected",):
                as_mira.post(
                    page(model), {"action": action, "_selected_action": [row.pk], "post": "yes"}
                )
            assert model.objects.filter(pk=row.pk).exists()
        runbook.refresh_from_db()
        assert runbook.state == Runbook.State.LIVE

    def test_there_is_no_address_to_add_or_delete_them(self, as_mira):
        runbook = published()
        for address in (
            f"/admin/runbooks/runbook/{runbook.pk}/delete/",
            "/admin/runbooks/revision/add/",
            "/admin/accounts/auditentry/1/delete/",
            f"/admin/accounts/user/{runbook.owner_id}/delete/",
        ):
            assert as_mira.get(address).status_code in (404, 302), address
            assert as_mira.post(address, {"post": "yes"}).status_code in (404, 403, 302), address
        assert Runbook.objects.filter(pk=runbook.pk).exists()
        assert User.objects.filter(pk=runbook.owner_id).exists()

    def test_an_owner_cannot_be_closed_and_the_refusal_is_shown(self, as_mira):
        owner = published().owner
        chosen = {"action": "close", "_selected_action": [owner.pk]}
        shown = as_mira.post(page(User), chosen, follow=True).content.decode()
        owner.refresh_from_db()
        assert owner.is_active
        assert "still owns a live runbook: hand over first" in shown

    def test_the_last_admin_stays_one(self, as_mira, mira):
        as_mira.post(page(User), {"action": "close", "_selected_action": [mira.pk]})
        role = mira.roles.get()
        as_mira.post(page(Role), {"action": "take_away", "_selected_action": [role.pk]})
        mira.refresh_from_db()
        assert mira.is_active
        assert mira.roles.filter(name="admin").exists()

    def test_rights_and_activity_are_no_fields_of_the_form(self, as_mira):
        person = UserFactory(username="tom")
        answer = as_mira.post(
            page(User, "change", person.pk),
            {
                **{
                    "name": "Tom Berg",
                    "email": "tom@shop.example",
                    "time_zone": "",
                    "away_from": "",
                },
                **{"away_until": "", "is_active": "", "is_superuser": "on", "password": "x"},
                "username": "root",
            },
        )
        assert answer.status_code == 302
        person.refresh_from_db()
        assert (person.name, person.username) == ("Tom Berg", "tom")
        assert person.is_active
        assert not person.is_superuser


class TestTheTrail:
    def test_a_changed_account_stands_in_it_with_both_sides(self, as_mira, mira):
        person = UserFactory(username="tom", name="Tom", email="tom@shop.example")
        form = {"name": "Tom Berg", "email": "tom@shop.example", "time_zone": ""}
        as_mira.post(page(User, "change", person.pk), form)
        entry = AuditEntry.objects.get(action="support.changed")
        assert (entry.by, entry.object_id) == (mira, str(person.pk))
        assert (entry.before, entry.after) == ({"name": "Tom"}, {"name": "Tom Berg"})

    def test_saving_without_a_change_writes_nothing(self, as_mira):
        person = UserFactory(name="Tom", email="tom@shop.example")
        form = {"name": "Tom", "email": "tom@shop.example", "time_zone": ""}
        assert as_mira.post(page(User, "change", person.pk), form).status_code == 302
        assert not AuditEntry.objects.filter(action="support.changed").exists()

    def test_a_new_account_is_made_by_the_verb(self, as_mira, mira):
        form = {"username": "leila", "name": "Leila Haddad", "email": "leila@shop.example"}
        answer = as_mira.post(page(User, "add"), form)
        leila = User.objects.get(username="leila")
        assert answer.status_code == 302
        assert not leila.has_usable_password()
        assert AuditEntry.objects.get(action="person.made").by == mira
        assert not AuditEntry.objects.filter(action="support.added").exists()

    def test_teams_are_made_and_changed(self, as_mira):
        as_mira.post(
            page(Team, "add"), {"slug": "dba", "name": "DBA", "description": "", "lead": ""}
        )
        team = Team.objects.get(slug="dba")
        lead = UserFactory()
        form = {"name": "Databases", "description": "", "lead": lead.pk}
        assert as_mira.post(page(Team, "change", team.pk), form).status_code == 302
        actions = AuditEntry.objects.filter(object_kind="team").order_by("pk")
        assert [entry.action for entry in actions] == ["support.added", "support.changed"]
        assert actions.last().after == {"name": "Databases", "lead": lead.pk}

    def test_who_is_closed_leads_no_team(self, as_mira):
        team, gone = TeamFactory(), UserFactory(is_active=False)
        form = {"name": "Databases", "description": "", "lead": gone.pk}
        assert as_mira.post(page(Team, "change", team.pk), form).status_code == 200
        team.refresh_from_db()
        assert team.lead is None

    def test_tokens_are_revoked_and_sessions_ended_by_the_verbs(self, as_mira, mira, client):
        token, _ = ApiToken.create_for(mira, name="ci")
        as_mira.post(page(ApiToken), {"action": "revoke", "_selected_action": [token.pk]})
        token.refresh_from_db()
        assert token.revoked_at
        as_mira.post(page(User), {"action": "end_sessions", "_selected_action": [mira.pk]})
        assert as_mira.get("/admin/").status_code == 200
        assert AuditEntry.objects.filter(action="token.revoked", by=mira).exists()

    def test_synonyms_count_at_once(self, as_mira):
        counter = IndexCounter.objects.first()
        before = counter.value if counter else 0
        as_mira.post(page(SynonymGroup, "add"), {"words": "ledger, books"})
        group = SynonymGroup.objects.get()
        assert IndexCounter.objects.first().value > before
        as_mira.post(page(SynonymGroup, "delete", group.pk), {"post": "yes"})
        assert not SynonymGroup.objects.exists()
        assert set(AuditEntry.objects.values_list("action", flat=True)) >= {
            "support.added",
            "support.deleted",
        }


def test_pages_have_no_inline_script_or_style(as_mira, mira):
    for address in ("/admin/", page(User), page(User, "change", mira.pk), page(Team, "add")):
        answer = as_mira.get(address)
        shown = answer.content.decode()
        assert "script-src 'self'" in answer["Content-Security-Policy"]
        assert not re.search(r"<script(?![^>]*\b(?:src|type=\"application/json\"))", shown), address
        assert " style=" not in shown, address
        assert not re.search(r"\son\w+=", shown), address
