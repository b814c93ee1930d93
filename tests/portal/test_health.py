import logging

import pytest
from django.db import connection
from django.test import Client, RequestFactory

from portal import readiness
from portal.health import NotReadyIsNoError

NEVER = "max-age=0, no-cache, no-store, must-revalidate, private"


def test_healthz_answers_without_asking_the_database(client: Client):
    # No database mark: a query here would fail the test.
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok\n")
    assert response["Cache-Control"] == NEVER


@pytest.mark.django_db
def test_readyz_says_ready_when_every_part_is(client: Client, monkeypatch):
    monkeypatch.setattr(readiness, "checks", {"search": lambda: None})
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json() == {"ready": True, "failing": {}}
    assert response["Cache-Control"] == NEVER


@pytest.mark.django_db
def test_readyz_names_the_part_that_is_not_ready(client: Client, monkeypatch):
    def cold() -> None:
        raise RuntimeError("still reading the library")

    monkeypatch.setattr(readiness, "checks", {"search": cold, "other": lambda: None})
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json() == {
        "ready": False,
        "failing": {"search": "RuntimeError: still reading the library"},
    }


@pytest.mark.django_db(transaction=True)
def test_readyz_is_a_sentence_when_the_tables_are_missing(client: Client, monkeypatch):
    monkeypatch.setattr(readiness, "checks", {})
    with connection.schema_editor() as editor:
        editor.execute("ALTER TABLE runbooks_indexcounter RENAME TO away")
    try:
        response = client.get("/readyz")
    finally:
        with connection.schema_editor() as editor:
            editor.execute("ALTER TABLE away RENAME TO runbooks_indexcounter")
    assert response.status_code == 503
    assert "tables are not there yet" in response.json()["failing"]["database"]


@pytest.mark.django_db
def test_the_real_search_engine_gets_ready(client: Client):
    assert client.get("/readyz").json() == {"ready": True, "failing": {}}


@pytest.mark.parametrize(("path", "logged"), [("/readyz", False), ("/r/anything", True)])
def test_only_the_probe_is_kept_out_of_the_log(rf: RequestFactory, path, logged):
    record = logging.LogRecord("django.request", logging.ERROR, "", 0, "503", None, None)
    record.request = rf.get(path)
    assert NotReadyIsNoError().filter(record) is logged
