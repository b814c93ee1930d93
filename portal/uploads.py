"""How much anybody may send: looked at before a byte of it is read.

Django writes an uploaded file to disk before it knows which view wants it, or whether who sends it may.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from portal.accounts.access import Right, may
from portal.errors import too_large
from portal.typed import number

MEGABYTE = 1024 * 1024
View = Callable[..., HttpResponseBase]


def takes_uploads(view: View) -> View:
    """Goes outermost on a view that files of up to IMPORT_MAX_MB are sent to, by who has its right."""
    view.takes_uploads = True  # type: ignore[attr-defined]
    return view


class Bounds:
    """A middleware. Stands before the one against forged forms, which reads the form."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: View, args: list[Any], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        size = number(str(request.META.get("CONTENT_LENGTH") or "")) or 0
        if size <= settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            return None
        if not getattr(view, "takes_uploads", False):
            most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE // MEGABYTE
            return too_large(request, f"This page takes {most} MB at most. Nothing was changed.")
        if size > (settings.IMPORT_MAX_MB + 1) * MEGABYTE:
            return too_large(request, said(size))
        right = getattr(view, "decision", None)
        if isinstance(right, Right) and not may(request, right):
            return view(request, *args, **kwargs)  # its guard says no, and nothing is read
        return None


def said(size: int) -> str:
    return (
        f"This is {size / MEGABYTE:,.0f} MB; {settings.IMPORT_MAX_MB:,} MB are taken at once. Pack only what "
        "is text or image, or bring it in parts. Nothing was changed."
    )
