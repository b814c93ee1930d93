"""Drills: planned, prepared, run, and what came of them."""

from __future__ import annotations

from django.urls import path

from drills.views import (
    facilitate,
    hot_wash,
    joining,
    listing,
    notes,
    open_work,
    planning,
    play,
    preparing,
    report,
    scenario,
    update_notes,
)

app_name = "drills"
urlpatterns = [
    # Before: what is coming, how it is prepared.
    path("r/<str:slug>/drill", preparing.quick, name="quick"),
    path("drills", listing.drills, name="drills"),
    path("drills/new", preparing.new, name="new"),
    path("drills/plan", planning.plan, name="plan"),
    path("drills/<int:pk>", preparing.drill, name="drill"),
    path("drills/<int:pk>/edit", preparing.edit, name="edit"),
    path("drills/<int:pk>/do/<slug:what>", preparing.act, name="do"),
    path("drills/<int:pk>/scenario", scenario.scenario, name="scenario"),
    # Live: the room.
    path("drills/join/<str:token>", joining.join, name="join"),
    path("drills/<int:pk>/join.svg", facilitate.join_code, name="join_code"),
    path("drills/<int:pk>/facilitate", facilitate.facilitate, name="facilitate"),
    path("drills/<int:pk>/facilitate/live", facilitate.facilitate_live, name="facilitate_live"),
    path("drills/<int:pk>/facilitate/<slug:what>", facilitate.act, name="act"),
    path("drills/<int:pk>/play", play.play, name="play"),
    path("drills/<int:pk>/play/live", play.play_live, name="play_live"),
    path("drills/<int:pk>/play/say", play.say, name="say"),
    path("drills/<int:pk>/play/halt", play.halt, name="halt"),
    path("drills/<int:pk>/search", play.search, name="search"),
    path("drills/<int:pk>/found", play.found, name="found"),
    path("drills/<int:pk>/runbook", play.runbook, name="runbook"),
    path("drills/<int:pk>/preflight", play.checks, name="preflight"),
    path("drills/<int:pk>/preflight/<int:line>", play.check, name="check"),
    path("drills/<int:pk>/notes", notes.notes, name="notes"),
    path("drills/<int:pk>/notes/live", notes.notes_live, name="notes_live"),
    path("drills/<int:pk>/notes/record", notes.record, name="record"),
    # After: what came of it.
    path("drills/gaps", open_work.gaps, name="gaps"),
    path("drills/<int:pk>/hot-wash", hot_wash.page, name="hot_wash"),
    path("drills/<int:pk>/hot-wash/live", hot_wash.page_live, name="hot_wash_live"),
    path("drills/<int:pk>/report", report.report, name="report"),
    path("drills/<int:pk>/report.<slug:ending>", report.report_file, name="report_file"),
    path("drills/<int:pk>/report/actions", report.action, name="add_action"),
    path("drills/<int:pk>/report/actions/<int:item>", report.action, name="action"),
    path("drills/<int:pk>/update-notes", update_notes.page, name="update_notes"),
    path("drills/<int:pk>/update-notes/<int:note>", update_notes.decide, name="decide"),
]
