"""`GET /api/v1/runbooks/<slug>`: one runbook for a program, text and facts."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from portal.accounts.access import Right, requires, viewer
from runbooks import reading
from runbooks.models import Runbook


# Nothing is changed here whatever is sent; another method is told so, not that its form is forged.
@csrf_exempt
@require_safe
@requires(Right.READ)
def runbook(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The live revision's text, byte for byte, and what the portal holds about it. Three queries."""
    seen = Runbook.objects.readable().seen_by(viewer(request))
    found = (
        seen.filter(slug=slug)
        .select_related("owner", "live_revision")
        .prefetch_related("services", "alert_names")
        .first()
    )
    if found is None:
        target = reading.moved_to(slug)
        if target is None or not seen.filter(slug=target).exists():
            raise Http404
        return redirect("runbooks:api", target, permanent=True)
    return JsonResponse(_as_json(found), headers={"Vary": "Cookie, Authorization"})


def _as_json(runbook: Runbook) -> dict[str, object]:
    revision = runbook.live_revision
    assert revision is not None  # readable() says so  # noqa: S101
    return {
        "slug": runbook.slug,
        "title": runbook.title,
        "state": runbook.state,
        "url": f"{settings.SITE_URL}{reverse('runbooks:runbook', args=[runbook.slug])}",
        "text": revision.text,
        "revision": revision.number,
        "severity": runbook.severity,
        "owner": runbook.owner.username,
        "services": sorted(service.slug for service in runbook.services.all()),
        "alerts": sorted({alert.name for alert in runbook.alert_names.all()}),
    }
