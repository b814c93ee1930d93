"""Django's admin, for support: who opens it, how they get in, and what nobody can do in it.

It shows every table and changes few: what has a verb (publishing, handing over, closing an account) goes
through the verb, and what only grows is only looked at. Rooms describe their tables in their `admin.py`:

    @admin.register(Revision)
    class RevisionAdmin(LookedAt): ...

Whatever is changed here stands in the audit trail.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import BinaryField, Field, ManyToManyField, QuerySet
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.text import Truncator

from portal.accounts import audit
from portal.accounts.access import Right, may, requires
from portal.accounts.models import User

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Any]
else:
    _ModelAdmin = admin.ModelAdmin

#: A field with one of these in its name is never shown, whoever forgot to say so.
SECRET = ("password", "secret", "digest", "session_key", "session_data", "token", "cookie")
#: Places in the portal's own pages: none of them has a table that is ours.
OURS = ("portal.", "runbooks.", "drills.")
_UNUSED = frozenset({"login", "logout", "password_change", "password_change_done", "view_on_site"})
_LONGEST_CELL = 80


class SupportSite(admin.AdminSite):
    """Below /admin/. The sign-in is the portal's own, throttles included; only admins come in."""

    site_title = "Support"
    site_header = "Support"
    index_title = "The tables behind the portal"
    final_catch_all_view = False

    def register(self, model_or_iterable: Any, *args: Any, **options: Any) -> None:
        """Only our own tables: those of packages (groups, providers' secrets) have no use here."""
        models = (
            model_or_iterable if isinstance(model_or_iterable, Iterable) else [model_or_iterable]
        )
        ours = [model for model in models if model.__module__.startswith(OURS)]
        super().register(ours, *args, **options)
        for model in ours:
            model._meta.verbose_name_plural = _plural(str(model._meta.verbose_name))

    def has_permission(self, request: HttpRequest) -> bool:
        return may(request, Right.SUPPORT)

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        try:
            return super().autocomplete_view(request)
        except (
            PermissionDenied
        ):  # it asks of no field that there is: who may was decided at the door
            raise Http404("No field of that name is completed here.") from None

    def get_urls(self) -> list[URLPattern | URLResolver]:
        kept = [
            one
            for one in super().get_urls()
            if getattr(one, "name", "") not in (*_UNUSED, "app_list")
        ]
        # Django's own is an expression with every room's name in it.
        kept.append(path("<slug:app_label>/", self.admin_view(self.app_index), name="app_list"))
        return list(_guarded(kept))


def _guarded(patterns: Sequence[URLPattern | URLResolver]) -> Iterable[URLPattern | URLResolver]:
    """Each view behind the one door of the site, which says who may."""
    door: Callable[[Any], Any] = requires(Right.SUPPORT)
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            list(_guarded(pattern.url_patterns))
        elif not hasattr(pattern.callback, "decision"):
            pattern.callback = door(pattern.callback)
        yield pattern


def _plural(name: str) -> str:
    """Django says "companys"; what the models state themselves would be a migration."""
    if name.endswith("s"):
        return name
    return f"{name[:-1]}ies" if name.endswith("y") else f"{name}s"


def is_secret(name: str) -> bool:
    return any(word in name for word in SECRET)


