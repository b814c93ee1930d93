"""Where alerts lead. `/a/<alert>` stands in rule files and notifications: it never changes."""

from django.urls import path, re_path

from runbooks.alerts import api, views

app_name = "alerts"
urlpatterns = [
    path("a/<path:alert>", views.alert_link, name="alert_link"),
    path("a/", views.alert_link),
    path("a", views.alert_link),
    # A SITE_URL that ends in a slash, in somebody's template.
    re_path(r"^(?:/)+a/(?P<alert>.*)$", views.alert_link),
    path("coverage", views.coverage, name="coverage"),
    path("api/v1/alerts/resolve", api.resolve, name="resolve"),
]
