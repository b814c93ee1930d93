"""Searching: the page people type into, and the same answers for programs."""

from django.urls import path

from runbooks.search import api, views

app_name = "search"
urlpatterns = [
    path("", views.search, name="search"),
    path("gap", views.gap, name="gap"),
    path("api/v1/search", api.search, name="api"),
]
