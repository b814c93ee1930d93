"""Jobs of the room: watched and cancelled by who started them."""

from __future__ import annotations

from django.urls import path

from portal.ai import views

app_name = "ai"
urlpatterns = [
    path("ai/jobs/<int:pk>", views.job, name="job"),
    path("ai/jobs/<int:pk>/cancel", views.cancel, name="cancel"),
]
