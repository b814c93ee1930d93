"""`/coverage`: the first thing that a team sees after importing its rules."""

from __future__ import annotations

import pytest

from runbooks.alerts.coverage import counts
from runbooks.alerts.importing import Source, import_rules
from runbooks.models import Runbook, Service
from tests.factories import UserFactory, published

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def open_to_readers(settings):
    settings.READ_WITHOUT_LOGIN = True


def bring(*rules: tuple[str, str, str], group: str = "g", origin: str = "r.yaml") -> None:
    text = f"groups:\n- name: {group}\n  rules:\n" + "".join(
        f"  - {{alert: {alert}, expr: up, labels: {{service: {service}, severity: page}}, "
        f"annotations: {{runbook_url: '{link}'}}}}\n"
        for alert, service, link in rules
    )
    import_rules([Source(origin, text.encode())])


def rows(client, query: str = "") -> str:
    response = client.get(f"/coverage{query}")
    assert response.status_code == 200
    body = response.content.decode()
    return body[body.index("<tbody>") : body.index("</tbody>")] if "<tbody>" in body else ""


def test_an_empty_page_says_what_to_do(client):
    body = client.get("/coverage").content.decode()
    assert "manage.py import_rules" in body
    assert "<table" not in body


def test_the_counts_come_first_and_count_alerts_not_rules(client):
    published(slug="api", alert="ApiDown")
    published(slug="unled", alert="Other")
    bring(
        ("ApiDown", "api", ""),
        ("ApiDown", "api", "https://wiki/gone"),
        ("DbDown", "db", ""),
        ("DbDown", "db", "https://wiki/gone"),
        ("QueueDown", "queue", ""),
    )
    told = counts()
    assert (told.rules, told.alerts, told.covered, told.missing) == (5, 3, 1, 2)
    assert (told.dead, told.runbooks, told.unled) == (2, 2, 1)
    body = client.get("/coverage").content.decode()
    assert "2 of your 3 alerts have no runbook" in body
    assert "2 links are dead" in body


def test_alerts_without_a_runbook_are_listed_once_with_a_way_to_write_it(client):
    published(slug="api", alert="ApiDown")
    bring(("ApiDown", "api", ""), ("DbDown", "db & co", ""), ("DbDown", "db", ""))
    told = rows(client)
    assert told.count("<td>DbDown</td>") == 1
    assert "ApiDown" not in told
    assert "/new?alert=DbDown&amp;service=db%20%26%20co" in told
    assert 'data-severity="critical"' in told


def test_dead_links_are_listed_with_where_the_name_leads(client):
    published(slug="api", alert="ApiDown", title="API is down")
    bring(("ApiDown", "api", "https://wiki/gone"), ("DbDown", "db", ""))
    told = rows(client, "?list=dead")
    assert "https://wiki/gone" in told
    assert 'href="/r/api"' in told
    assert "DbDown" not in told


def test_runbooks_that_no_rule_leads_to_are_listed(client):
    published(slug="api", alert="ApiDown", title="API is down")
    published(slug="lost", alert="Other", title="Nobody leads here")
    bring(("ApiDown", "api", ""))
    told = rows(client, "?list=unled")
    assert 'href="/r/lost"' in told
    assert "API is down" not in told


def test_a_retired_runbook_covers_only_through_its_live_successor(client):
    old, new = published(slug="old", alert="Slow"), published(slug="new", alert="Other")
    bring(("Slow", "x", ""))
    Runbook.objects.filter(pk=old.pk).update(state="retired")
    assert (counts().missing, counts().unled) == (1, 1)
    Runbook.objects.filter(pk=old.pk).update(successor=new)
    assert (counts().missing, counts().unled) == (0, 0)


def test_the_list_is_narrowed_by_service_group_and_name(client):
    bring(("ApiDown", "api", ""), ("DbDown", "db", ""))
    bring(("QueueDown", "api", ""), group="queues", origin="q.yaml")
    assert "DbDown" not in rows(client, "?service=api")
    assert "QueueDown" in rows(client, "?service=api")
    assert "ApiDown" not in rows(client, "?service=api&group=queues")
    assert "ApiDown" in rows(client, "?q=API")
    body = client.get("/coverage?service=nobody&group=<b>").content.decode()
    assert "None with these filters" in body
    assert "group=<b>" not in body


def test_services_stand_there_by_their_names_and_once(client):
    Service.objects.create(slug="api", name="Shop API")
    bring(("ApiDown", "api", ""), ("ApiSlow", "Shop API", ""), ("DbDown", "db", ""))
    assert rows(client).count('<td data-th="Service">Shop API</td>') == 2
    assert '&amp;service=api"' in rows(client)
    body = client.get("/coverage").content.decode()
    assert body.count('<option value="api">Shop API</option>') == 1
    assert '<option value="db">db</option>' in body
    assert "ApiSlow" in rows(client, "?service=api")
    assert "DbDown" not in rows(client, "?service=api")


def test_pages_keep_the_filters(client):
    bring(*((f"Alert{number:03}", "api & co", "") for number in range(120)))
    assert "Alert000" in rows(client)
    assert "Alert050" not in rows(client)
    assert "Alert119" in rows(client, "?page=3")
    assert "Alert119" in rows(client, "?page=99")
    assert "Alert000" in rows(client, "?page=x")
    body = client.get("/coverage?service=api+%26+co").content.decode()
    assert "service=api+%26+co&amp;page=2" in body


@pytest.mark.parametrize("query", ["", "?list=dead", "?list=unled", "?service=api&group=g&q=a"])
def test_the_queries_do_not_grow_with_the_rows(client, query, django_assert_max_num_queries):
    for number in range(30):
        published(slug=f"unled-{number}", alert=f"Unled{number}")
    bring(*((f"Alert{number:03}", "api", "https://wiki/gone") for number in range(70)))
    with django_assert_max_num_queries(8):
        client.get(f"/coverage{query}")


def test_hostile_filters_are_only_text(client):
    bring(("ApiDown", "api", ""))
    for query in (
        "?q=%00",
        "?service=%27%22%3E%3Cscript%3E",
        "?page=-1",
        "?list[]=x",
        "?group=%F0",
    ):
        response = client.get(f"/coverage{query}")
        assert response.status_code == 200
        assert "<script>" not in response.content.decode().replace("<script src=", "")


def test_who_is_not_signed_in_is_asked_to(client, settings):
    settings.READ_WITHOUT_LOGIN = False
    assert client.get("/coverage").status_code == 302
    client.force_login(UserFactory())
    assert client.get("/coverage").status_code == 200


def test_the_most_severe_alerts_come_first(client):
    text = "groups:\n- name: g\n  rules:\n" + "".join(
        f"  - {{alert: {alert}, expr: up, labels: {{severity: {severity}}}}}\n"
        for alert, severity in (("A", "info"), ("B", "critical"), ("C", "odd"), ("D", "warning"))
    )
    import_rules([Source("r.yaml", text.encode())])
    told = rows(client)
    places = [told.index(f"<td>{alert}</td>") for alert in "BDAC"]
    assert places == sorted(places)
