"""What is due, what was decided, and who takes over."""

from __future__ import annotations

from django.urls import path

from runbooks.reviews import api
from runbooks.reviews.views import health, links, owned, owners, prevention, review, wrong_step

app_name = "reviews"
urlpatterns = [
    path("links", links.links, name="links"),
    path("links/<int:pk>/check", links.check_again, name="check_link"),
    path("orphans", owners.orphans, name="orphans"),
    path("load", owners.load, name="load"),
    path("people/<str:username>/gone", owners.gone, name="gone"),
    path("r/<str:slug>/claim", owners.claim, name="claim"),
    path("owned", owned.owned, name="owned"),
    path("r/<str:slug>/prevention", prevention.items, name="prevention"),
    path("r/<str:slug>/review", review.review, name="review"),
    path("r/<str:slug>/reports/<int:pk>", wrong_step.wrong_step, name="wrong_step"),
    path("health", health.health, name="health"),
    path("health.csv", health.health_csv, name="health_csv"),
    path("health/<str:name>.csv", health.health_csv, name="health_chart_csv"),
    path("health/list/<str:name>.csv", health.health_list_csv, name="health_list_csv"),
    path("health/list/<str:name>", health.health_list, name="health_list"),
    path("start", health.start, name="start"),
    path("api/v1/health", api.health, name="health_api"),
]
