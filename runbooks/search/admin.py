"""Search's tables for support. A change of the synonyms counts at once, in every process."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.urls import reverse

from portal.accounts.support import LookedAt
from runbooks.models import IndexCounter
from runbooks.search.models import SearchDocument, SynonymGroup


@admin.register(SearchDocument)
class SearchDocumentAdmin(LookedAt):
    list_display = ("runbook", "version", "stamp")
    list_select_related = ("runbook",)
    search_fields = ("runbook__slug", "runbook__title")

    def portal_url(self, obj: SearchDocument) -> str:
        return reverse("runbooks:runbook", args=[obj.runbook.slug])


@admin.register(SynonymGroup)
class SynonymGroupAdmin(LookedAt):
    list_display = ("words", "created_at")
    search_fields = ("words",)
    editable = ("words",)
    may_add = True
    may_delete = True

    def save_model(
        self, request: HttpRequest, obj: Any, form: ModelForm[Any], change: bool
    ) -> None:
        super().save_model(request, obj, form, change)
        IndexCounter.raise_by_one()

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        super().delete_model(request, obj)
        IndexCounter.raise_by_one()

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        super().delete_queryset(request, queryset)
        IndexCounter.raise_by_one()
