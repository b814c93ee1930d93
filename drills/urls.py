"""Drills: planned, prepared, run, and what came of them."""

from __future__ import annotations

from django.urls import path

from drills.views import listing

app_name = "drills"
urlpatterns = [
    # Before: what is coming, how it is prepared.
    path("drills", listing.drills, name="drills"),
    # Live: the room.
    # After: what came of it.
]
