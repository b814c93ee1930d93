"""The hot wash: three questions on everybody's phone, what each objective came to, and the closing."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup

from drills import reporting
from portal.notify.models import Message
from tests.drills.making import NOW, at, ended, guest_client

pytestmark = pytest.mark.django_db


@pytest.fixture
def drill(db):
    return ended()


def judged(objective, **fields) -> dict[str, object]:
    return {"do": "judge"} | {f"{name}-{objective.pk}": value for name, value in fields.items()}


def test_a_guest_answers_on_their_own_phone_and_others_words_stay_with_the_facilitator(
    client, drill
):
    quinn = drill.participants.get(name="Quiet Quinn")
    guest_client(client, quinn)
    drill.words.create(
        by=drill.participants.get(name="Loud Lou"),
        prompt="worked",
        text="I was great",
        at=NOW,
        client_id="x",
    )
    page = client.get(at("hot_wash", drill)).content.decode()
    assert "What did not?" in page
    assert "I was great" not in page
    assert drill.runbook.title not in page
    for text in ("The D2 page was old", "The D2 page was very old"):
        client.post(at("hot_wash", drill), {"do": "answer", "did_not": text})
    assert [word.text for word in drill.words.filter(by=quinn).exclude(text="")] == [
        "The D2 page was very old"
    ]


def test_the_facilitator_sees_the_quietest_first(client, drill):
    client.force_login(drill.facilitator)
    page = client.get(at("hot_wash", drill)).content.decode()
    assert page.index("Quiet Quinn") < page.index("Scribe Sam") or "Scribe Sam" in page
    assert page.index("Quiet Quinn") < page.index("Loud Lou")


def test_an_empty_answer_is_said_and_a_stranger_is_refused(client, drill):
    guest_client(client, drill.participants.get(name="Quiet Quinn"))
    said = client.post(at("hot_wash", drill), {"do": "answer"})
    assert said.status_code == 422
    assert "Answer at least one" in said.content.decode()
    client.cookies.clear()
    assert client.get(at("hot_wash", drill)).status_code == 403


def test_a_poll_with_nothing_new_is_empty(client, drill):
    client.force_login(drill.facilitator)
    first = client.get(at("hot_wash_live", drill))
    again = client.get(at("hot_wash_live", drill), HTTP_IF_NONE_MATCH=first["ETag"])
    assert again.status_code == 304


def test_objectives_are_judged_with_what_shows_it_by_who_runs_the_room(client, drill):
    objective = drill.objectives.create(text="The right page is found")
    line = drill.entries.get(text="Old address")
    url = at("hot_wash", drill)
    data = judged(objective, result="partly", note="Late", evidence=[line.pk, 99_999])
    client.force_login(drill.participants.get(role="scribe").person)
    assert client.post(url, data).status_code == 403
    client.force_login(drill.facilitator)
    client.post(url, data)
    objective.refresh_from_db()
    assert (objective.result, list(objective.evidence.all())) == ("partly", [line])


def page_of(answer) -> BeautifulSoup:
    return BeautifulSoup(answer.content, "html.parser")


def as_a_browser_sends(page) -> dict[str, object]:
    """Every field of the hot wash's form with what stands in it."""
    form = page.find(id="wash")
    sent: dict[str, object] = {}
    for one in form.select("input[name]:not([name=csrfmiddlewaretoken])"):
        if one.get("type") not in ("radio", "checkbox") or one.has_attr("checked"):
            sent[one["name"]] = one.get("value", "")
    for one in form.select("textarea[name]"):
        sent[one["name"]] = one.text.removeprefix("\n")
    return sent


@pytest.mark.parametrize("button", ["answer", "rate", "judge", "close", "keep"])
def test_whichever_button_is_pressed_all_that_is_typed_is_kept(client, drill, button):
    first, second = (drill.objectives.create(text=text) for text in ("Find it.", "Tell them."))
    line = drill.entries.get(text="Old address")
    client.force_login(drill.facilitator)
    sent = as_a_browser_sends(page_of(client.get(at("hot_wash", drill)))) | {
        "worked": "The search",
        "score": "4",
        "words": "Longer",
        f"result-{first.pk}": "met",
        f"evidence-{first.pk}": line.pk,
        f"result-{second.pk}": "not_met",
        f"note-{second.pk}": "Nobody called",
    }
    assert client.post(at("hot_wash", drill), sent | {"do": button}).status_code == 302
    said = drill.words.filter(by__person=drill.facilitator).exclude(text="")
    assert set(said.values_list("prompt", "text", "score")) == {
        ("worked", "The search", None),
        ("feedback", "Longer", 4),
    }
    assert list(drill.objectives.values_list("result", "note", "evidence")) == [
        ("met", "", line.pk),
        ("not_met", "Nobody called", None),
    ]


