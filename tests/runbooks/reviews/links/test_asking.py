"""One address asked: what its answer means for whoever clicks the link."""

from __future__ import annotations

import socket

import pytest

from runbooks.reviews.links.asking import Kind, ask
from runbooks.reviews.links.politeness import Doors

AGENT = "Drillbook link check (+https://runbooks.shop.example)"


def asked(url, **more):
    return ask(url, user_agent=AGENT, **more)


def test_what_answers_is_fine_and_was_asked_by_head_alone(site):
    outcome = asked(f"{site.url}/board")
    assert (outcome.kind, outcome.words) == (Kind.OK, "200 OK.")
    assert site.methods("/board") == ["HEAD"]
    assert site.asked[0][2]["User-Agent"] == AGENT


@pytest.mark.parametrize("path", ["/no-head", "/lying-head", "/rude-head"])
def test_a_server_that_knows_no_head_is_asked_with_get(site, path):
    assert asked(site.url + path).kind is Kind.OK
    assert site.methods(path) == ["HEAD", "GET"]


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, Kind.SIGN_IN),
        (403, Kind.SIGN_IN),
        (404, Kind.GONE),
        (410, Kind.GONE),
        (400, Kind.UNSURE),
        (429, Kind.BUSY),
        (500, Kind.FAILED),
        (503, Kind.FAILED),
    ],
)
def test_what_a_status_means(site, status, kind):
    site.answers["/page"] = status
    outcome = asked(f"{site.url}/page")
    assert outcome.kind is kind
    assert outcome.words.startswith(str(status))


def test_a_sign_in_page_behind_a_redirect_is_reachable_and_needs_sign_in(site):
    site.answers["/d/1"] = 302
    outcome = asked(f"{site.url}/d/1?to=/login?next=/d/1")
    assert outcome.kind is Kind.SIGN_IN
    assert outcome.led_to == f"{site.url}/login?next=/d/1"


def test_a_redirect_to_a_page_is_followed(site):
    site.answers["/old"] = 302
    outcome = asked(f"{site.url}/old?to=/new")
    assert (outcome.kind, outcome.led_to) == (Kind.OK, f"{site.url}/new")


def test_a_link_that_is_about_signing_in_is_no_wall(site):
    site.answers["/auth/old"] = 302
    assert asked(f"{site.url}/auth/old?to=/auth/new").kind is Kind.OK


def test_redirects_without_end_end(site):
    site.answers["/loop"] = 302
    there = "/loop?to=" * 9 + "/loop"
    outcome = asked(site.url + there)
    assert (outcome.kind, outcome.words) == (Kind.FAILED, "It redirects more than 5 times.")
    assert len(site.asked) == 6


def test_a_redirect_to_what_is_no_address_failed(site):
    site.answers["/jump"] = 302
    outcome = asked(f"{site.url}/jump?to=http://[bad")
    assert (outcome.kind, outcome.words) == (Kind.FAILED, "It redirects to what is no address.")


def test_where_another_of_the_same_run_is_asking_it_waits_and_then_leaves_it_for_later(site):
    doors = Doors()
    with doors.of("127.0.0.1", seconds=0):
        outcome = asked(f"{site.url}/board", doors=doors, patience=0)
    assert (outcome.kind, site.asked) == (Kind.BUSY, [])
    assert asked(f"{site.url}/board", doors=doors, patience=0).kind is Kind.OK


def test_who_says_when_to_come_again_is_heard(site):
    site.answers["/busy"] = 503
    site.headers["/busy"] = {"Retry-After": "7200"}
    outcome = asked(f"{site.url}/busy")
    assert (outcome.kind, outcome.wait) == (Kind.BUSY, 7200.0)


def test_what_does_not_answer_in_time_failed(site):
    outcome = asked(f"{site.url}/slow", seconds=0.3)
    assert (outcome.kind, outcome.words) == (Kind.FAILED, "It did not answer in time.")


def test_nobody_there_failed():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    outcome = asked(f"http://no-such-host.invalid:{port}/")
    assert outcome.kind is Kind.FAILED


def test_a_bad_certificate_is_said_and_is_not_dead(site):
    outcome = asked(site.url.replace("http:", "https:") + "/")
    assert outcome.kind is Kind.UNSURE
    assert "certificate" in outcome.words


@pytest.mark.parametrize(
    "inner", ["http://127.0.0.1:1/", "http://169.254.169.254/latest/meta-data/", "http://[::1]:1/"]
)
def test_a_redirect_into_a_private_network_is_not_followed(site, settings, inner):
    settings.OUTGOING_PRIVATE = (
        ["127.0.0.1"] if "169" in inner else [f"{site.server_address[0]}/32"]
    )
    if "127.0.0.1" in inner:
        # The site itself is reached by its name, so that the address stays forbidden.
        settings.OUTGOING_PRIVATE = ["localhost"]
    site.answers["/jump"] = 302
    url = f"http://localhost:{site.server_port}" if "127.0.0.1" in inner else site.url
    outcome = asked(f"{url}/jump?to={inner}")
    assert outcome.kind is Kind.NOT_ALLOWED
    assert site.methods(f"/jump?to={inner}") == ["HEAD"]


def test_a_private_address_is_asked_only_where_that_is_configured(site, settings):
    settings.OUTGOING_PRIVATE = []
    assert asked(f"{site.url}/board").kind is Kind.NOT_ALLOWED
    assert site.asked == []


def test_a_name_that_is_reserved_for_examples_is_not_asked_for():
    outcome = asked("https://grafana.shop.example/d/1")
    assert (outcome.kind, outcome.words) == (
        Kind.UNSURE,
        "Its host is a name that is reserved for examples.",
    )
