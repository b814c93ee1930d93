"""`/new`: the text that a new runbook begins with, filled with what is known of the gap."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.accounts.access import reader_required
from portal.typed import words_of
from runbooks.blank import blank_text
from runbooks.naming import slug_of


@require_safe
@reader_required
def new(request: HttpRequest) -> HttpResponse:
    known = known_of(request)
    return render(
        request,
        "runbooks/new.html",
        {
            "known": known,
            "text": blank_text(**known, owner=_username(request)),
            "file_name": _file_name(known),
            "username": _username(request) or "your-user-name",
        },
    )


@require_safe
@reader_required
def new_file(request: HttpRequest) -> HttpResponse:
    known = known_of(request)
    return HttpResponse(
        blank_text(**known, owner=_username(request)),
        content_type="text/markdown; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{_file_name(known)}"'},
    )


def known_of(request: HttpRequest) -> dict[str, str]:
    return {name: words_of(request.GET, name, 300) for name in ("title", "alert", "service")}


def _username(request: HttpRequest) -> str:
    return request.user.get_username() if request.user.is_authenticated else ""


def _file_name(known: dict[str, str]) -> str:
    # ASCII, so that the header needs no second form; the import takes any name.
    slug = slug_of(known["alert"] or known["title"]).encode("ascii", "ignore").decode().strip("-._")
    return f"{slug[:80] or 'new-runbook'}.md"
