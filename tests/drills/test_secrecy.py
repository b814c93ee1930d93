"""Nothing that players may not see is in any byte that they receive.

A whole drill is played. At each turn a player with an account and a guest ask for every address of the
drills, and what came (status, headers, cookies, body) is searched for everything that is not
revealed yet. The addresses are those of drills/urls.py: one that is added there is asked here.
"""

from __future__ import annotations

import html
import re

import pytest
from django.core.cache import caches
from django.test import Client

from drills import running, scheduling, taking_part
from drills.models import Drill, Entry, Inject, Participant
from drills.urls import urlpatterns
from tests.drills.making import make_drill, seat
from tests.factories import UserFactory, published

pytestmark = pytest.mark.django_db
#: Of the library and no drill in it: a runbook that is asked for by its name, all that could be drilled.
OF_THE_LIBRARY = {"quick", "new"}
SHORTEST = 9


@pytest.fixture
def drill():
    caches["shared"].clear()
    drill = make_drill(facilitator_notes="Amara is the one to watch.")
    scenario = drill.scenario
    for number, inject in enumerate(scenario.injects.all()):
        inject.evaluator_note = f"Evaluator's secret number {number}"
        inject.save()
    for number, one in enumerate(scenario.readings):
        one["output"] = f"row-{number}-of-the-reading\n{one['output']}"
    scenario.save()
    return drill


def lines(*texts):
    """What is telling: a word that any page has is not."""
    found = set()
    for text in texts:
        for line in re.split(r"[\r\n]+", str(text)):
            bare = " ".join(line.split())
            if len(bare) >= SHORTEST:
                found.add(bare)
    return found


def revealed(drill, person):
    mine = Entry.objects.filter(drill=drill, for_players=True)
    own = Entry.objects.filter(drill=drill, by=person)
    told = lines(*mine.values_list("text", flat=True), *own.values_list("text", flat=True))
    return told | lines(drill.title, drill.ground_rules)


def secrets(drill, person):
    """All of the scenario and of the log that this person has not been told; and which runbook it is."""
    person.refresh_from_db()
    scenario = drill.scenario
    injects = list(Inject.objects.filter(scenario=scenario))
    kept = lines(
        scenario.narrative,
        scenario.start_state,
        drill.facilitator_notes,
        *scenario.objectives,
        *(one["text"] for one in scenario.assumptions),
        *(one["output"] for one in scenario.readings),
        *(one.text for one in injects),
        *(one.expected for one in injects),
        *(one.evaluator_note for one in injects),
        *(hint for one in injects for hint in one.hints),
        *Entry.objects.filter(drill=drill, for_players=False)
        .exclude(by=person)
        .exclude(kind="milestone")
        .values_list("text", flat=True),
    )
    if person.found_runbook_at is None:
        kept |= {drill.runbook.title, drill.runbook.slug, f"revision {drill.revision.number}"}
        kept |= lines(*drill.revision.steps.values_list("title", flat=True))
        return kept - revealed(drill, person)
    # Who reads the runbook reads what the scenario took from it.
    return {
        line
        for line in kept - revealed(drill, person)
        if line not in " ".join(drill.revision.text.split())
    }


class Ears:
    """A browser of which every received byte is kept."""

    def __init__(self, client, person, drill):
        self.client, self.person, self.drill, self.heard = client, person, drill, []
        self.tags = {}

    def ask(self, method, address, **more):
        answer = getattr(self.client, method)(address, **more)
        head = "\n".join(f"{name}: {value}" for name, value in answer.items())
        cookies = "\n".join(str(one) for one in answer.cookies.values())
        body = b"".join(answer) if answer.streaming else answer.content
        said = f"{answer.status_code}\n{head}\n{cookies}\n{body.decode('utf-8', 'replace')}"
        self.heard.append((f"{method} {address}", said))
        return answer

    def everything(self, *, every_way=False):
        """Every address, and each that answers with a version again with it; `every_way` also as htmx asks,
        and as a form is sent."""
        for name, address in addresses(self.drill):
            answer = self.ask("get", address)
            if tag := answer.headers.get("ETag"):
                again = self.ask("get", address, headers={"If-None-Match": tag})
                assert (again.status_code, again.content) == (304, b""), name
            if every_way:
                self.ask("get", address, headers={"HX-Request": "true"})
                if name not in {"halt", "say", "found", "join"}:
                    self.ask("post", address, data={"text": "x", "passed": "1", "step": "D1"})

    def leaks(self):
        kept = secrets(self.drill, self.person)
        found = []
        for where, said in self.heard:
            plain = " ".join(html.unescape(re.sub(r"<br ?/?>|</?p>", " ", said)).split())
            found += [(where, one) for one in kept if one in plain or one in said]
        self.heard.clear()
        return found


