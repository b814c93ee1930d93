"""A runbook's debts stand on its page, and cost it no query more."""

from __future__ import annotations

import pytest
from django.utils import timezone

from runbooks import debts
from runbooks.checking.codes import TIER_TOO_LOW
from runbooks.models import Debt, Proposal, Waiver
from tests.factories import UserFactory, published
from tests.kept_pages import forget_pages

pytestmark = pytest.mark.django_db

TEXT = """---
title: Pods hang
owner: yash
---
## Diagnosis
1. Look again.
   ```sh
   kubectl delete pod x
   ```
"""


@pytest.fixture(autouse=True)
def _open_portal(settings):
    settings.READ_WITHOUT_LOGIN = True
    forget_pages()


@pytest.fixture
def indebted():
    owner = UserFactory(username="yash")
    return published(slug="pods", text=TEXT, owner=owner, kind=Proposal.Kind.IMPORT)


def page_of(client):
    return client.get("/r/pods").content.decode()


def test_findings_of_an_imported_runbook_stand_on_its_page(
    client, indebted, django_assert_max_num_queries
):
    found = list(Debt.objects.filter(runbook=indebted))
    assert TIER_TOO_LOW in {debt.code for debt in found}
    with django_assert_max_num_queries(3):
        html = page_of(client)
    assert 'id="debts"' in html
    assert f"{len(found)} findings" in html
    assert "kubectl delete pod x" in html.partition('id="debts"')[2]
    assert 'href="#debts"' in html.partition("</header>")[0] or "about what destroys" in html


def test_a_waived_finding_is_shown_with_who_and_why_and_one_about_the_text_warns_nobody(
    client, indebted
):
    Debt.objects.filter(runbook=indebted).exclude(code="no-symptoms").delete()
    html = page_of(client)
    assert "1 finding<" in html
    assert "about what destroys" not in html
    debt = Debt.objects.get(runbook=indebted)
    Waiver.objects.create(
        runbook=indebted,
        code=debt.code,
        about=debt.about,
        reason="r",
        by=indebted.owner,
        at=timezone.now(),
    )
    forget_pages()
    html = page_of(client)
    assert "1 waived</summary>" in html
    assert f"Waived by {indebted.owner}: r<" in html
    assert "1 finding" not in html
    assert len(debts.worn_by(indebted)) == 1


def test_a_runbook_without_debts_speaks_of_none(client):
    published(slug="pods")
    Debt.objects.all().delete()
    assert "Known debts" not in page_of(client)