def test_an_objective_with_a_word_and_no_result_is_named_and_all_that_is_typed_stays(client, drill):
    first, second = (drill.objectives.create(text=text) for text in ("Find it.", "Tell them."))
    client.force_login(drill.facilitator)
    sent = as_a_browser_sends(page_of(client.get(at("hot_wash", drill)))) | {
        "worked": "The search",
        "score": "2",
        f"result-{first.pk}": "met",
        f"note-{second.pk}": "Nobody called",
    }
    answer = client.post(at("hot_wash", drill), sent | {"do": "close"})
    assert answer.status_code == 422
    assert "Say whether it was met, partly met or not met: Tell them." in answer.content.decode()
    assert as_a_browser_sends(page_of(answer)) == sent
    drill.refresh_from_db()
    assert drill.state == "hot_wash"
    assert not drill.words.exists()
    assert not drill.objectives.exclude(result="").exists()


def test_two_who_judge_at_once_change_only_what_each_of_them_touched(client, drill):
    first, second = (drill.objectives.create(text=text) for text in ("Find it.", "Tell them."))
    client.force_login(drill.facilitator)
    sent = as_a_browser_sends(page_of(client.get(at("hot_wash", drill))))
    client.post(at("hot_wash", drill), judged(second, result="partly", note="By another"))
    client.post(at("hot_wash", drill), sent | judged(first, result="met"))
    assert list(drill.objectives.values_list("result", "note")) == [
        ("met", ""),
        ("partly", "By another"),
    ]


def test_words_that_come_after_the_closing_can_still_be_copied(client, drill):
    guest_client(client, drill.participants.get(name="Quiet Quinn"))
    sent = as_a_browser_sends(page_of(client.get(at("hot_wash", drill))))
    reporting.close_hot_wash(drill, by=drill.facilitator)
    sent |= {"did_not": "Nobody knew the flag.", "score": "3"}
    answer = client.post(at("hot_wash", drill), sent | {"do": "answer"})
    assert answer.status_code == 422
    assert page_of(answer).find(id="q-did_not").text.strip() == "Nobody knew the flag."
    sent = as_a_browser_sends(page_of(answer))
    assert sent["score"] == "3"
    assert "did_not" not in sent
    assert client.post(at("hot_wash", drill), sent | {"do": "rate"}).status_code == 302
    assert [word.score for word in drill.words.filter(prompt="feedback")] == [3]


def test_feedback_is_a_number_and_words_and_can_be_changed(client, drill):
    guest_client(client, drill.participants.get(name="Quiet Quinn"))
    for score in ("2", "5"):
        client.post(at("hot_wash", drill), {"do": "rate", "score": score, "words": "More"})
    assert [word.score for word in drill.words.filter(prompt="feedback")] == [5]
    assert client.post(at("hot_wash", drill), {"do": "rate", "score": "9"}).status_code == 422


def test_closing_drafts_the_notes_and_tells_the_owner_once(client, drill):
    client.force_login(drill.facilitator)
    done = client.post(at("hot_wash", drill), {"do": "close"})
    assert done["Location"] == at("report", drill)
    told = Message.objects.filter(kind="drill.notes")
    assert [(m.person, m.subject) for m in told] == [
        (drill.runbook.owner, f"A drill found 2 gaps: {drill.runbook.title}")
    ]
    assert client.post(at("hot_wash", drill), {"do": "close"}).status_code == 422
    assert told.count() == 1


def test_closing_stands_last_and_says_how_many_objectives_are_not_judged(client, drill):
    first = drill.objectives.create(text="Find it.")
    drill.objectives.create(text="Tell customers.")
    client.force_login(drill.facilitator)
    shown = client.get(at("hot_wash", drill)).content.decode()
    close = "2 objectives are not judged: close anyway"
    assert shown.index('id="objectives-h"') < shown.index("Tell customers.") < shown.index(close)
    client.post(at("hot_wash", drill), judged(first, result="met"))
    shown = client.get(at("hot_wash", drill)).content.decode()
    assert "1 objective is not judged: close anyway" in shown
    drill.objectives.update(result="met")
    assert "Close the hot wash" in client.get(at("hot_wash", drill)).content.decode()
