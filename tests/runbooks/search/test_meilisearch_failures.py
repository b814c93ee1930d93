"""What a Meilisearch server may do to us: each way is one sentence, and never a traceback or a long wait."""

import socket

import pytest

from runbooks.search.engine import Filters, Group, Query
from runbooks.search.meilisearch import EngineUnavailable, MeilisearchEngine
from tests.runbooks.search.misbehaving import REFUSALS, misbehaving

QUERY = Query(
    text="postgres connections",
    squashed="postgresconnections",
    words=("postgres", "connections"),
    groups=(Group("postgres", {"postgres": 1.0}), Group("connections", {"connections": 1.0})),
)
KEY = "a-very-secret-key"


def engine(url, timeout=0.2):
    return MeilisearchEngine(url=url, key=KEY, index="runbooks", timeout=timeout)


def said(server, mood):
    server.mood = mood
    with pytest.raises(EngineUnavailable) as failed:
        engine(server.url).candidates(QUERY, Filters(), 50)
    assert KEY not in str(failed.value)
    assert server.url not in str(failed.value)
    return str(failed.value)


@pytest.mark.parametrize("mood", sorted(REFUSALS))
def test_every_bad_answer_is_a_sentence(mood):
    with misbehaving() as server:
        assert said(server, mood)


def test_the_sentence_names_what_the_server_said():
    with misbehaving() as server:
        assert said(server, "wrong key") == "the server answered 403: invalid_api_key"
        assert said(server, "index missing") == "the server answered 404: index_not_found"
        assert said(server, "nonsense") == "the server's answer makes no sense"


@pytest.mark.parametrize("mood", ["slow", "drips"])
def test_a_slow_answer_is_given_up_even_when_bytes_keep_coming(mood):
    with misbehaving() as server:
        assert said(server, mood) == "no answer in time"


def test_a_server_that_hangs_up_cannot_be_reached():
    with misbehaving() as server:
        assert said(server, "hangs up") == "the server cannot be reached"


def test_a_refused_connection_cannot_be_reached():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: refuses
        port = taken.getsockname()[1]
        with pytest.raises(EngineUnavailable, match="cannot be reached"):
            engine(f"http://127.0.0.1:{port}").candidates(QUERY, Filters(), 50)
