"""Private services: for others their runbooks are absent, and an alert says whom to ask."""

import pytest
from django.utils import timezone

from portal.accounts.access import NOBODY, viewer_of
from portal.accounts.models import ApiToken, AuditEntry, Role, User
from runbooks import privacy, publishing, reporting
from runbooks.alerts.models import Rule
from runbooks.models import Gap, Runbook, Service
from runbooks.search.engine import Filters
from runbooks.search.finding import find
from tests.factories import ServiceFactory, TeamFactory, UserFactory, published, runbook_text

pytestmark = pytest.mark.django_db
SECRET_TITLE = "Vault seal key lost"


@pytest.fixture
def vault():
    return TeamFactory(slug="vault", name="Vault")


@pytest.fixture
def owner():
    return UserFactory(username="yash", name="Yash Patel", email="yash@shop.example")


@pytest.fixture
def member(vault):
    person = UserFactory(username="leila")
    person.teams.add(vault)
    return person


@pytest.fixture
def stranger():
    return UserFactory(username="anna")


@pytest.fixture(autouse=True)
def library(vault, owner):
    """A public runbook that names the private one, and the private one."""
    text = runbook_text(owner="yash").replace(
        "severity: high", "severity: high\nrelated: [vault-seal]"
    )
    secret = runbook_text(title=SECRET_TITLE, alert="VaultSealed", owner="yash")
    published(slug="vault-seal", owner=owner, text=secret.replace("[api-server]", "[vault]"))
    published(owner=owner, text=text)
    service = Service.objects.get(slug="vault")
    privacy.change_service(service, by=owner, team=vault, owner=None, private=True)
    # So that coverage has something to say.
    Rule.objects.create(
        alert="Other", folded="other", expr="1", origin="a.yml", imported_at=timezone.now()
    )


def text_of(answer):
    return answer.content.decode()


PAGES = ["/r/vault-seal", "/r/vault-seal.md", "/r/vault-seal/history", "/s/vault"]
#: Doors that open only to who may change something: for others there is nothing behind them either.
CHANGING = [f"/r/vault-seal/{what}" for what in ("edit", "compare", "rename", "retire", "restore")]
LISTS = ["/", "/?q=vault+seal+key", "/?service=vault", "/services", "/teams", "/s/api-server",
         "/coverage?list=unled", "/r/api-latency", "/api/v1/search?q=vault+seal",
         "/api/v1/alerts/resolve?alert=VaultSealed"]  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
def test_for_others_there_is_no_such_page(client, stranger, member, owner, path):
    client.force_login(stranger)
    assert client.get(path).status_code == 404
    for person in (member, owner) if path != "/s/vault" else (member,):
        client.force_login(person)
        assert client.get(path).status_code == 200


@pytest.mark.parametrize("path", CHANGING)
def test_for_others_there_is_nothing_to_change(client, stranger, path):
    client.force_login(stranger)
    for answer in (client.get(path), client.post(path, {"reason": "x", "slug": "x"})):
        assert answer.status_code in (404, 405)
        assert SECRET_TITLE not in text_of(answer)
    assert Runbook.objects.get(slug="vault-seal").state == Runbook.State.LIVE


def test_a_step_of_it_cannot_be_reported_by_others(client, stranger):
    key = Runbook.objects.get(slug="vault-seal").live_revision.steps.first().key
    client.force_login(stranger)
    answer = client.post(f"/r/vault-seal/steps/{key}/report", {"verdict": "wrong"})
    assert answer.status_code == 404


def test_a_proposal_to_it_is_in_nobody_elses_list(client, stranger, owner):
    runbook = Runbook.objects.get(slug="vault-seal")
    text = runbook.live_revision.text.replace(SECRET_TITLE, SECRET_TITLE + " again")
    made = publishing.propose(text=text, kind="edit", runbook=runbook, by=owner)
    client.force_login(stranger)
    assert SECRET_TITLE not in text_of(client.get("/proposals"))
    assert "vault-seal" not in text_of(client.get("/proposals"))
    assert client.get(f"/proposals/{made.pk}").status_code == 404
    assert client.get(f"/proposals/{made.pk}/edit").status_code == 404


@pytest.mark.parametrize("path", LISTS)
def test_for_others_it_stands_in_no_list(client, stranger, path):
    client.force_login(stranger)
    answer = client.get(path)
    assert answer.status_code == 200
    html = text_of(answer)
    assert SECRET_TITLE not in html
    assert "vault-seal" not in html
    assert '"/s/vault"' not in html


