"""Nine in the morning of every person's own day, whatever clocks do: zones, summer time, wrong clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from portal.accounts.models import User
from portal.notify.models import Message
from runbooks.reviews import reminding
from runbooks.reviews.models import Reminder
from tests.factories import UserFactory
from tests.runbooks.reviews.reminded import DUE, at, bare, days_from, told

pytestmark = pytest.mark.django_db


class TestZones:
    @pytest.mark.parametrize(
        "zone",
        ["Pacific/Kiritimati", "Asia/Kolkata", "America/St_Johns", "Pacific/Pago_Pago", "UTC"],
    )
    def test_nine_is_nine_where_the_person_is(self, zone):
        bare(UserFactory(time_zone=zone))
        nine = at(DUE, zone=zone).astimezone(UTC)
        assert reminding.sweep(now=nine - timedelta(minutes=1)) == 0
        assert reminding.sweep(now=nine) == 1
        assert told() == [(DUE, "api-latency", "due")]

    @pytest.mark.parametrize(
        "sunday", [date(2026, 3, 29), date(2026, 10, 25)], ids=["23 hours", "25 hours"]
    )
    def test_when_clocks_change_each_day_has_one_digest_at_nine(self, sunday):
        owner = UserFactory(time_zone="Europe/Lisbon")
        for n in range(-3, 5):
            bare(owner, slug=f"due-{n + 3}", due_on=sunday + timedelta(days=n))
        begun = at(sunday - timedelta(days=3), zone="Europe/Lisbon").astimezone(UTC)
        for quarters in range(-4, 4 * (24 * 7 - 2)):
            reminding.sweep(now=begun + timedelta(minutes=15 * quarters))
        messages = Message.objects.order_by("pk")
        lisbon = ZoneInfo("Europe/Lisbon")
        sent = [message.created_at.astimezone(lisbon) for message in messages]
        assert {(then.hour, then.minute) for then in sent} == {(9, 0)}
        days = [then.date() for then in sent]
        assert len(days) == len(set(days)) == 5
        assert {(r, s) for _, r, s in told()} >= {(f"due-{n}", "due") for n in range(2, 7)}

    def test_in_a_zone_whose_clock_jumps_over_the_hour_it_goes_out_after_it(self, settings):
        settings.DIGEST_HOUR = 0
        # Cairo has no hour 0 on Friday, 24 April 2026.
        bare(UserFactory(time_zone="Africa/Cairo"), due_on=date(2026, 4, 24))
        assert reminding.sweep(now=datetime(2026, 4, 23, 21, 59, tzinfo=UTC)) == 1
        assert reminding.sweep(now=datetime(2026, 4, 23, 22, 0, tzinfo=UTC)) == 1

    @pytest.mark.parametrize(
        ("here", "there"),
        [
            ("Pacific/Kiritimati", "Pacific/Pago_Pago"),
            ("Pacific/Pago_Pago", "Pacific/Kiritimati"),
            ("Asia/Tokyo", "Europe/Lisbon"),
        ],
    )
    def test_who_moves_to_another_zone_has_one_digest_a_day(self, here, there):
        owner = UserFactory(time_zone=here)
        for n in range(12):
            bare(owner, slug=f"due-{n}", due_on=DUE - timedelta(days=4) + timedelta(days=n))
        begun = at(DUE - timedelta(days=1), 0).astimezone(UTC)
        for half_hours in range(48 * 5):
            if half_hours == 48 + 41:  # at 20:30 UTC on Wednesday
                User.objects.filter(pk=owner.pk).update(time_zone=there)
            reminding.sweep(now=begun + timedelta(minutes=30 * half_hours))
        messages = list(Message.objects.order_by("pk"))
        assert len({message.day for message in messages}) == len(messages)
        for zone in (here, there):
            moved = begun + timedelta(hours=44.5)
            mine = [m for m in messages if (m.created_at >= moved) is (zone == there)]
            days = [m.created_at.astimezone(ZoneInfo(zone)).date() for m in mine]
            assert len(days) == len(set(days))
        last = max(message.created_at for message in messages if message.created_at < moved)
        first = min(message.created_at for message in messages if message.created_at >= moved)
        assert first.astimezone(ZoneInfo(there)).date() > last.astimezone(ZoneInfo(there)).date()
        stages = [(runbook, stage) for _, runbook, stage in told()]
        assert len(stages) == len(set(stages))
        assert {("due-4", "due"), ("due-5", "due"), ("due-6", "due")} <= set(stages)


class TestClocks:
    def test_a_clock_that_goes_back_tells_nothing_twice(self):
        bare(UserFactory())
        for day in (-14, 0, 7):
            assert reminding.sweep(now=at(DUE + timedelta(days=day))) == 1
        for back in (0, 1, 5, 30):
            assert reminding.sweep(now=at(DUE - timedelta(days=back), 12)) == 0
        for day in days_from(DUE - timedelta(days=20), 34):
            assert reminding.sweep(now=at(day)) == 0
        assert reminding.sweep(now=at(DUE + timedelta(days=14))) == 1
        assert [stage for _, _, stage in told()] == ["before_14", "due", "after_7", "after_14"]

    def test_after_a_clock_that_ran_a_year_ahead_each_stage_is_still_told_on_its_day(self):
        owner = UserFactory()
        bare(owner)
        reminding.sweep(now=at(DUE + timedelta(days=365)))
        for day in days_from(DUE - timedelta(days=20), 60):
            reminding.sweep(now=at(day))
        assert [(day, stage) for day, _, stage in told(owner)] == [
            (DUE + timedelta(days=365), "after_28"),
            (DUE - timedelta(days=14), "before_14"),
            (DUE, "due"),
            (DUE + timedelta(days=7), "after_7"),
            (DUE + timedelta(days=14), "after_14"),
        ]

    def test_what_a_day_cannot_tell_any_more_is_told_on_the_next(self):
        """The message of a day is there already, from a clock that was wrong: nothing due is lost."""
        owner = UserFactory()
        bare(owner)
        Message.objects.create(
            key=f"digest:{owner.pk}:{DUE}",
            person=owner,
            kind="digest",
            subject="Earlier",
            created_at=at(DUE),
        )
        assert reminding.sweep(now=at(DUE)) == 0
        assert not Reminder.objects.exists()
        assert reminding.sweep(now=at(DUE + timedelta(days=1))) == 1
        assert Reminder.objects.filter(stage="due", superseded=False).count() == 1
