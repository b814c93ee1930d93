"""What a team may spend on a model in a calendar month (UTC), and what it has spent."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db.models import Sum

from portal.accounts.models import Team
from portal.ai.models import Ask

MICROS = 1_000_000


def budget_of(team: Team | None) -> int:
    """In millionths of a dollar; 0 is no limit."""
    own = dict(pair.split("=", 1) for pair in settings.AI_TEAM_BUDGETS)
    dollars = own.get(team.slug if team else "", settings.AI_MONTHLY_BUDGET)
    return int(dollars) * MICROS


def spent_by(team: Team | None, *, now: datetime) -> int:
    """In millionths of a dollar, since the first of the month."""
    since = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    spent = Ask.objects.filter(team=team, at__gte=since).aggregate(sum=Sum("cost_micros"))["sum"]
    return spent or 0


def is_used_up(team: Team | None, *, now: datetime) -> bool:
    budget = budget_of(team)
    return bool(budget) and spent_by(team, now=now) >= budget


def cost_of(*, input_tokens: int, output_tokens: int) -> int:
    """In millionths of a dollar, by the prices that the settings name."""
    return input_tokens * settings.AI_PRICE_INPUT + output_tokens * settings.AI_PRICE_OUTPUT
