"""Links of live runbooks: collected with publishing, asked when due, told when dead, forgiven when healed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from runbooks import publishing
from runbooks.models import Proposal
from runbooks.reviews import deciding, due
from runbooks.reviews.evidence import evidence_of
from runbooks.reviews.links import checking, collecting
from runbooks.reviews.models import LinkCheck, RunbookLink
from tests.factories import UserFactory, published, runbook_text

pytestmark = pytest.mark.django_db

State = LinkCheck.State


def text_with(url, *, owner="yash", more=""):
    text = runbook_text(owner=owner).replace("https://git.example/pr/1923", url)
    return text + more


def runbook_with(url, *, slug="api-latency", owner=None):
    owner = owner or UserFactory()
    return published(slug=slug, owner=owner, text=text_with(url, owner=owner.username))


class Days:
    """A clock that a test moves."""

    def __init__(self):
        self.now = timezone.now() + timedelta(minutes=1)

    def __call__(self):
        return self.now

    def later(self, **by):
        self.now += timedelta(**by)


@pytest.fixture
def days():
    return Days()


def run(days):
    return checking.check_due(clock=days, seconds=20)


def only():
    return LinkCheck.objects.get()


def test_publishing_collects_what_a_reader_can_click_and_where():
    owner = UserFactory()
    text = runbook_text(owner=owner.username)
    text = text.replace(
        "severity: high", 'severity: high\ndashboards: ["https://grafana.example/d/1?a=1&b=2"]'
    )
    text = text.replace(
        "Count the connections.",
        "Count the connections on [the board](https://grafana.example/d/2#panel) of "
        "https://{{ host }}/x and [this](other.md).",
    )
    published(owner=owner, text=text)
    named = RunbookLink.objects.values_list("check_row__url", "place", "label")
    assert set(named) == {
        ("https://grafana.example/d/1?a=1&b=2", "dashboard", ""),
        ("https://grafana.example/d/2", "step", "D1"),
        ("/r/other", "step", "D1"),
        ("https://git.example/pr/1923", "prevention", "PR-1923"),
    }


def test_a_thousand_links_cost_no_more_queries_than_one(django_assert_max_num_queries):
    owner = UserFactory()
    many = "".join(f"- [PR-{n}](https://git.example/pr/{n})\n" for n in range(300))
    proposals = [
        publishing.propose(
            text=runbook_text(owner=owner.username, title=f"Number {n} fails") + many,
            kind=Proposal.Kind.EDIT,
            slug=f"number-{n}",
            by=owner,
            owner=owner,
        )
        for n in range(3)
    ]
    with publishing.together():
        for proposal in proposals:
            publishing.accept(proposal, by=owner)
    collected = RunbookLink.objects.count()
    assert collected == 903
    with django_assert_max_num_queries(10):
        collecting.collect_all()
    assert RunbookLink.objects.count() == collected


def test_a_link_that_answers_is_dated_and_asked_again_in_a_week(site, days):
    runbook_with(f"{site.url}/pr/1")
    assert run(days) == 1
    assert (only().state, only().words, only().checked_at) == (State.OK, "200 OK.", days.now)
    days.later(days=6)
    assert run(days) == 0
    days.later(days=1)
    assert run(days) == 1


def test_one_not_found_is_no_dead_link_two_are_and_the_review_is_due(site, days):
    site.answers["/pr/1"] = 404
    runbook = runbook_with(f"{site.url}/pr/1")
    run(days)
    assert only().state == State.UNSURE
    assert not runbook.concerns.exists()
    days.later(hours=2)
    run(days)
    assert only().state == State.DEAD
    concern = runbook.concerns.get()
    assert concern.words == f"A link in Prevention is dead: {site.url}/pr/1. 404 Not Found."
    runbook.trust.refresh_from_db()
    assert runbook.trust.due_on == due.today_for(runbook.owner, days.now)
    (line,) = [e for e in evidence_of(runbook, None) if e.kind == "link"]
    assert line.against
    assert line.open


def test_a_server_that_fails_is_dead_after_three_times_over_a_day(site, days):
    site.answers["/pr/1"] = 500
    runbook = runbook_with(f"{site.url}/pr/1")
    for hours in (0, 12, 12):
        assert not runbook.concerns.exists()
        days.later(hours=hours)
        assert run(days) == 1
    assert only().state == State.DEAD
    assert runbook.concerns.get().kind == "link"


def test_a_link_that_answers_again_stands_against_nobody_and_may_die_again(site, days):
    runbook = runbook_with(f"{site.url}/pr/1")
    decision = deciding.still_true(
        runbook, by=runbook.owner, rests_on=["read"], now=days.now - timedelta(days=1)
    )
    for status in (404, 200, 404):
        site.answers["/pr/1"] = status
        LinkCheck.objects.update(next_check_at=days.now)
        run(days)
        days.later(days=2)
        run(days)
        runbook.trust.refresh_from_db()
        assert runbook.concerns.filter(settled_at=None).exists() == (status == 404)
        assert (runbook.trust.due_on < decision.next_due_on) == (status == 404)
    assert runbook.concerns.count() == 2


def test_who_takes_the_dead_link_out_has_answered_it(site, days):
    site.answers["/pr/1"] = 410
    runbook = runbook_with(f"{site.url}/pr/1")
    run(days)
    days.later(hours=2)
    run(days)
    published(owner=runbook.owner, text=text_with("/r/api-latency", owner=runbook.owner.username))
    assert not runbook.concerns.filter(settled_at=None).exists()


def test_a_runbook_that_names_a_dead_link_later_hears_of_it_soon(site, days):
    site.answers["/pr/1"] = 404
    runbook_with(f"{site.url}/pr/1")
    run(days)
    days.later(hours=2)
    run(days)
    other = runbook_with(f"{site.url}/pr/1", slug="other")
    run(days)
    assert other.concerns.filter(kind="link").count() == 1


def test_a_login_wall_is_reachable_and_no_concern(site, days):
    site.answers["/pr/1"] = 403
    runbook = runbook_with(f"{site.url}/pr/1")
    for _ in range(4):
        run(days)
        days.later(days=8)
    assert only().state == State.SIGN_IN
    assert not runbook.concerns.exists()
    (line,) = [e for e in evidence_of(runbook, None) if e.kind == "link"]
    assert line.words == "Of 1 link 1 is reachable and needs sign-in."
    assert not line.against


def test_a_host_that_asks_us_to_come_later_is_left_alone_altogether(site, days):
    site.answers["/pr/1"] = 429
    site.headers["/pr/1"] = {"Retry-After": "86400"}
    runbook_with(f"{site.url}/pr/1")
    run(days)
    runbook_with(f"{site.url}/pr/2", slug="other")
    LinkCheck.objects.filter(url__endswith="/2").update(next_check_at=days.now + timedelta(hours=1))
    LinkCheck.objects.filter(url__endswith="/1").update(next_check_at=days.now)
    run(days)
    days.later(hours=23)
    assert run(days) == 0
    assert only_of("/1").state == State.UNSURE


def only_of(ending):
    return LinkCheck.objects.get(url__endswith=ending)


def test_a_link_to_the_portal_is_looked_up_and_not_asked(settings, days):
    settings.SITE_URL = "https://runbooks.shop.example"
    owner = UserFactory()
    published(slug="there", owner=owner)
    LinkCheck.objects.all().delete()
    for slug, url in [("one", "/r/there"), ("two", "/r/nowhere"), ("three", "/a/ApiLatencyHigh")]:
        runbook_with(f"{settings.SITE_URL}{url}", slug=slug, owner=owner)
    for _ in range(2):
        run(days)
        days.later(hours=2)
    states = dict(LinkCheck.objects.values_list("url", "state"))
    assert states == {"/r/there": State.OK, "/r/nowhere": State.DEAD, "/a/ApiLatencyHigh": State.OK}


def test_two_workers_do_not_ask_the_same_link(site, days):
    runbook_with(f"{site.url}/pr/1")
    seen = only().next_check_at
    assert checking.claim(only().pk, seen, now=days.now) is not None
    assert checking.claim(only().pk, seen, now=days.now) is None
    assert run(days) == 0
    days.later(minutes=6)  # the worker that had it is gone
    assert run(days) == 1


def test_a_host_that_was_just_asked_waits_its_turn(site, days, settings):
    settings.LINK_CHECK_DELAY = 60
    runbook_with(f"{site.url}/pr/1")
    assert run(days) == 1
    runbook_with(f"{site.url}/pr/2", slug="other")
    LinkCheck.objects.filter(url__endswith="/2").update(next_check_at=days.now)
    assert checking.check_due(clock=days, seconds=0.3) == 0
    assert site.methods("/pr/2") == []


def test_hosts_are_asked_side_by_side(site, days):
    """The first answers only once the second was asked: one after the other, it would have failed."""
    runbook_with(f"{site.url}/waits-for-the-other")
    runbook_with(f"http://localhost:{site.server_port}/the-other", slug="other")
    LinkCheck.objects.filter(url__endswith="/the-other").update(next_check_at=days.now)
    assert run(days) == 2
    assert set(LinkCheck.objects.values_list("words", flat=True)) == {"200 OK."}


def test_one_host_is_asked_one_at_a_time_also_where_redirects_lead_there(site, days):
    there = f"localhost:{site.server_port}"
    site.answers["/jump"] = 302
    urls = [f"{site.url}/jump?to=http://{there}/linger/a"]
    urls += [f"http://{there}/linger/{n}" for n in range(2)]
    urls += [f"{site.url}/linger/{n}" for n in range(2)]
    for number, url in enumerate(urls):
        runbook_with(url, slug=f"number-{number}")
    LinkCheck.objects.update(next_check_at=days.now)
    assert run(days) == len(urls)
    assert set(LinkCheck.objects.values_list("state", flat=True)) == {State.OK}
    assert set(site.most_inside) == {there, site.url.removeprefix("http://")}
    assert set(site.most_inside.values()) == {1}


def test_what_cannot_be_asked_holds_up_no_other(site, days):
    site.answers["/jump"] = 302
    runbook_with(f"{site.url}/jump?to=http://[bad")
    runbook_with(f"{site.url}/pr/1", slug="other")
    assert run(days) == 2
    assert only_of("/pr/1").state == State.OK


def test_what_only_a_retired_runbook_names_is_not_asked(site, days):
    runbook = runbook_with(f"{site.url}/pr/1")
    deciding.retired(runbook, by=runbook.owner, reason="Nobody runs it.")
    assert run(days) == 0
    collecting.collect_all()
    assert not LinkCheck.objects.exists()


def test_checking_can_be_switched_off(site, days, settings):
    settings.LINK_CHECK = False
    runbook_with(f"{site.url}/pr/1")
    assert run(days) == 0
