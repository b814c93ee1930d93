"""Every address of the site, room by room. What is opened in incidents stands first: Django tries one address
after the other, and a hundred of them take as long as the page's query."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from portal import health
from portal.accounts.access import open_to_all

probe = open_to_all("Says nothing of the library.")
urlpatterns = [
    path("", include("runbooks.urls")),
    path("", include("runbooks.search.urls")),
    path("", include("runbooks.alerts.urls")),
    path("healthz", probe(health.healthz), name="healthz"),
    path("readyz", probe(health.readyz), name="readyz"),
    path("", include("portal.accounts.urls")),
    path("admin/", admin.site.urls),
    path("", include("portal.notify.urls")),
    path("", include("portal.ai.urls")),
    path("", include("runbooks.importing.urls")),
    path("", include("runbooks.reviews.urls")),
    path("", include("drills.urls")),
]
if settings.OIDC:
    urlpatterns.insert(3, path("", include("portal.accounts.oidc_urls")))
handler400 = "portal.errors.bad_request"
handler403 = "portal.errors.forbidden"
handler404 = "portal.errors.not_found"
handler500 = "portal.errors.server_error"
