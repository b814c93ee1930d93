"""What other rooms' pages say of messages, without those rooms knowing this one."""

from __future__ import annotations

from typing import Any

from django import template

from portal.accounts.models import User
from portal.notify import choosing
from portal.notify.models import Channel

register = template.Library()


@register.inclusion_tag("notify/_broken.html")
def broken_ways_to(person: User) -> dict[str, Any]:
    """For one's own account: the ways that failed for good. One query."""
    broken = Channel.objects.failed().filter(person=person).order_by("pk")
    return {"broken": [(one, choosing.shown(one, person)) for one in broken]}


@register.inclusion_tag("notify/_broken_of.html")
def broken_ways_of(person: User) -> dict[str, Any]:
    """For admins: the same of one person. One query."""
    return broken_ways_to(person)


@register.inclusion_tag("notify/_broken_count.html")
def broken_ways_to_people() -> dict[str, Any]:
    """For admins: how many there are of everybody. One query."""
    return {"count": Channel.objects.failed().count()}
