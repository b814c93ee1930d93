"""For admins: the ways to people that do not work, and what waits or never left."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.db.models import Count, Min, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from portal.accounts.access import Right, requires
from portal.http import AuthenticatedHttpRequest
from portal.notify import choosing, testing
from portal.notify.models import Channel, Delivery

MOST = 200
_DAYS = 30


@require_safe
@requires(Right.MANAGE_PEOPLE)
def failed(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    # An account with another address by now is mended: the next message goes there.
    broken = Channel.objects.failed().select_related("person").order_by("-failed_at", "-pk")
    channels = list(broken[: MOST + 1])
    rows = [(channel, choosing.shown(channel, channel.person)) for channel in channels[:MOST]]
    state = Delivery.State
    waiting = Delivery.objects.filter(state__in=[state.WAITING, state.TAKEN]).aggregate(
        count=Count("pk"), since=Min("message__created_at"), tried=Count("pk", Q(tries__gt=0))
    )
    recent = Delivery.objects.filter(
        state=state.FAILED, message__created_at__gte=now - timedelta(days=_DAYS)
    )
    context = {
        "rows": rows,
        "more": len(channels) > MOST,
        "kinds": [kind for kind in Channel.Kind if any(row[0].kind == kind for row in rows)],
        "waiting": waiting,
        "reasons": recent.values("kind", "error")
        .annotate(count=Count("pk"))
        .order_by("-count")[:20],
        "held_up": Delivery.objects.filter(state=state.WAITING, tries__gt=0)
        .values("kind", "error")
        .annotate(count=Count("pk"))
        .order_by("-count")[:10],
        "days": _DAYS,
        "mail_leaves": testing.mail_leaves(),
    }
    return render(request, "notify/failed.html", context)


@require_POST
@requires(Right.MANAGE_PEOPLE)
def mend(request: AuthenticatedHttpRequest) -> HttpResponse:
    kind = request.POST.get("kind", "")
    count = choosing.mend(kind=kind, by=request.user) if kind in Channel.Kind.values else 0
    messages.success(request, f"Tried again with the next message: {count}.")
    return redirect("notify:failed")
