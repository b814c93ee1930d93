"""What a simulated year says: its log of messages as JSON, and a summary that one can read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from portal.notify.models import Message
from runbooks.reviews.models import Reminder
from runbooks.reviews.simulating import Year

_DAYS_IN_A_MONTH = 30.44


def log_of(year: Year) -> dict[str, Any]:
    """`messages` as they went out; besides them, to compare with, the people and every review from the day it
    was set to the day it was answered."""
    plan = year.plan
    return {
        "plan": {
            "runbooks": plan.runbooks,
            "owners": plan.owners,
            "days": plan.days,
            "seed": plan.seed,
            "begin": plan.begin.isoformat(),
        },
        "people": [
            {"name": name, "time_zone": zone, "answers": manner}
            for name, (zone, manner) in sorted(year.people.items())
        ],
        "reviews": [
            {
                "runbook": review.runbook,
                "owner": review.owner,
                "deputy": review.deputy,
                "lead": review.lead,
                "due_on": review.due_on.isoformat(),
                "set_at": review.opened_at.isoformat(),
                "answered_at": review.closed_at.isoformat() if review.closed_at else None,
                "answer": review.decided,
            }
            for review in year.reviews
        ],
        "messages": list(_messages(year)),
    }


def _messages(year: Year) -> Iterator[dict[str, Any]]:
    found = Message.objects.select_related("person")
    for message in found.order_by("created_at", "person__username", "pk").iterator():
        person = message.person
        zone = ZoneInfo(year.people[person.username][0])
        yield {
            "to": person.username,
            "sent_on": message.created_at.astimezone(zone).isoformat(),
            "kind": message.kind,
            "items": [
                item["ref"]
                for section in message.body["sections"]
                for item in section["items"]
                if "stage" in item.get("ref", {})
            ],
        }


def summary(log: dict[str, Any]) -> str:
    """A page of plain text."""
    plan, messages, reviews = log["plan"], log["messages"], log["reviews"]
    months = max(plan["days"] / _DAYS_IN_A_MONTH, 0.1)
    each = Counter(message["to"] for message in messages)
    days = Counter(message["sent_on"][:10] for message in messages)
    stages = Counter(item["stage"] for message in messages for item in message["items"])
    answered = [review for review in reviews if review["answered_at"]]
    in_time = sum(review["answered_at"][:10] <= review["due_on"] for review in answered)
    end = max((message["sent_on"][:10] for message in messages), default="")
    late = [r for r in reviews if not r["answered_at"] and r["due_on"] <= end]
    lines = [
        f"{plan['runbooks']} runbooks, {plan['owners']} owners, {plan['days']} days "
        f"from {plan['begin']}, seed {plan['seed']}.",
        "",
        f"{len(messages)} messages to {len(each)} people, "
        f"{len(messages) / max(len(log['people']), 1) / months:.1f} a person a month.",
    ]
    if each:
        (name, most), (busiest, count) = each.most_common(1)[0], days.most_common(1)[0]
        lines += [
            f"Most went to {name}: {most}, {most / months:.1f} a month.",
            f"Busiest day: {busiest}, {count} messages.",
        ]
    lines += ["", "Stages told:"]
    lines += [f"  {label:<15} {stages[value]:>6}" for value, label in Reminder.Stage.choices]
    lines += [
        "",
        f"{len(answered)} reviews were answered, {in_time} of them in time; "
        f"{len(late)} were late and open at the end.",
    ]
    return "\n".join(lines)