@pytest.mark.parametrize("chosen", ["missing", "dead", "unled"])
def test_its_rules_stand_in_nobody_elses_coverage(client, stranger, member, chosen):
    about = {"expr": "1", "origin": "a.yml", "group": "vault-group", "imported_at": timezone.now()}
    dead = {"link": "https://wiki/gone", "link_state": Rule.LinkState.DEAD}
    Rule.objects.create(alert="UnsealSlow", folded="unsealslow", service_word="Vault", **about)
    secret = Runbook.objects.get(slug="vault-seal")
    rule = Rule.objects.create(
        alert="VaultSealed",
        folded="vaultsealed",
        service_word="VAULT",
        runbook=secret,
        **about,
        **dead,
    )
    client.force_login(stranger)
    html = text_of(client.get(f"/coverage?list={chosen}"))
    for word in ("Unseal", "VaultSealed", "vault", SECRET_TITLE):
        assert word not in html, word
    assert "1 of your 1 alerts has no runbook" in html
    client.force_login(member)
    html = text_of(client.get(f"/coverage?list={chosen}"))
    assert "2 of your 3 alerts have no runbook" in html
    assert '<option value="vault">vault</option>' in html
    # A rule of everybody's may lead to it: its name is told to nobody, only whom to ask.
    Rule.objects.filter(pk=rule.pk).update(service_word="api-server")
    client.force_login(stranger)
    html = text_of(client.get("/coverage?list=dead"))
    assert SECRET_TITLE not in html
    assert "vault-seal" not in html
    assert "/a/VaultSealed" in html


@pytest.mark.parametrize(
    "path", ["/", "/?q=vault+seal+key", "/?service=vault", "/coverage?list=unled"]
)
def test_its_own_people_find_it(client, member, path):
    client.force_login(member)
    assert "vault-seal" in text_of(client.get(path))


def test_a_page_kept_for_its_people_is_not_given_to_others(client, member, stranger):
    client.force_login(member)
    assert client.get("/r/vault-seal").status_code == 200
    client.force_login(stranger)
    assert client.get("/r/vault-seal").status_code == 404


def test_on_an_open_network_nobody_sees_it(client, settings):
    settings.READ_WITHOUT_LOGIN = True
    for path in PAGES:
        assert client.get(path).status_code == 404
    assert SECRET_TITLE not in text_of(client.get("/?q=vault+seal+key"))


def test_an_alert_link_says_who_owns_it_and_how_to_reach_them(client, stranger):
    client.force_login(stranger)
    answer = client.get("/a/VaultSealed?namespace=prod")
    html = text_of(answer)
    assert answer.status_code == 403
    assert "Yash Patel" in html
    assert "mailto:yash@shop.example" in html
    assert SECRET_TITLE not in html
    assert not Gap.objects.exists()


def test_an_alert_link_by_its_slug_says_so_too(client, stranger):
    client.force_login(stranger)
    assert "Yash Patel" in text_of(client.get("/a/vault-seal"))


def test_an_alert_link_leads_its_own_people_there(client, member):
    client.force_login(member)
    assert client.get("/a/VaultSealed")["Location"].startswith("/r/vault-seal")


def test_an_alert_link_costs_at_most_three_queries(
    client, stranger, member, settings, django_assert_max_num_queries
):
    settings.READ_WITHOUT_LOGIN = True
    with django_assert_max_num_queries(3):
        client.get("/a/VaultSealed")
    client.force_login(member)
    with django_assert_max_num_queries(3):
        client.get("/a/VaultSealed")


def test_a_private_page_costs_no_more_than_a_public_one(
    client, member, django_assert_max_num_queries
):
    client.force_login(member)
    with django_assert_max_num_queries(5):
        client.get("/r/vault-seal")


def test_a_search_costs_no_more_where_some_are_private(
    client, member, django_assert_max_num_queries
):
    client.force_login(member)
    client.get("/?q=latency")
    with django_assert_max_num_queries(4):
        client.get("/?q=vault")


def test_a_program_sees_what_its_person_sees(client, member, stranger):
    for person, seen in ((member, True), (stranger, False)):
        _, secret = ApiToken.create_for(person, name="ci")
        headers = {"Authorization": f"Bearer {secret}"}
        assert (
            "vault-seal" in text_of(client.get("/api/v1/search?q=vault seal", headers=headers))
        ) is seen
        told = client.get("/api/v1/alerts/resolve?alert=VaultSealed", headers=headers).json()
        assert bool(told["runbooks"]) is seen
        assert told["status"] == "live"


def test_leads_for_all_see_it_and_leads_of_another_team_do_not(stranger):
    Role.objects.create(person=stranger, name="lead", team=TeamFactory())
    assert not Runbook.objects.seen_by(viewer_of(stranger)).filter(slug="vault-seal").exists()
    Role.objects.create(person=stranger, name="lead")
    again = User.objects.get(pk=stranger.pk)
    assert Runbook.objects.seen_by(viewer_of(again)).filter(slug="vault-seal").exists()


