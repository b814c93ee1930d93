"""Addresses of the library. `/r/<slug>` is what alerts, chats and printouts hold: it never changes."""

from django.urls import path

from runbooks.views import (
    api,
    attachments,
    comparing,
    editing,
    facts,
    proposals,
    reporting,
    runbook,
    service_facts,
    services,
    writing,
)

app_name = "runbooks"
urlpatterns = [
    path("r/<str:slug>.md", runbook.raw, name="raw"),
    path("r/<str:slug>", runbook.runbook, name="runbook"),
    path("r/<str:slug>/history", comparing.history, name="history"),
    path("r/<str:slug>/compare", comparing.compare, name="compare"),
    path("r/<str:slug>/restore", comparing.restore, name="restore"),
    path("r/<str:slug>/rename", comparing.rename, name="rename"),
    path("r/<str:slug>/retire", comparing.retire, name="retire"),
    path("r/<str:slug>/edit", editing.edit, name="edit"),
    path("r/<str:slug>/steps/<str:key>/report", reporting.report, name="report"),
    path("reports/<int:pk>/set-aside", reporting.set_aside, name="set_aside"),
    path("proposals", proposals.proposals, name="proposals"),
    path("proposals/<int:pk>", proposals.proposal, name="proposal"),
    path("proposals/<int:pk>/edit", editing.edit_proposal, name="edit_proposal"),
    path("proposals/<int:pk>/settle", proposals.settle, name="settle"),
    path("editor/preview", editing.preview, name="preview"),
    path("editor/changes", editing.changes, name="changes"),
    path("editor/facts", editing.facts, name="facts"),
    path("editor/suggested", editing.suggested, name="suggested"),
    path("editor/draft", editing.save_draft, name="save_draft"),
    path("editor/draft/discard", editing.discard_draft, name="discard_draft"),
    path("s/<str:slug>", services.service, name="service"),
    path("s/<str:slug>/edit", service_facts.edit_service, name="edit_service"),
    path("services", services.services, name="services"),
    path("teams", services.teams, name="teams"),
    path("new", editing.new, name="new"),
    path("new.md", writing.new_file, name="new_file"),
    path("api/v1/runbooks/<str:slug>", api.runbook, name="api"),
    path("api/v1/facts", facts.facts, name="facts_api"),
    path("attachments/<str:digest>/<str:name>", attachments.attachment, name="attachment"),
]
