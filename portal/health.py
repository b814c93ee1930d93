"""/healthz: this process answers. /readyz: it can serve (database, migrations, search engine)."""

from __future__ import annotations

import logging
from http import HTTPStatus

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from portal import readiness

log = logging.getLogger(__name__)


class NotReadyIsNoError(logging.Filter):
    """Keeps the probe's expected 503 out of the log: a portal that starts is asked several times a second."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        return not (isinstance(request, HttpRequest) and request.path == "/readyz")


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    failing = {}
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM runbooks_indexcounter LIMIT 1")
    except DatabaseError as error:
        log.warning("not ready: database: %s", error)
        failing["database"] = "the database does not answer, or its tables are not there yet"
    failing = failing or readiness.failing()
    status = HTTPStatus.SERVICE_UNAVAILABLE if failing else HTTPStatus.OK
    return JsonResponse({"ready": not failing, "failing": failing}, status=status)