def test_the_engine_leaves_it_out_before_it_counts_candidates(owner, vault):
    """So many private ones that they would fill the candidates: the public one is found all the same."""
    for n in range(90):
        text = runbook_text(title=f"Disk full on node {n}", alert=f"Disk{n}", owner="yash")
        published(slug=f"disk-{n}", owner=owner, text=text.replace("[api-server]", "[vault]"))
    public = runbook_text(title="Something of a disk", alert="Other", owner="yash")
    published(slug="disk-public", owner=owner, text=public)
    slugs = [result.slug for result in find("disk full on node", viewer=NOBODY).results]
    assert "disk-public" in slugs
    assert not [slug for slug in slugs if slug.startswith("disk-") and slug != "disk-public"]


def test_no_word_of_it_is_offered_as_a_correction_and_none_of_it_counted(client, stranger, member):
    for person, said, searched in ((stranger, False, 1), (member, True, 2)):
        client.force_login(person)
        html = text_of(client.get("/?q=vaultt"))
        assert (">vault<" in html or "“vault”" in html) is said, html
        assert client.get("/api/v1/search?q=vaultt").json().get("corrected") == (
            {"vaultt": "vault"} if said else None
        )
        assert f"Searched {searched} runbook" in text_of(client.get("/?q=qwxyzzy"))


def test_who_proposed_and_reported_before_it_was_private_sees_it_no_more(client, owner, stranger):
    runbook = Runbook.objects.get(slug="vault-seal")
    text = runbook.live_revision.text.replace("below 160", "below 170")
    made = publishing.propose(text=text, kind="edit", runbook=runbook, by=stranger)
    reporting.report(runbook.live_revision.steps.first(), verdict="wrong", by=stranger)
    client.force_login(stranger)
    page = text_of(client.get("/proposals"))
    assert SECRET_TITLE not in page
    assert "vault-seal" not in page
    for part in ("", "/edit", "/settle"):
        assert client.get(f"/proposals/{made.pk}{part}").status_code == 404
    client.force_login(owner)
    assert SECRET_TITLE in text_of(client.get(f"/proposals/{made.pk}"))


def test_a_public_service_beside_a_private_one_opens_nothing(owner, stranger):
    text = runbook_text(title="Both", alert="Both", owner="yash")
    published(slug="both", owner=owner, text=text.replace("[api-server]", "[api-server, vault]"))
    assert not Runbook.objects.seen_by(viewer_of(stranger)).filter(slug="both").exists()


def test_a_private_service_without_a_team_is_not_everybodys(stranger, member, owner):
    service = ServiceFactory(slug="lonely", private=True)
    runbook = published(slug="alone", owner=owner, title="Alone", alert="Alone")
    runbook.services.set([service])
    found = Runbook.objects.annotate(audience=privacy.audience()).get(pk=runbook.pk)
    assert found.audience
    for person in (stranger, member):
        assert not privacy.may_see(viewer_of(person), audience=found.audience, owner=owner.pk)
    assert privacy.may_see(viewer_of(owner), audience=found.audience, owner=owner.pk)


def test_made_public_again_it_is_found_by_all(vault, owner):
    service = Service.objects.get(slug="vault")
    assert find("vault seal key", viewer=NOBODY).results == ()
    privacy.change_service(service, by=owner, team=vault, owner=None, private=False)
    assert [r.slug for r in find("vault seal key", viewer=NOBODY).results] == ["vault-seal"]
    entry = AuditEntry.objects.filter(action="service.changed").first()
    assert (entry.before, entry.after) == ({"private": True}, {"private": False})


def test_who_is_asking_does_not_make_two_filters_differ():
    assert Filters(seen_by=None) == Filters()


def test_the_services_own_people_make_it_public_again_and_a_reader_may_not(client, vault, member):
    client.force_login(member)
    assert client.post("/s/vault/edit", {"team": "vault"}).status_code == 403
    Role.objects.create(person=member, name="lead", team=vault)
    assert client.post("/s/vault/edit", {"team": "vault"})["Location"] == "/s/vault"
    assert not Service.objects.get(slug="vault").private


def test_a_private_service_without_a_team_is_refused_and_what_was_typed_kept(client, vault, member):
    Role.objects.create(person=member, name="lead", team=vault)
    client.force_login(member)
    answer = client.post("/s/vault/edit", {"team": "", "owner": "yash", "private": "1"})
    assert answer.status_code == 422
    assert 'value="yash"' in text_of(answer)
    assert Service.objects.get(slug="vault").team == vault


def test_a_service_of_others_cannot_be_changed_or_seen(client, stranger):
    client.force_login(stranger)
    assert client.get("/s/vault/edit").status_code == 404
    assert client.post("/s/api-server/edit", {"private": "1"}).status_code == 403
