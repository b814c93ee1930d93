"""`/health`: each number says what it counts and leads to the list that has as many rows."""

from __future__ import annotations

import csv
import io
import re
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.accounts.access import viewer_of
from portal.accounts.models import ApiToken, Role
from runbooks.alerts.importing import Source, import_rules
from runbooks.gaps import record_gap
from runbooks.models import Debt, Revision, Runbook, Service, TrustLine
from runbooks.reviews.health import figures, lists
from runbooks.reviews.health.page import health
from runbooks.reviews.health.scope import Scope, scope_of
from tests.factories import ServiceFactory, TeamFactory, UserFactory, published

pytestmark = pytest.mark.django_db

RULES = """
groups:
- name: api
  rules:
  - alert: ApiLatencyHigh
    expr: latency > 5
    labels: {severity: critical, service: api-server}
  - alert: DiskFilling
    expr: disk > 90
    labels: {service: storage}
  - alert: NobodyKnows
    expr: x > 1
"""


@pytest.fixture
def lead():
    person = UserFactory(name="Ingrid Solheim")
    Role.objects.create(person=person, name="lead")
    return person


@pytest.fixture
def library():
    """Two runbooks of two services: one late and of an owner who is gone, one in good order."""
    today = timezone.localdate()
    team = TeamFactory(slug="core", name="Core")
    yash, gone = UserFactory(username="yash"), UserFactory(username="gone")
    api = ServiceFactory(slug="api-server", team=team, owner=yash)
    ServiceFactory(slug="storage")
    good = published(owner=yash)
    late = published(slug="disk", owner=gone, title="Disk above 90 %", alert="DiskFilling")
    late.services.set(Service.objects.filter(slug="storage"))
    gone.unreachable_since = timezone.now()
    gone.save()
    TrustLine.objects.filter(runbook=good).update(
        reviewed_on=today - timedelta(days=10),
        due_on=today + timedelta(days=80),
        drilled_on=today - timedelta(days=30),
        steps_tried=2,
        steps_worked=2,
    )
    TrustLine.objects.filter(runbook=late).update(
        reviewed_on=today - timedelta(days=100), due_on=today - timedelta(days=10), drilled_on=None
    )
    import_rules([Source(origin="rules.yaml", data=RULES.encode())], now=timezone.now())
    for _ in range(3):
        record_gap(kind="alert", words="NobodyKnows")
    record_gap(kind="search", words="ledger is behind", service=api)
    return good, late


def test_every_figure_counts_what_it_says(library, lead):
    found = figures.counted(Scope(viewer_of(lead)), today=timezone.localdate())

    assert {name: found[name] for name in ("live", "on_time", "severe", "drilled", "orphans")} == {
        "live": 2,
        "on_time": 1,
        "severe": 2,
        "drilled": 1,
        "orphans": 1,
    }
    assert (found["alerts"], found["covered"]) == (3, 2)
    assert (found["gaps"], found["gap_alerts"], found["times"]) == (2, 1, 4)
    assert found["findings"] == Debt.objects.count()


def test_every_number_leads_to_a_list_with_as_many_rows(library, lead, client):
    client.force_login(lead)
    page = client.get("/health").content.decode()
    links = set(
        re.findall(
            r'href="(/health/list/[^"]+)"[^>]*>\s*(?:<title>.*?</title>)?(?:<rect[^>]*>)?(?:<text[^>]*>)?(\d+)(?!\d*\u202f)',
            page,
        )
    )

    assert len(links) >= 15
    for url, number in links:
        shown = client.get(url.replace("&amp;", "&")).content.decode()
        rows = int(re.search(r"(\d+) in all", shown).group(1))
        if "list/findings" in url and rows != int(number):
            # The number counts findings, its list the runbooks that have them.
            assert rows < int(number)
            continue
        assert rows == int(number), url


