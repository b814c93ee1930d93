"""The core's jobs: found by the worker, and right when they run."""

import pytest

from portal.celery import app
from runbooks import tasks
from runbooks.models import Debt
from tests.factories import published

pytestmark = pytest.mark.django_db


def test_every_scheduled_job_is_one_that_the_worker_knows(settings):
    app.loader.import_default_modules()
    for entry in settings.CELERY_BEAT_SCHEDULE.values():
        assert entry["task"] in app.tasks


def test_the_nightly_check_finds_what_changed_without_an_edit():
    text = published().live_revision.text.replace("owner:", "related: [disk-full]\nowner:")
    runbook = published(text=text)
    Debt.objects.all().delete()
    tasks.check_live_runbooks()
    assert Debt.objects.filter(runbook=runbook, code="related-is-dead").exists()
