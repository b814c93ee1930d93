"""People's tables for support. Accounts are closed, and roles taken, by the verbs that may refuse it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.urls import reverse

from portal.accounts import closing, managing
from portal.accounts.models import ApiToken, AuditEntry, Company, Role, Session, Team, User
from portal.accounts.support import LookedAt


@admin.register(User)
class UserAdmin(LookedAt):
    list_display = (
        "username",
        "name",
        "email",
        "is_active",
        "is_superuser",
        "last_login",
        "unreachable_since",
    )
    list_filter = ("is_active", "is_superuser", "roles__name")
    search_fields = ("username", "name", "email")
    date_hierarchy = "date_joined"
    ordering = ("username",)
    hidden = ("groups", "user_permissions", "is_staff")
    editable = ("name", "email", "time_zone", "away_from", "away_until")
    may_add = True
    actions = ("close", "open_again", "end_sessions")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return ["username", "name", "email"] if obj is None else super().get_fields(request, obj)

    def save_model(self, request: Any, obj: Any, form: ModelForm[Any], change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        made = managing.make_person(
            username=obj.username, name=obj.name, email=obj.email, by=request.user
        )
        obj.pk, obj._state.adding = made.pk, False

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """The verb has recorded it."""

    def portal_url(self, obj: User) -> str:
        return reverse("accounts:person", args=[obj.username])

    @admin.action(description="Close these accounts")
    def close(self, request: Any, queryset: QuerySet[User]) -> None:
        done = 0
        for person in queryset:
            try:
                closing.close(person, by=request.user, heirs={})
                done += 1
            except managing.Refused as refused:
                self.message_user(request, f"{person}: {refused}", messages.ERROR)
        self.tell(request, done, "accounts closed")

    @admin.action(description="Open these accounts again")
    def open_again(self, request: Any, queryset: QuerySet[User]) -> None:
        for person in queryset:
            managing.activate(person, by=request.user)
        self.tell(request, len(queryset), "accounts open")

    @admin.action(description="End all their sessions")
    def end_sessions(self, request: Any, queryset: QuerySet[User]) -> None:
        keep = request.session
        ended = sum(
            managing.end_other_sessions(
                person, by=request.user, keep=keep if person == request.user else None
            )
            for person in queryset
        )
        self.tell(request, ended, "sessions ended; your own stays")


@admin.register(Team)
class TeamAdmin(LookedAt):
    list_display = ("name", "slug", "lead")
    search_fields = ("name", "slug")
    list_select_related = ("lead",)
    ordering = ("name",)
    editable = ("name", "description", "lead")
    autocomplete_fields = ("lead",)
    may_add = True

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        fields = super().get_fields(request, obj)
        return fields if obj else ["slug", *fields]

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        # An account that is closed leads nobody.
        form.base_fields["lead"].queryset = User.objects.filter(is_active=True)  # type: ignore[attr-defined]
        return form


@admin.register(Role)
class RoleAdmin(LookedAt):
    list_display = ("person", "name", "team")
    list_filter = ("name",)
    search_fields = ("person__username", "person__name", "team__name")
    list_select_related = ("person", "team")
    ordering = ("person__username", "name")
    actions = ("take_away",)

    @admin.action(description="Take these roles away")
    def take_away(self, request: Any, queryset: QuerySet[Role]) -> None:
        done = 0
        for role in queryset.select_related("person", "team"):
            try:
                managing.take_role(role, by=request.user)
                done += 1
            except managing.Refused as refused:
                self.message_user(request, f"{role.person}: {refused}", messages.ERROR)
        self.tell(request, done, "roles taken away")

    def portal_url(self, obj: Role) -> str:
        return reverse("accounts:person", args=[obj.person.username])


@admin.register(Session)
class SessionAdmin(LookedAt):
    """The table's key is the browser's secret: no address and no form of these pages holds it."""

    list_display = (
        "handle",
        "person",
        "device_words",
        "address",
        "created_at",
        "last_seen",
        "expire_date",
    )
    list_display_links = None
    list_select_related = ("person",)
    search_fields = ("handle", "person__username", "person__name", "address")
    date_hierarchy = "last_seen"
    ordering = ("-last_seen",)
    actions = None

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Any:
        return None  # there is a list, and the portal's own page of each person

    def device_words(self, obj: Session) -> str:
        return obj.device_words


@admin.register(ApiToken)
class ApiTokenAdmin(LookedAt):
    list_display = ("name", "user", "scope", "created_at", "expires_at", "revoked_at")
    list_filter = ("scope", ("revoked_at", admin.EmptyFieldListFilter))
    search_fields = ("name", "user__username", "user__name")
    list_select_related = ("user",)
    date_hierarchy = "created_at"
    ordering = ("-created_at",)
    actions = ("revoke",)

    @admin.action(description="Revoke these tokens")
    def revoke(self, request: Any, queryset: QuerySet[ApiToken]) -> None:
        for token in queryset.select_related("user"):
            managing.revoke_token(token, by=request.user)
        self.tell(request, len(queryset), "tokens revoked")


@admin.register(AuditEntry)
class AuditEntryAdmin(LookedAt):
    list_display = ("at", "action", "by_name", "object_kind", "object_name", "via", "address")
    list_filter = ("action", "object_kind")
    search_fields = ("by_name", "object_name", "object_id", "note")
    date_hierarchy = "at"
    ordering = ("-pk",)


@admin.register(Company)
class CompanyAdmin(LookedAt):
    list_display = ("name", "set_up_at")
