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
    found = Channel.objects.filter(person=person).exclude(failed_at=None).order_by("pk")
    broken = [one for one in found if one.is_failed(one.address(person))]
    return {"broken": [(one, choosing.shown(one, person)) for one in broken]}


@register.inclusion_tag("notify/_broken_count.html")
def broken_ways_to_people() -> dict[str, Any]:
    """For admins: how many there are of everybody. One query."""
    return {"count": Channel.objects.failed().count()}
