"""One's own choices: by which ways one is told what, and the calendar's address."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from portal.accounts import throttling
from portal.accounts.access import Right, requires
from portal.http import AuthenticatedHttpRequest
from portal.notify import calendar, choosing, testing
from portal.notify.body import whole
from portal.notify.models import Channel, Choice

#: Each goes out to somebody else's server at once.
TESTS = throttling.Limit("test-message", 10, 600)
_KEPT = 1_000


@dataclass(frozen=True, slots=True)
class Row:
    """A channel as the page shows it."""

    channel: Channel
    shown: str
    failed: bool


@require_safe
@never_cache
@requires(Right.OWN_ACCOUNT)
def settings_page(request: AuthenticatedHttpRequest) -> HttpResponse:
    return _page(request)


@require_POST
@requires(Right.OWN_ACCOUNT)
def choose(request: AuthenticatedHttpRequest) -> HttpResponse:
    pairs = [value.partition(":")[::2] for value in request.POST.getlist("wanted")]
    # A kind of channel that the page did not offer keeps what was chosen for it.
    offered = set(request.POST.getlist("way"))
    muted = Choice.objects.filter(person=request.user).values_list("kind", "channel_kind")
    kept = set(muted)
    unseen = [
        (kind.name, way)
        for kind in choosing.offered()
        for way in Channel.Kind.values
        if way not in offered and (kind.name, way) not in kept
    ]
    choosing.choose(person=request.user, wanted=[*pairs, *unseen], by=request.user)
    messages.success(request, "Your choice is kept.")
    return redirect("notify:settings")


@require_POST
@requires(Right.OWN_ACCOUNT)
def switch_mail(request: AuthenticatedHttpRequest) -> HttpResponse:
    on = request.POST.get("on") == "1"
    choosing.switch_mail(person=request.user, on=on, by=request.user)
    said = "E-mail is on." if on else "E-mail is off: messages are in the inbox alone."
    messages.success(request, said)
    return redirect("notify:settings")


@require_POST
@never_cache
@requires(Right.OWN_ACCOUNT)
def add_slack(request: AuthenticatedHttpRequest) -> HttpResponse:
    said = request.POST.get("slack", "")[: _KEPT + 1]
    if wait := _too_often(request):
        return _page(request, problem=wait, typed={"slack": said})
    try:
        choosing.add_slack(person=request.user, said=said, by=request.user)
    except choosing.NotAdded as problem:
        return _page(request, problem=str(problem), typed={"slack": said})
    messages.success(request, "Slack is added. Send a test to see that it works.")
    return redirect("notify:settings")


@require_POST
@never_cache
@requires(Right.OWN_ACCOUNT)
def add_webhook(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Shows the secret in the answer itself, this once."""
    url = request.POST.get("url", "")[: _KEPT + 1]
    try:
        made = choosing.add_webhook(person=request.user, url=url, by=request.user)
    except choosing.NotAdded as problem:
        return _page(request, problem=str(problem), typed={"url": url})
    return _page(request, made=made, made_shown=choosing.shown(made, request.user))


@require_POST
@requires(Right.OWN_ACCOUNT)
def remove(request: AuthenticatedHttpRequest, pk: int) -> HttpResponse:
    own = Channel.objects.filter(person=request.user).exclude(kind=Channel.Kind.EMAIL)
    choosing.remove(get_object_or_404(own, pk=pk), by=request.user)
    messages.success(request, "Removed: nothing more goes there.")
    return redirect("notify:settings")


@require_POST
@requires(Right.OWN_ACCOUNT)
def send_test_mail(request: AuthenticatedHttpRequest) -> HttpResponse:
    return _test(request, choosing.mail_channel(request.user))


@require_POST
@requires(Right.OWN_ACCOUNT)
def send_test(request: AuthenticatedHttpRequest, pk: int) -> HttpResponse:
    return _test(request, get_object_or_404(Channel, pk=pk, person=request.user))


def _test(request: AuthenticatedHttpRequest, channel: Channel) -> HttpResponse:
    if wait := _too_often(request):
        messages.warning(request, wait)
        return redirect("notify:settings")
    tested = testing.send_test(channel, person=request.user)
    if tested.left:
        messages.success(request, f"{tested.words} Look whether it is there.")
    else:
        messages.error(request, f"The test message did not leave. {tested.words}")
    return redirect("notify:settings")


def _too_often(request: AuthenticatedHttpRequest) -> str:
    wait = throttling.claim(TESTS, str(request.user.pk))
    return f"That was often enough: try again in {throttling.in_words(wait)}." if wait else ""


@require_POST
@requires(Right.OWN_ACCOUNT)
def reset_calendar(request: AuthenticatedHttpRequest) -> HttpResponse:
    had = calendar.feed_of(request.user) is not None
    calendar.reset(person=request.user)
    messages.success(
        request,
        "Your calendar has a new address; the old one opens nothing any more."
        if had
        else "Your calendar has an address: give it to your calendar program.",
    )
    return redirect("notify:settings")


def _page(request: AuthenticatedHttpRequest, **more: object) -> HttpResponse:
    person = request.user
    rows = [
        Row(channel, choosing.shown(channel, person), channel.is_failed(channel.address(person)))
        for channel in choosing.channels_of(person)
    ]
    ways = [way for way in Channel.Kind if any(row.channel.kind == way for row in rows)]
    muted = set(Choice.objects.filter(person=person).values_list("kind", "channel_kind"))
    feed = calendar.feed_of(person)
    context = {
        "rows": rows,
        "ways": ways,
        "kinds": [
            (kind, [(way, (kind.name, way.value) not in muted) for way in ways])
            for kind in choosing.offered()
        ],
        "calendar_url": whole(reverse("notify:calendar", args=[feed.token])) if feed else "",
        "bot": bool(settings.SLACK_BOT_TOKEN),
        "hooks_url": settings.SLACK_HOOKS_URL,
        **more,
    }
    status = 422 if more.get("problem") else 200
    return render(request, "notify/settings.html", context, status=status)
