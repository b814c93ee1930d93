"""Addresses of bringing in: what somebody uploads or pastes, and what became of it."""

from django.urls import path

from runbooks.importing import views

app_name = "importing"
urlpatterns = [
    path("import", views.overview, name="overview"),
    path("import/people", views.people, name="people"),
    path("import/runbooks", views.runbooks, name="runbooks"),
    path("import/rules", views.rules, name="rules"),
    path("import/jobs/<int:pk>", views.job, name="job"),
    path("import/jobs/<int:pk>/files", views.add_files, name="add_files"),
    path("import/jobs/<int:pk>/arrived", views.arrived, name="arrived"),
    path("import/jobs/<int:pk>/look", views.look_again, name="look_again"),
    path("import/jobs/<int:pk>/confirm", views.confirm, name="confirm"),
    path("import/jobs/<int:pk>/again", views.try_again, name="try_again"),
    path("import/jobs/<int:pk>/cancel", views.cancel, name="cancel"),
]
