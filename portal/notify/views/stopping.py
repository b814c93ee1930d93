"""The way out of a mail. Opening it asks; only a POST stops anything, as mail programs send it (RFC 8058)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from portal.accounts.access import open_to_all
from portal.notify import kinds, stopping


# A mail program has no cookie of ours; the token in the address is what counts.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@open_to_all("Who has the mail may stop mails like it; the signed token says which, and to whom.")
def stop(request: HttpRequest, token: str) -> HttpResponse:
    meant = stopping.meant_by(token)
    if meant is None:
        return render(request, "notify/stop.html", {"unknown": True}, status=404)
    person, name = meant
    stopped = request.method == "POST"
    if stopped:
        stopping.stop(person=person, kind=name)
    context = {
        "token": token,
        "kind": kinds.registered.get(name),
        "stopped": stopped,
        "address": person.email,
    }
    return render(request, "notify/stop.html", context)
