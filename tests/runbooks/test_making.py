"""Pages that an older version drew are drawn anew, once, without a step losing its key."""

from __future__ import annotations

import pytest

from runbooks import document, making
from runbooks.models import Rendering
from runbooks.rendering import RENDERER_VERSION
from tests.factories import published

pytestmark = pytest.mark.django_db


@pytest.fixture
def runbook():
    return published()


def test_what_an_earlier_renderer_drew_is_drawn_anew_with_the_same_keys(runbook):
    before = Rendering.objects.get(revision=runbook.live_revision).steps_html
    Rendering.objects.update(renderer=RENDERER_VERSION - 1, steps_html="<p>old</p>")
    assert list(making.make_old_again()) == [runbook.slug]
    row = Rendering.objects.get(revision=runbook.live_revision)
    assert (row.renderer, row.steps_html) == (RENDERER_VERSION, before)


def test_a_second_time_nothing_is_left_to_draw(runbook):
    Rendering.objects.update(renderer=0)
    assert len(list(making.make_old_again())) == 1
    assert list(making.make_old_again()) == []


def test_a_text_that_cannot_be_read_any_more_keeps_its_page(runbook, monkeypatch):
    other = published(slug="other")
    Rendering.objects.update(renderer=0)
    monkeypatch.setattr(document, "MAX_CHARS", 10)
    assert list(making.make_old_again()) == []
    assert Rendering.objects.filter(revision=other.live_revision, renderer=0).exists()
