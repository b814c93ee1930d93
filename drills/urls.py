"""Addresses of the drills: before, live and after."""

from __future__ import annotations

from django.urls import URLPattern

app_name = "drills"
urlpatterns: list[URLPattern] = []
