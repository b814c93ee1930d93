"""What is due, what was decided, and who takes over."""

from __future__ import annotations

from django.urls import path

from runbooks.reviews.views import owned, prevention, review

app_name = "reviews"
urlpatterns = [
    path("owned", owned.owned, name="owned"),
    path("r/<str:slug>/prevention", prevention.items, name="prevention"),
    path("r/<str:slug>/review", review.review, name="review"),
]
