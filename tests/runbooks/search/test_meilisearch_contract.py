"""What we rely on a real Meilisearch server for. Runs where MEILISEARCH_URL (with MEILISEARCH_KEY) names
one, or `meilisearch` is on PATH; there is no other way to test this."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import threading
import time
import urllib.request
from pathlib import Path

import pytest
from django.core.management import call_command

from runbooks.models import Runbook
from runbooks.search import evaluating, finding, outside
from runbooks.search.engine import Filters
from runbooks.search.meilisearch import EngineUnavailable, MeilisearchEngine
from runbooks.search.mirroring import Mirror, settings_for_server
from runbooks.search.wording import set_groups
from tests.factories import UserFactory, published
from tests.parts import require_part

pytestmark = pytest.mark.django_db
TITLES = {
    "api-latency": "API latency above 5 s with too many connections",
    "pods-crash": "Pods of checkout keep crashing",
    "disk-full": "Disk of db-1 is nearly full",
    "dns": "NX_DOMAIN answers for every name",
}


def _started(program: str, folder: str) -> tuple[subprocess.Popen[bytes], str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [program, "--http-addr", f"127.0.0.1:{port}", "--db-path", folder, "--no-analytics"],
        cwd=Path(folder).parent,
        env={**os.environ, "MEILI_MASTER_KEY": "contract-tests-master-key"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    for _ in range(150):
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=1):
                return process, url
        except OSError:
            time.sleep(0.1)
    process.kill()
    pytest.fail(f"{program} did not come up")


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """(address, key) of a real server."""
    part = require_part("meilisearch")
    if part.startswith("http"):
        yield part, os.environ.get("MEILISEARCH_KEY", "")
        return
    process, url = _started(part, str(tmp_path_factory.mktemp("meilisearch") / "data"))
    yield url, "contract-tests-master-key"
    process.terminate()
    process.wait(10)


def _done(client, task):
    """Wait for what the server does in its own time; the library's own patience is 5 s."""
    done = client.wait_for_task(task.task_uid, timeout_in_ms=120_000)
    assert done.status == "succeeded", done.error


@pytest.fixture
def engine(server):
    url, key = server
    made = MeilisearchEngine(url=url, key=key, index=f"test_{secrets.token_hex(6)}", timeout=10)
    yield made
    client = made.client(30.0)
    for index in client.get_indexes({"limit": 1000})["results"]:
        if index.uid.startswith(made.index):
            _done(client, client.delete_index(index.uid))


@pytest.fixture
def library():
    owner = UserFactory(username="yash")
    return {
        slug: published(slug=slug, title=title, alert=f"Alert{n}", owner=owner)
        for n, (slug, title) in enumerate(TITLES.items())
    }


@pytest.fixture
def mirror(engine, library):
    mirror = Mirror(engine)
    assert mirror.rebuild() == len(library)
    return mirror


@pytest.fixture
def find(engine, settings, monkeypatch):
    """finding.find over this server; fails when the other engine had to answer."""
    settings.MEILISEARCH_URL = "http://configured"
    monkeypatch.setattr(outside, "server", lambda: engine)

    def find(q, filters=None):
        outside.breaker.succeeded()
        answer = finding.find(q, filters=filters)
        assert (answer.engine, answer.note) == ("meilisearch", "")
        return [result.slug for result in answer.results]

    return find


def text_of(runbook, old, new):
    return Runbook.objects.get(pk=runbook.pk).live_revision.text.replace(old, new)


def test_the_server_takes_our_settings_as_they_are(mirror, engine):
    theirs = engine.client(30.0).index(engine.index).get_settings()
    for name, value in settings_for_server().items():
        have = theirs[name]
        if name == "filterableAttributes":  # a set: the server answers in an order of its own
            assert sorted(have) == sorted(value)
        elif isinstance(value, dict) and name != "synonyms":
            assert {key: have[key] for key in value} == value, name
        else:
            assert have == value, name


@pytest.mark.parametrize(
    ("q", "slug"),
    [
        ("too many connections", "api-latency"),
        ("Alert1", "pods-crash"),
        ("disk full", "disk-full"),
        ("nxdomain", "dns"),
        ("nx domain", "dns"),
        ("pods cra", "pods-crash"),
        ("conections", "api-latency"),
        ("customer says that the pods of checkout keep crashing since this morning", "pods-crash"),
    ],
)
def test_what_people_type_finds_its_runbook(mirror, find, q, slug):
    assert find(q)[0] == slug


