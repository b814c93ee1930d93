"""History says where a revision came from; two texts are settled in words of one's own."""

from __future__ import annotations

import pytest

from runbooks import writing
from runbooks.models import Proposal, Runbook
from tests.factories import UserFactory, published

pytestmark = pytest.mark.django_db
HISTORY = "/r/api-latency/history"


@pytest.fixture
def yash(client):
    made = UserFactory(username="yash", name="Yash Patel")
    client.force_login(made)
    return made


@pytest.fixture
def runbook(yash):
    return published(owner=yash)


def live(runbook):
    return Runbook.objects.get(pk=runbook.pk).live_revision


def publish(runbook, yash, words, **more):
    base = live(runbook)
    text = base.text.replace("below 160", words)
    writing.publish(text=text, by=yash, runbook=runbook, base=base, **more)


def test_a_revision_and_its_steps_say_where_they_came_from_and_lead_there(client, runbook, yash):
    publish(runbook, yash, "below 155", origin="/drills/14", why="Two of three missed it.")
    page = client.get(HISTORY).text
    drill = 'from <a href="/drills/14">drill 14</a>'
    assert f"proposed by Yash Patel, {drill}, accepted by Yash Patel" in page
    assert f"Two of three missed it. <small>{drill}</small>" in page


def test_a_file_is_named_and_leads_nowhere(client, runbook, yash):
    publish(runbook, yash, "below 155", origin='k8s/<b>"Api".md')
    page = client.get(HISTORY).text
    assert "from k8s/&lt;b&gt;&quot;Api&quot;.md, accepted by" in page


def test_a_comparison_as_readers_see_it_follows_a_step_to_its_new_number(client, runbook, yash):
    base = live(runbook)
    step = "1. Look at the load. {.observe}\n   ```sh\n   uptime\n   ```\n   Expect: below 8.\n"
    text = base.text.replace("1. Count the connections.", f"{step}1. Count the connections.")
    writing.publish(text=text, by=yash, runbook=runbook, base=base)
    page = client.get("/r/api-latency/compare?from=1&to=2&as=drawn").text
    assert "D1 is D2 now." in page
    assert "<h2>Diagnosis D1</h2><p>added</p>" in page
    assert "<h2>Diagnosis D2</h2>" not in page


@pytest.mark.parametrize("sent", [{}, {"place-0": "own"}])
def test_words_of_ones_own_count_where_they_are_written(client, runbook, yash, sent):
    base = live(runbook)
    rita = UserFactory(username="rita")
    text = base.text.replace("below 160 within", "below 170 within")
    proposal = writing.propose(text=text, by=rita, runbook=runbook, base=base)
    other = base.text.replace("below 160 within", "below 150 within")
    writing.publish(text=other, by=yash, runbook=runbook, base=base)
    address = f"/proposals/{proposal.pk}/settle"
    page = client.get(address).text
    assert "below <ins>150</ins>" in page
    assert "below <ins>170</ins>" in page
    own = {"own-0": "   Expect: D1 below 165 within two minutes.", "onto": "2"}
    client.post(address, own | sent)
    proposal.refresh_from_db()
    assert "below 165" in proposal.text


def test_who_may_not_publish_an_old_text_leaves_no_proposal_behind(client, runbook, yash):
    publish(runbook, yash, "below 155")
    client.force_login(UserFactory())
    answer = client.post("/r/api-latency/restore", {"number": "1", "do": "publish"})
    assert answer.status_code == 403
    assert not Proposal.objects.open().exists()
    assert live(runbook).number == 2
