"""The private calendar feed."""

from __future__ import annotations

import hashlib

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from portal.accounts.access import open_to_all
from portal.notify import calendar as feeds


@require_safe
@open_to_all("A calendar program cannot sign in: the address is the secret, and can be reset.")
def calendar(request: HttpRequest, token: str) -> HttpResponse:
    found = feeds.person_with(token)
    if found is None:
        return HttpResponse(
            "There is no such calendar. Its owner may have reset the address.\n",
            content_type="text/plain; charset=utf-8",
            status=404,
        )
    person, feed = found
    content = feeds.written(person, made_at=feed.made_at, now=timezone.now())
    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    response: HttpResponse
    if etag in request.headers.get("If-None-Match", ""):
        response = HttpResponseNotModified()
    else:
        response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
        response["Content-Disposition"] = 'inline; filename="drillbook.ics"'
    response["ETag"] = etag
    patch_cache_control(response, private=True, max_age=300)
    return response
