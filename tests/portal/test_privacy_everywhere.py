"""A private service in a library of everything: whoever has no part in it finds no trace, wherever it is."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qsl, quote, urlsplit

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone

from drills.models import Drill
from portal.accounts.models import Role
from portal.notify.models import Message
from runbooks import changing, debts, gaps, privacy, publishing, reporting
from runbooks.alerts.importing import Source, import_rules
from runbooks.models import Attachment, Gap, Proposal, Report, Runbook, Service
from runbooks.reviews.models import LinkCheck
from tests.drills.making import make_drill, running_drill
from tests.factories import ServiceFactory, TeamFactory, UserFactory, published, runbook_text
from tests.portal.accounts.test_access import routes

pytestmark = pytest.mark.django_db

#: Every word of the private runbook that no other has.
TRACE = re.compile(r"zquartz", re.IGNORECASE)
_LINK = re.compile(r"""(?:href|action|src|hx-get|data-\w+)=["'](/[^"'#]*)""")

RULES = b"""groups:
- name: zquartzgroup
  rules:
  - {alert: ZquartzSealed, expr: zquartz_sealed == 1, labels: {service: Zquartz-Vault, severity: critical},
     annotations: {summary: zquartz is sealed, runbook_url: "https://wiki.example/zquartz-gone"}}
  - {alert: ZquartzUnled, expr: zquartz_x > 1, labels: {service: zquartz-vault}}
- name: open
  rules:
  - {alert: ApiDown, expr: up == 0, labels: {service: api-server}}
"""


@pytest.fixture
def people():
    vault = TeamFactory(slug="vault", name="Vault")
    owner = UserFactory(username="yash", name="Yash Patel")
    member = UserFactory(username="mira", name="Mira Sand")
    other = TeamFactory(slug="other", name="Other")
    for person in (owner, member):
        person.teams.add(vault)
    stranger = UserFactory(username="anna", name="Anna Reader")
    lead = UserFactory(username="leila", name="Leila Lead")
    Role.objects.create(person=lead, name=Role.Name.LEAD, team=other)
    return {"owner": owner, "member": member, "stranger": stranger, "lead": lead, "vault": vault}


@pytest.fixture
def library(people, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    owner, vault = people["owner"], people["vault"]
    body = runbook_text(title="Zquartz seal lost", alert="ZquartzSealed", owner="yash")
    secret = body.replace("[api-server]", "[zquartz-vault]").replace(
        "alert at 80 %", "zquartz at 80 %"
    )
    secret = secret.replace("too many clients", "zquartz clients")
    secret = secret.replace("Count the connections", "Count the zquartz connections")
    private = published(slug="zquartz-seal", owner=owner, text=secret)
    ServiceFactory(slug="side", name="Side")
    privacy.change_service(
        Service.objects.get(slug="zquartz-vault"), by=owner, team=vault, owner=None, private=True
    )
    # Nearly the same text, for everybody, which names the other.
    near = body.replace("Zquartz seal lost", "API is slow").replace("[ZquartzSealed]", "[ApiSlow]")
    published(
        slug="api-slow",
        owner=owner,
        text=near.replace("severity:", "related: [zquartz-seal]\nseverity:"),
    )
    published(slug="old-one", owner=owner, text=near.replace("API is slow", "Old one"))
    changing.retire(Runbook.objects.get(slug="old-one"), by=owner, successor=private)
    changing.rename(private, slug="zquartz-sealed", by=owner)
    private.refresh_from_db()
    Attachment.objects.create(
        runbook=private,
        path="zquartz.png",
        content_type="image/png",
        size=3,
        sha256="a" * 64,
        file=ContentFile(b"png", name="zquartz.png"),
        proposal=private.live_revision.proposal,
    )
    import_rules([Source("ops.yaml", RULES)])
    gaps.record_gap(
        kind=Gap.Kind.ALERT,
        words="ZquartzMissing",
        service=Service.objects.get(slug="zquartz-vault"),
    )
    reporting.report(
        private.live_revision.steps.first(), verdict="wrong", words="zquartz", by=people["member"]
    )
    publishing.propose(
        text=secret + "\nzquartz\n",
        kind="edit",
        runbook=private,
        by=people["member"],
        why="zquartz",
    )
    publishing.propose(
        text=secret.replace("Zquartz seal", "Zquartz new"),
        kind="edit",
        slug="zquartz-new",
        by=people["member"],
        why="zquartz",
    )
    facts = {"team": vault, "facilitator": people["member"], "runbook": private}
    make_drill(title="Zquartz drill", starts_at=timezone.now() + timedelta(days=2), **facts)
    running_drill(title="Zquartz drill now", **facts)
    for _ in debts.refresh():
        pass
    return private


SLUGS = (
    "zquartz-sealed",
    "zquartz-seal",
    "api-slow",
    "old-one",
    "zquartz-vault",
    "ZquartzSealed",
    "ZquartzUnled",
    "yash",
)


def samples():
    """An address for each route with each thing that there is, private or not."""
    things = (Proposal, Drill, Report, Message, LinkCheck)
    numbers = {pk for model in things for pk in model.objects.values_list("pk", flat=True)}
    for name, route, _ in routes():
        if name.startswith(("admin:", "accounts:sign_out")) or route.startswith("^"):
            continue
        if "<str:" in route or "<path:" in route or "<slug:" in route:
            values = SLUGS
        else:
            values = numbers if "<" in route else ("",)
        for value in values:
            with_number = re.sub(
                r"<int:\w+>", str(min(numbers)) if value in SLUGS else str(value), route
            )
            yield "/" + re.sub(r"<(?:\w+:)?\w+>", str(value), with_number)


QUERIES = [
    "/?q=zquartz+seal+lost",
    "/?q=count+the+zquartz+connections",
    "/?service=zquartz-vault",
    "/?owner=yash",
    "/?q=sealed",
    "/?q=zquartz",
    "/?state=retired",
    "/coverage?list=dead",
    "/coverage?list=unled",
    "/coverage?q=zquartz",
    "/coverage?service=zquartz-vault",
    "/api/v1/search?q=zquartz+seal",
    "/api/v1/alerts/resolve?alert=ZquartzSealed",
    "/api/v1/facts",
    "/new?service=zquartz-vault",
    "/drills?team=vault",
    "/drills/gaps?team=vault",
    "/health?service=zquartz-vault",
    "/health?team=vault",
    "/api/v1/health",
    "/health/list/alerts",
    "/links?show=waiting",
    "/owned",
    "/owned?person=yash",
    "/services?q=zquartz",
    "/load?team=vault",
]


def crawl(client):
    """(path, answer, body) of every address there is, and of those that stand in what they answer."""
    todo = [*samples(), *QUERIES]
    done: set[str] = set()
    times: Counter[str] = Counter()
    for path in todo:
        if path in done or path.startswith(("/static/", "/admin")):
            continue
        done.add(path)
        assert len(done) < 2000
        answer = client.get(path)
        # What was only searched for is a gap by now, in our own words.
        Gap.objects.filter(service=None).delete()
        body = b"".join(answer) if answer.streaming else answer.content
        html = body.decode("utf-8", "replace")
        yield path, answer, html
        if answer.status_code == 200 and "html" in answer["Content-Type"]:
            for link in map(unescape, _LINK.findall(html)):
                bare = link.partition("?")[0]
                times[bare] += link not in done
                if times[bare] <= 2:  # of a list one more page or order, and not all of them
                    todo.append(link)


def without_what_was_asked(path, said):
    """What one typed comes back in the page, in its links and in the address to come back to."""
    asked = urlsplit(path)
    words = [*asked.path.split("/"), *(value for _, value in parse_qsl(asked.query))]
    words += [word.rpartition(".")[0] for word in words]
    said = re.sub(r"""next=[^"']*|title=Zquartz[\w+]*|related: \[zquartz-seal\]""", "", said)
    for word in sorted(filter(TRACE.search, {*words, *map(quote, words)}), key=len, reverse=True):
        said = said.replace(word, "")
    return said


@pytest.mark.parametrize("who", ["stranger", "lead", "nobody"])
def test_whoever_has_no_part_in_it_finds_no_trace(client, people, library, settings, who):
    if who == "nobody":
        settings.READ_WITHOUT_LOGIN = True
    else:
        client.force_login(people[who])
    found = {}
    for path, answer, body in crawl(client):
        said = without_what_was_asked(path, f"{body} {answer.headers.get('Location', '')}")
        if trace := TRACE.search(said):
            found[path] = (answer.status_code, said[max(0, trace.start() - 90) : trace.end() + 40])
    assert found == {}


THEIRS = [
    *("/proposals", "/drills", "/services", "/s/zquartz-vault"),
    *("/r/zquartz-sealed.md", "/api/v1/runbooks/zquartz-sealed", "/api/v1/facts", "/coverage"),
    *("/api/v1/search?q=seal", "/?q=seal", "/new"),
]


def test_its_own_people_find_it_there(client, people, library):
    """So that the crawl above is not green because there is nothing to find."""
    client.force_login(people["member"])
    new = Proposal.objects.get(slug="zquartz-new")
    for path in [*THEIRS, f"/proposals/{new.pk}", f"/drills/{Drill.objects.first().pk}"]:
        answer = client.get(path)
        assert answer.status_code == 200, path
        assert TRACE.search(without_what_was_asked(path, answer.text)), path
    assert client.get("/a/ZquartzSealed")["Location"].startswith("/r/zquartz-sealed")
    assert client.get("/r/old-one")["Location"] == "/r/zquartz-sealed"
