"""The inbox: everything one was told, whatever became of mails."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from portal.accounts.access import Right, requires
from portal.http import AuthenticatedHttpRequest
from portal.notify.models import Delivery, Message
from portal.typed import number

PER_PAGE = 30


@require_safe
@requires(Right.OWN_ACCOUNT)
def inbox(request: AuthenticatedHttpRequest) -> HttpResponse:
    """The newest first; `before` is the number of the last one on the page before this one."""
    unread_only = "unread" in request.GET
    found = Message.objects.filter(person=request.user).order_by("-pk")
    unread = found.unread().count()
    if unread_only:
        found = found.unread()
    before = number(request.GET.get("before", ""))
    if before is not None:
        found = found.filter(pk__lt=before)
    rows = list(found.defer("body")[: PER_PAGE + 1])
    context = {
        "rows": rows[:PER_PAGE],
        "more": rows[PER_PAGE - 1].pk if len(rows) > PER_PAGE else None,
        "unread": unread,
        "unread_only": unread_only,
        "paged": before is not None,
    }
    return render(request, "notify/inbox.html", context)


@require_safe
@requires(Right.OWN_ACCOUNT)
def message(request: AuthenticatedHttpRequest, pk: int) -> HttpResponse:
    """Opening a message reads it."""
    found = get_object_or_404(Message, pk=pk, person=request.user)
    if request.method == "GET" and found.read_at is None:
        Message.objects.filter(pk=pk, read_at=None).update(read_at=timezone.now())
    context = {
        "message": found,
        "body": found.body,
        "deliveries": Delivery.objects.filter(message=found).order_by("pk"),
    }
    return render(request, "notify/message.html", context)


@require_POST
@requires(Right.OWN_ACCOUNT)
def mark(request: AuthenticatedHttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Message, pk=pk, person=request.user)
    found.read_at = None if request.POST.get("as") == "unread" else timezone.now()
    found.save(update_fields=["read_at"])
    return redirect("notify:inbox")


@require_POST
@requires(Right.OWN_ACCOUNT)
def mark_all_read(request: AuthenticatedHttpRequest) -> HttpResponse:
    count = Message.objects.filter(person=request.user).unread().update(read_at=timezone.now())
    messages.success(request, f"Marked as read: {count}." if count else "There was nothing unread.")
    return redirect("notify:inbox")