def test_a_filter_narrows_and_a_hostile_value_finds_nothing(mirror, find, library):
    assert set(find("connections", Filters(severity="high"))) == set(TITLES)
    assert find("connections", Filters(severity="low")) == []
    assert find("connections", Filters(service='x" OR severity = "high')) == []
    assert find("connections", Filters(owner="yash"))


def test_a_change_is_found_once_it_is_written(mirror, find, library):
    published(slug="dns", text=text_of(library["dns"], "NX_DOMAIN answers", "Ledger closes late"))
    mirror.write([library["dns"].pk])
    assert find("ledger closes late")[0] == "dns"


def test_what_is_not_readable_is_taken_away(mirror, engine, library):
    pk = library["dns"].pk
    Runbook.objects.filter(pk=pk).update(live_revision=None)
    mirror.write([pk])
    ids = [d.pk for d in engine.client(30.0).index(engine.index).get_documents().results]
    assert pk not in ids
    assert len(ids) == len(TITLES) - 1


def test_a_missing_index_is_unavailable_for_readers_and_made_by_the_next_writing(
    engine, library, find
):
    with pytest.raises(EngineUnavailable, match="index_not_found"):
        engine.candidates(_query("dns"), Filters(), 50)
    Mirror(engine).write([library["dns"].pk])
    assert find("disk full")[0] == "disk-full"


def test_a_rebuild_leaves_no_moment_without_results_and_no_index_behind(mirror, engine, find):
    asked = _query("connections")  # here: this connection to the database is this thread's
    empty, over = [], threading.Event()

    def ask():
        while not over.is_set():
            if not engine.candidates(asked, Filters(), 50):
                empty.append(1)

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        mirror.rebuild()
        mirror.rebuild()
    finally:
        over.set()
        asking.join()
    assert not empty
    names = [index.uid for index in engine.client(30.0).get_indexes({"limit": 1000})["results"]]
    assert [name for name in names if name.startswith(engine.index)] == [engine.index]


def test_drift_of_every_kind_is_found_and_mended(mirror, engine, library):
    index = engine.client(30.0).index(engine.index)
    for task in (
        index.delete_document(library["dns"].pk),
        index.add_documents([{"pk": 999_999, "stamp": "x", "title": "ghost"}]),
        index.update_documents([{"pk": library["disk-full"].pk, "stamp": "old"}]),
    ):
        _done(engine.client(30.0), task)
    found = mirror.reconcile()
    assert found.missing == (library["dns"].pk,)
    assert found.extra == (999_999,)
    assert found.stale == (library["disk-full"].pk,)
    assert mirror.drift().size == 0


def test_a_teams_synonyms_reach_the_server(mirror, engine, find):
    set_groups([["ledger", "connections"]])
    mirror.reconcile()
    theirs = engine.client(30.0).index(engine.index).get_settings()["synonyms"]
    assert "connections" in theirs["ledger"]
    assert find("ledger")[0] == "api-latency"


def test_a_wrong_key_is_a_sentence(server, library):
    url, key = server
    if not key:
        pytest.skip("this meilisearch server asks for no key")
    engine = MeilisearchEngine(url=url, key="wrong", index="x", timeout=10)
    with pytest.raises(EngineUnavailable, match="invalid_api_key"):
        engine.candidates(_query("dns"), Filters(), 50)


@pytest.mark.timeout(900)  # a library and 905 queries, each of several
def test_it_finds_about_as_well_as_the_embedded_engine_on_the_real_library(
    engine, find, corpus, monkeypatch
):
    UserFactory(username="lead")
    call_command(
        "import_runbooks", str(corpus / "runbooks"), publish_as="lead", owner="lead", verbosity=0
    )
    call_command("import_rules", *map(str, sorted((corpus / "rules").glob("*.yaml"))), verbosity=0)
    Mirror(engine).rebuild()
    queries = evaluating.read_queries(corpus / "queries.jsonl")

    def mean_recall(search):
        return evaluating.table(evaluating.evaluate(queries, search))[-1].first_3

    through_server = mean_recall(lambda q, limit: find(q)[:limit])
    monkeypatch.setattr(outside, "server", lambda: None)
    embedded = mean_recall(lambda q, limit: [r.slug for r in finding.find(q).results][:limit])
    assert through_server >= embedded - 0.03


def _query(text):
    from runbooks.search import keeping, wording
    from runbooks.search.understanding import understood

    with keeping.snapshot() as index:
        return understood(text, index, wording.in_force(index.counter))