def test_a_part_counts_only_what_is_its_own(library, lead, client):
    who = viewer_of(lead)
    today = timezone.localdate()

    storage = figures.counted(scope_of({"service": "storage"}, who), today=today)
    assert (storage["live"], storage["on_time"], storage["alerts"], storage["gaps"]) == (1, 0, 1, 0)
    core = figures.counted(scope_of({"team": "core"}, who), today=today)
    assert (core["live"], core["on_time"], core["alerts"], core["gaps"]) == (1, 1, 1, 1)
    yash = figures.counted(scope_of({"owner": "yash"}, who), today=today)
    assert yash["live"] == 1
    assert "alerts" not in yash
    assert client.get("/health?service=nothing").status_code == 302  # not signed in
    client.force_login(lead)
    assert client.get("/health?service=nothing").status_code == 404


def test_the_parts_of_a_table_add_up_to_the_whole(library, lead):
    scope, today = Scope(viewer_of(lead)), timezone.localdate()
    whole = figures.counted(scope, today=today)

    for by in ("service", "team", "owner"):
        rows = figures.parts(scope, by, today=today)
        assert sum(row.counts.get("live", 0) for row in rows) == whole["live"]
        assert sum(row.counts.get("findings", 0) for row in rows) == whole["findings"]


def test_what_a_lead_waived_is_no_finding(library, lead):
    good, _ = library
    Debt.objects.all().delete()
    debts = [
        Debt(runbook=good, code="vague", message="Vague.", about="soon", checked_at=timezone.now()),
        Debt(runbook=good, code="vague", message="Vague.", about="some", checked_at=timezone.now()),
    ]
    Debt.objects.bulk_create(debts)
    good.waivers.create(code="vague", about="soon", reason="Said so.", by=lead, at=timezone.now())

    found = figures.counted(Scope(viewer_of(lead)), today=timezone.localdate())
    assert (found["findings"], found["with_findings"]) == (1, 1)


@pytest.mark.parametrize(
    ("sort", "first"),
    [
        ("title", "api-latency"),
        ("risk", "disk"),
        ("review", "disk"),
        ("drill", "disk"),
        ("no such column", "disk"),
    ],
)
def test_a_list_is_sorted_by_what_the_address_says(library, lead, client, sort, first):
    client.force_login(lead)
    shown = client.get("/health/list/live", {"sort": sort})

    assert shown.context["found"].rows[0].runbook.slug == first
    assert shown.content.count(b"aria-sort=") == 1


def test_the_list_says_why_each_is_a_risk(library, lead, client):
    client.force_login(lead)
    page = client.get("/health/list/live").content.decode()

    assert "never drilled, review 10 days overdue, high severity" in page
    assert page.index("Disk above 90 %") < page.index("API latency above 5 s")


@pytest.mark.parametrize("name", lists.LISTS)
def test_every_list_is_a_page_and_a_file(library, lead, client, name):
    client.force_login(lead)
    shown = client.get(f"/health/list/{name}")
    rows = list(csv.reader(io.StringIO(b"".join(client.get(f"/health/list/{name}.csv")).decode())))

    assert shown.status_code == 200
    assert len(rows) - 1 == shown.context["found"].page.paginator.count
    assert client.get("/health/list/nothing").status_code == 404
    assert client.get("/health/list/nothing.csv").status_code == 404


def test_tables_and_charts_come_as_files_that_a_spreadsheet_runs_no_formula_of(
    library, lead, client
):
    Service.objects.filter(slug="storage").update(name="=HYPERLINK(1)")
    client.force_login(lead)
    by_service = b"".join(client.get("/health.csv?by=service")).decode()

    assert "'=HYPERLINK(1),1,0,1,1,0,1," in by_service
    assert b"".join(client.get("/health/trend.csv")).decode().count("\n") == 2
    assert "api-server,1,0,0,0,0,0" in b"".join(client.get("/health/ages.csv")).decode()
    assert client.get("/health/nothing.csv").status_code == 404