def addresses(drill):
    inject = drill.scenario.injects.first()
    values = {
        "pk": drill.pk,
        "token": drill.join_token,
        "line": 1,
        "what": "send",
        "note": 1,
        "slug": "no-such-runbook",
        "inject": inject.pk,
    }
    for pattern in urlpatterns:
        if pattern.name in OF_THE_LIBRARY:
            continue
        route = re.sub(
            r"<(?:\w+:)?(\w+)>",
            lambda found: str(values.get(found[1], 1)),
            str(pattern.pattern),
        )
        yield pattern.name, f"/{route}"
    yield "search", f"/drills/{drill.pk}/search?q=nothing-of-this-name"


@pytest.fixture
def room(drill):
    player = UserFactory(name="Amara Okafor")
    scheduling.seat(drill, player, role=Participant.Role.HANDS_ON)
    signed_in, by_link = Client(), Client()
    signed_in.force_login(player)
    by_link.post(f"/drills/join/{drill.join_token}", {"name": "Guest Gus"})
    guest = Participant.objects.get(name="Guest Gus")
    return [
        Ears(signed_in, Participant.objects.get(person=player), drill),
        Ears(by_link, guest, drill),
    ]


def turns(drill, eva):
    """The drill, turn by turn."""
    by = drill.facilitator
    injects = list(drill.scenario.injects.all())
    yield "planned"
    running.begin(drill, by=by)
    yield "begun"
    running.send(injects[0])
    taking_part.note(eva, text="They do not look at the graph.", client_id="n1")
    yield "the first inject is out"
    running.hint(injects[0])
    running.give_reading(drill, label="D1")
    yield "a hint and a reading are given"
    running.set_aside(injects[1])
    running.skip(injects[2])
    taking_part.record(eva, verdict="wrong", step="D1", text="Wrong pod first.", client_id="o1")
    taking_part.say(eva, text="Between us: they are slow.", client_id="p1", private=True)
    running.pause(drill)
    yield "paused, with an observation and a private line"
    running.halt(drill, by=None)
    yield "halted"
    running.resume(drill)
    running.improvise(drill, text="The chat is full of questions.", step="D2")
    taking_part.milestone(drill, name="first_safe_action")
    yield "improvised"


def test_a_whole_drill_tells_players_nothing_too_early(drill, room):
    eva = seat(drill, Participant.Role.SCRIBE, name="Eva")
    for turn in turns(drill, eva):
        for ears in room:
            ears.everything(every_way=turn in ("begun", "improvised"))
            assert ears.leaks() == [], turn
    player, guest = room

    # What is revealed does arrive: the search above is no search of empty pages.
    page = html.unescape(player.ask("get", f"/drills/{drill.pk}/play").content.decode())
    first = drill.scenario.injects.get(position=1)
    for text in (first.hints[0], "row-0-of-the-reading", "The chat is full of questions."):
        assert text in page
    assert first.text.splitlines()[0] in page
    assert first.hints[1] not in page

    found = {"slug": drill.runbook.slug}
    answer = player.ask("post", f"/drills/{drill.pk}/found", data=found)
    assert answer["Location"] == f"/drills/{drill.pk}/runbook"
    runbook = player.ask("get", answer["Location"])
    assert drill.runbook.title in html.unescape(runbook.content.decode())
    for ears in room:
        ears.everything()
        assert ears.leaks() == [], "one has found it"
    guest.ask("post", f"/drills/{drill.pk}/found")
    shown = guest.ask("get", f"/drills/{drill.pk}/runbook")
    assert drill.runbook.title in html.unescape(shown.content.decode())
    for ears in room:
        ears.everything()
        assert ears.leaks() == [], "both have found it"


def test_the_scribe_is_told_no_more_than_the_room(drill):
    scribe = UserFactory()
    scheduling.seat(drill, scribe, role=Participant.Role.SCRIBE)
    client = Client()
    client.force_login(scribe)
    ears = Ears(client, Participant.objects.get(person=scribe), drill)
    for _ in turns(drill, seat(drill, Participant.Role.SCRIBE, name="Eva")):
        ears.ask("get", f"/drills/{drill.pk}/notes")
    ears.everything(every_way=True)
    assert ears.leaks() == []


def test_the_searches_answer_marks_no_runbook_as_the_one(drill, room):
    player = room[0]
    running.begin(drill, by=drill.facilitator)
    other = make_other(drill)
    shown = player.ask("get", f"/drills/{drill.pk}/search?q=checkout").content.decode()
    forms = re.findall(r"<li><form.*?</form></li>", shown, re.DOTALL)
    assert len(forms) == 2
    # But for what the runbooks themselves say, both are one text.
    plain = [re.sub(r"</?mark>", "", form) for form in forms]
    bare = {re.sub(r">[^<]*<|value=\"[^\"]*\"", "", form) for form in plain}
    assert len(bare) == 1
    wrong = player.ask("post", f"/drills/{drill.pk}/found", data={"slug": other.slug, "q": "check"})
    assert wrong["Location"] == f"/drills/{drill.pk}/search?q=check&wrong=1"
    assert not Drill.objects.filter(participants__found_runbook_at__isnull=False).exists()


def make_other(drill):
    return published(
        slug="checkout-slow",
        owner=drill.facilitator,
        title="Checkout answers slowly",
        alert="CheckoutSlow",
    )