class LookedAt(_ModelAdmin):
    """A table that is shown and not changed, but for `editable` fields. `hidden` are fields that nobody sees,
    beside those that are secret by their name."""

    hidden: ClassVar[tuple[str, ...]] = ()
    editable: ClassVar[tuple[str, ...]] = ()
    may_add: ClassVar[bool] = False
    may_delete: ClassVar[bool] = False
    view_on_site = False
    list_per_page = 50
    show_full_result_count = False

    def get_urls(self) -> list[URLPattern]:
        """No history of Django's own (the trail is /audit), and no page for what cannot be done."""
        info = f"{self.opts.app_label}_{self.opts.model_name}"
        wanted = {f"{info}_changelist", f"{info}_change"}
        wanted |= {f"{info}_add"} if self.may_add else set()
        wanted |= {f"{info}_delete"} if self.may_delete else set()
        return [one for one in super().get_urls() if one.name in wanted]

    # -- who may what: the door has asked already -----------------------------------------------------

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may(request, Right.SUPPORT)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may(request, Right.SUPPORT)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.may_add and may(request, Right.SUPPORT)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(self.editable) and may(request, Right.SUPPORT)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_delete and may(request, Right.SUPPORT)

    # -- what is shown --------------------------------------------------------------------------------

    def shown_fields(self) -> list[str]:
        fields = [*self.opts.concrete_fields, *self.opts.many_to_many]
        return [
            field.name
            for field in fields
            if not is_secret(field.name)
            and field.name not in self.hidden
            and not isinstance(field, BinaryField)
        ]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        if obj is None:
            return list(self.editable)
        return [*self.shown_fields(), *self.readonly_fields]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        if obj is None:
            return []
        return [name for name in self.get_fields(request, obj) if name not in self.editable]

    def get_list_display(self, request: HttpRequest) -> Any:
        """What the room says; else the first few fields that are neither long nor secret."""
        if tuple(self.list_display) != ("__str__",):
            return self.list_display
        plain = [name for name in self.shown_fields() if self._is_short(self.opts.get_field(name))]
        return plain[:6] or ["__str__"]

    def get_list_select_related(self, request: HttpRequest) -> Any:
        if self.list_select_related:
            return self.list_select_related
        shown = set(map(str, self.get_list_display(request)))
        return [
            f.name for f in self.opts.concrete_fields if f.is_relation and f.name in shown
        ] or False

    @staticmethod
    def _is_short(field: Any) -> bool:
        return (
            isinstance(field, Field)
            and not isinstance(field, ManyToManyField)
            and (field.get_internal_type() not in ("TextField", "JSONField", "FileField"))
        )

    def portal_url(self, obj: Any) -> str:
        """Where the portal shows it to everybody; "" where it does not."""
        return ""

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        obj = kwargs.get("obj")
        if obj is not None:
            asked = urlencode({"kind": self.opts.model_name, "q": str(obj)})
            context["portal_url"] = self.portal_url(obj)
            context["trail_url"] = f"{reverse('accounts:audit')}?{asked}"
        return super().render_change_form(request, context, *args, **kwargs)

    # -- what is recorded -----------------------------------------------------------------------------

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        audit.record(
            "support.added", by=_person(request), of=obj, after=self._told(obj, self.editable)
        )

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Nothing: `save_related` has recorded it, while it knew what was before."""

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        for obj in queryset:
            audit.record(
                "support.deleted",
                by=_person(request),
                of=obj,
                before=self._told(obj, self.shown_fields()),
            )

    def save_form(self, request: HttpRequest, form: ModelForm[Any], change: bool) -> Any:
        if change:
            stored = self.model._base_manager.get(pk=form.instance.pk)
            request._support_before = self._told(stored, form.changed_data)  # type: ignore[attr-defined]
        return super().save_form(request, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if change and form.changed_data:
            sides = audit.changes(
                request._support_before,  # type: ignore[attr-defined]
                self._told(form.instance, form.changed_data),
            )
            audit.record("support.changed", by=_person(request), of=form.instance, **sides)

    def _told(self, obj: Any, names: Iterable[str]) -> dict[str, Any]:
        """Fields as the trail keeps them: keys of what they point to, never a secret."""
        told: dict[str, Any] = {}
        for name in names:
            field: Any = self.opts.get_field(name)
            if is_secret(name) or isinstance(field, BinaryField):
                continue
            value = field.value_from_object(obj)
            told[name] = [one.pk for one in value] if isinstance(field, ManyToManyField) else value
        return told

    def tell(self, request: HttpRequest, done: int, what: str) -> None:
        if done:
            self.message_user(request, f"{done} {what}.", messages.SUCCESS)


def short(name: str, words: str) -> Callable[[Any], str]:
    """A column with the beginning of a long field."""

    @admin.display(description=words, ordering=name)
    def column(obj: Any) -> str:
        return Truncator(str(getattr(obj, name))).chars(_LONGEST_CELL)

    return column


def _person(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None
