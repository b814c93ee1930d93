"""An address that a runbook once had leads on for ever, on each of its pages."""

from __future__ import annotations

import pytest
from django.utils import timezone

from runbooks import changing, publishing, writing
from runbooks.importing.importing import import_runbooks
from runbooks.importing.planning import Options
from runbooks.models import Runbook
from tests.factories import UserFactory, published, runbook_text

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "page", ["history", "compare?from=1&to=1", "edit?why=so", "rename", "retire"]
)
def test_an_old_slug_leads_on_from_every_page_of_a_runbook(client, page):
    owner = UserFactory()
    client.force_login(owner)
    moved = changing.rename(published(owner=owner), slug="latency-of-the-api", by=owner)
    answer = client.get(f"/r/api-latency/{page}")
    assert answer.status_code == 301
    assert answer["Location"] == f"/r/{moved.slug}/{page}"
    assert client.get(answer["Location"]).status_code == 200


def test_an_old_slug_of_a_private_runbook_stays_unknown(client):
    owner = UserFactory()
    runbook = changing.rename(published(owner=owner), slug="latency-of-the-api", by=owner)
    runbook.services.update(private=True)
    client.force_login(UserFactory())
    assert client.get("/r/api-latency/history").status_code == 404
    assert client.get("/r/nowhere/history").status_code == 404


def test_what_an_editor_sends_to_the_old_address_arrives(client):
    owner = UserFactory()
    client.force_login(owner)
    runbook = published(owner=owner)
    text = runbook.live_revision.text.replace("below 160", "below 150")
    changing.rename(runbook, slug="latency-of-the-api", by=owner)
    client.post("/r/api-latency/edit", {"text": text, "base": 1, "do": "publish"})
    runbook.refresh_from_db()
    assert "below 150" in runbook.live_revision.text


def test_no_new_runbook_takes_an_address_that_leads_on(client):
    owner = UserFactory()
    moved = changing.rename(published(owner=owner), slug="latency-of-the-api", by=owner)
    text = runbook_text(owner=owner.username, title="Another runbook")
    with pytest.raises(publishing.PublishingRefused, match="still leads there"):
        writing.publish(text=text, by=owner, slug="api-latency")
    client.force_login(owner)
    assert client.get("/r/api-latency")["Location"] == f"/r/{moved.slug}"


def test_an_import_does_not_take_it_either(tmp_path):
    owner = UserFactory()
    published(slug="disk", owner=owner)
    changing.rename(published(owner=owner), slug="latency-of-the-api", by=owner)
    (tmp_path / "api-latency.md").write_text(runbook_text(owner=owner.username))
    options = Options(now=timezone.now(), owner=owner, publish_as=owner)
    (file,) = import_runbooks(tmp_path, options).files
    assert file.outcome == "left out"
    assert "/r/latency-of-the-api by now" in " ".join(file.sentences)
    assert Runbook.objects.count() == 2
