"""Jobs as rows: taken once, watched, cancelled, taken up again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from portal.ai import jobs
from portal.ai.models import Ask, Job
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def handled(monkeypatch):
    done: list[int] = []

    def handler(job, watch):
        done.append(job.pk)
        watch.say(40, "Half of it.")
        return {"writer": "offline", "scenario": 7}

    monkeypatch.setitem(jobs.handlers, "test.work", handler)
    return done


@pytest.fixture
def job():
    return jobs.start("test.work", about={"runbook": 1}, by=UserFactory())


def test_a_job_is_done_once(handled, job):
    jobs.run(job.pk)
    jobs.run(job.pk)
    job.refresh_from_db()
    assert handled == [job.pk]
    assert (job.state, job.progress, job.writer, job.result["scenario"]) == (
        "done",
        100,
        "offline",
        7,
    )


def test_a_waiting_job_is_cancelled_at_once_and_a_running_one_at_its_next_word(
    handled, job, monkeypatch
):
    jobs.cancel(job)
    jobs.run(job.pk)
    assert handled == []
    other = jobs.start("test.work", about={}, by=None)

    def cancelled_meanwhile(running, watch):
        jobs.cancel(running)
        watch.say(10, "Going on.")
        raise AssertionError("it went on")

    monkeypatch.setitem(jobs.handlers, "test.work", cancelled_meanwhile)
    jobs.run(other.pk)
    other.refresh_from_db()
    assert other.state == Job.State.CANCELLED


def test_a_job_whose_worker_died_is_taken_up_again_and_not_for_ever(handled, job):
    past = timezone.now() - timedelta(minutes=5)
    Job.objects.filter(pk=job.pk).update(state="running", beat_at=past, tries=1, taken_by="dead")
    assert jobs.sweep() == [job.pk] or Job.objects.get(pk=job.pk).state == "waiting"
    jobs.run(job.pk)
    assert Job.objects.get(pk=job.pk).state == "done"
    Job.objects.filter(pk=job.pk).update(state="running", beat_at=past, tries=jobs.MOST_TRIES)
    jobs.sweep()
    job.refresh_from_db()
    assert job.state == "failed"
    assert "interrupted too often" in job.words


def test_a_worker_that_comes_back_from_the_dead_changes_nothing(handled, job, monkeypatch):
    def slow(running, watch):
        Job.objects.filter(pk=running.pk).update(taken_by="another")
        return {"writer": "late"}

    monkeypatch.setitem(jobs.handlers, "test.work", slow)
    jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.writer) == ("running", "")


def test_a_job_that_fails_says_so(job, monkeypatch):
    def broken(running, watch):
        raise RuntimeError("boom")

    monkeypatch.setitem(jobs.handlers, "test.work", broken)
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.state == Job.State.FAILED
    assert "boom" not in job.words


def test_a_nudge_that_was_lost_is_found(job):
    Job.objects.update(made_at=timezone.now() - timedelta(minutes=1))
    assert jobs.sweep() == [job.pk]


def test_old_answers_are_forgotten_and_their_cost_is_not():
    old = timezone.now() - timedelta(days=91)
    Ask.objects.create(purpose="test", at=old, model="m", output="text", cost_micros=5)
    assert jobs.forget(days=90) == 1
    kept = Ask.objects.get()
    assert (kept.output, kept.cost_micros) == ("", 5)


def test_a_broker_that_is_down_costs_a_delay_and_no_job(
    monkeypatch, django_capture_on_commit_callbacks
):
    def down(*args, **kwargs):
        raise ConnectionError("no broker")

    monkeypatch.setattr("portal.ai.tasks.run_job.apply_async", down)
    with django_capture_on_commit_callbacks(execute=True):
        job = jobs.start("test.work", about={}, by=None)
    assert Job.objects.get(pk=job.pk).state == Job.State.WAITING