def test_who_leads_nothing_does_not_see_it(library, client):
    client.force_login(UserFactory())
    assert client.get("/health").status_code == 403
    assert client.get("/health/list/live").status_code == 403
    assert client.get("/api/v1/health").status_code == 403
    assert b'href="/health"' not in client.get("/services").content


def test_a_lead_of_one_team_sees_the_whole_without_others_private_services(library, client):
    person = UserFactory()
    TeamFactory(lead=person)
    Service.objects.filter(slug="storage").update(private=True)
    client.force_login(person)
    page = client.get("/health")

    assert page.status_code == 200
    assert page.context["health"].counts["live"] == 1
    assert b"storage" not in page.content
    assert b"Disk above" not in client.get("/health/list/live").content
    assert client.get("/health?service=storage").status_code == 404
    assert b"Disk above" not in client.get("/health/list/covered").content
    told = client.get("/api/v1/health").json()
    assert "storage" not in str(told)


def test_a_program_reads_the_same_numbers(library, lead, client):
    _, secret = ApiToken.create_for(lead, name="wall")
    asked = {"HTTP_AUTHORIZATION": f"Bearer {secret}"}
    told = client.get("/api/v1/health", **asked).json()

    assert told["figures"]["live"] == 2
    assert told["figures"]["covered_percent"] == 66
    assert {row["service"]: row["late"] for row in told["by"]["service"]} == {
        "api-server": 0,
        "storage": 1,
    }
    assert told["trend"][-1]["on_time"] == 1
    assert client.get("/api/v1/health?team=core&by=owner", **asked).json()["by"].keys() == {"owner"}
    assert client.get("/api/v1/health?team=x", **asked).status_code == 404
    assert client.get("/api/v1/health?by=x", **asked).status_code == 400
    assert client.get("/api/v1/health").status_code == 401


def many(owner, count: int, begin: int = 0) -> None:
    """Runbooks put in beside the door, with what pages ask of them; the first is the pattern."""
    pattern = Runbook.objects.get(slug="api-latency")
    revision = pattern.live_revision
    now = timezone.now()
    made = Runbook.objects.bulk_create(
        Runbook(slug=f"n-{n}", title=f"Number {n}", owner=owner, severity="high")
        for n in range(begin, begin + count)
    )
    for runbook in made:
        proposal = pattern.proposals.first()
        proposal.pk = None
        proposal.runbook = runbook
        proposal.save()
        Revision.objects.create(
            runbook=runbook,
            number=1,
            title=runbook.title,
            text=revision.text,
            proposal=proposal,
            accepted_by=owner,
            accepted_at=now,
        )
        service = ServiceFactory(slug=f"s-{runbook.slug}", team=TeamFactory())
        runbook.services.add(service)
        TrustLine.objects.create(runbook=runbook, due_on=date(2020, 1, 1))
        Debt.objects.create(runbook=runbook, code="vague", message="Vague.", checked_at=now)
        record_gap(kind="search", words=f"nothing {runbook.slug}", service=service)
        record_gap(kind="alert", words="ApiLatencyHigh")


@pytest.mark.parametrize(
    "address",
    [
        "/health",
        "/health?by=team",
        "/health?by=owner",
        "/health?service=api-server",
        "/health?team=core",
        "/health/list/live",
        "/health/list/findings?sort=findings",
        "/health/list/uncovered",
        "/health/list/gaps",
        "/api/v1/health",
        "/start",
    ],
)
def test_many_runbooks_cost_as_many_queries_as_few(library, lead, client, address):
    client.force_login(lead)
    client.get(address)
    with CaptureQueriesContext(connection) as few:
        client.get(address)
    many(lead, 12)
    with CaptureQueriesContext(connection) as more:
        client.get(address)

    assert len(more) == len(few)
    assert len(few) < 45


def test_an_empty_library_says_what_will_be_here(lead, client):
    client.force_login(lead)
    page = client.get("/health")

    assert page.status_code == 200
    assert b"How to start" in page.content
    assert health(Scope(viewer_of(lead)), {}, now=timezone.now()).opening == ""
