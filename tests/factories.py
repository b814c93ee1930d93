"""People, services and published runbooks. A runbook always comes through the one door."""

from __future__ import annotations

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from portal.accounts.models import Team, User
from runbooks import publishing
from runbooks.models import Proposal, Runbook, Service

TEXT = """---
title: {title}
services: [api-server]
alerts: [{alert}]
severity: high
owner: {owner}
---
## Symptoms
- `FATAL: sorry, too many clients already` in the api-server logs

## Diagnosis
1. Count the connections. {{.observe access=psql-prod}}
   ```sh
   psql -h {{{{ instance }}}} -c "select count(*) from pg_stat_activity"
   ```
   Expect: below 160. At or near 200: go to R1.

## Resolution
1. Scale the API down. {{.change undo="kubectl scale deployment api-server --replicas=40"}}
   ```sh
   kubectl -n {{{{ namespace }}}} scale deployment api-server --replicas=20
   ```
   Expect: D1 below 160 within two minutes.

## Prevention
- [PR-1923](https://git.example/pr/1923) alert at 80 % of max_connections. Status: merged.
"""


class TeamFactory(DjangoModelFactory[Team]):
    class Meta:
        model = Team

    slug = factory.Sequence(lambda n: f"team-{n}")
    name = factory.Sequence(lambda n: f"Team {n}")


class UserFactory(DjangoModelFactory[User]):
    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"person{n}")
    name = factory.Sequence(lambda n: f"Person {n}")
    email = factory.LazyAttribute(lambda o: f"{o.username}@shop.example")


class ServiceFactory(DjangoModelFactory[Service]):
    class Meta:
        model = Service

    slug = factory.Sequence(lambda n: f"service-{n}")
    name = factory.LazyAttribute(lambda o: o.slug)


def runbook_text(
    *, title: str = "API latency above 5 s", alert: str = "ApiLatencyHigh", owner: str = "yash"
) -> str:
    return TEXT.format(title=title, alert=alert, owner=owner)


def published(
    *,
    slug: str = "api-latency",
    text: str | None = None,
    owner: User | None = None,
    kind: str = Proposal.Kind.EDIT,
    why: str = "",
    **words: str,
) -> Runbook:
    """A live runbook: proposed and accepted by its owner."""
    owner = owner or UserFactory()
    text = text if text is not None else runbook_text(owner=owner.username, **words)
    existing = Runbook.objects.filter(slug=slug).first()
    proposal = publishing.propose(
        text=text, kind=kind, runbook=existing, slug=slug, by=owner, owner=owner, why=why
    )
    publishing.accept(proposal, by=owner, now=timezone.now())
    return Runbook.objects.get(slug=slug)


def edited(runbook: Runbook, *, by: User) -> Runbook:
    """The runbook after this person changed a number in it and accepted that."""
    text = runbook.live_revision.text.replace("below 160", "below 150")
    proposal = publishing.propose(text=text, kind=Proposal.Kind.EDIT, runbook=runbook, by=by)
    publishing.accept(proposal, by=by)
    return Runbook.objects.get(pk=runbook.pk)
