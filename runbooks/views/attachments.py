"""Images and files that a runbook names: served inert, whatever they hold."""

from __future__ import annotations

from django.db.models import Q
from django.http import FileResponse, Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from portal.accounts.access import reader_required, viewer
from runbooks.models import Attachment, Runbook

#: Shown in the page; everything else is a download. An SVG may hold script: only the sandbox lets it in.
SHOWN_INLINE = frozenset(
    {"image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "image/svg+xml"}
)
#: Kept as they are for a download; any other type is plain bytes.
DOWNLOADED_AS = frozenset(
    {"application/pdf", "text/plain", "text/csv", "application/json", "application/yaml"}
)
YEAR = 60 * 60 * 24 * 365


@require_safe
@reader_required
def attachment(request: HttpRequest, digest: str, name: str) -> HttpResponseBase:
    """`digest` is the first 16 of the content's sha256: another content has another address."""
    seen = Runbook.objects.seen_by(viewer(request))
    found = (
        Attachment.objects.filter(Q(runbook=None) | Q(runbook__in=seen), sha256__startswith=digest)
        .order_by("pk")
        .first()
    )
    if found is None or not found.file.storage.exists(found.file.name or ""):
        raise Http404
    inline = found.content_type in SHOWN_INLINE
    known = inline or found.content_type in DOWNLOADED_AS
    response = FileResponse(
        found.file.open("rb"),
        as_attachment=not inline,
        filename=name,
        content_type=found.content_type if known else "application/octet-stream",
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = f"private, max-age={YEAR}, immutable"
    return response
