"""The debts that a page wears, asked for in the same query as the runbook itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Func, JSONField, OuterRef, Q, Subquery

from runbooks.checking.codes import (
    DESTRUCTIVE_BEFORE_OBSERVE,
    DESTRUCTIVE_OUTSIDE_STEP,
    DESTRUCTIVE_WITHOUT_UNDO,
    TIER_TOO_LOW,
)
from runbooks.models import Debt, Runbook, Waiver

#: What a reader should know before the first command, not only who mends the text.
_DANGEROUS = frozenset(
    {
        TIER_TOO_LOW,
        DESTRUCTIVE_WITHOUT_UNDO,
        DESTRUCTIVE_BEFORE_OBSERVE,
        DESTRUCTIVE_OUTSIDE_STEP,
    }
)


class _Row(Func):
    """One row as a JSON array, in either database. Django's own JSONObject asks SQLite first what it can."""

    function = "JSONB_BUILD_ARRAY"
    output_field = JSONField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, Any]:
        return self.as_sql(compiler, connection, function="JSON_ARRAY", **context)


class _Rows(Func):
    """All rows as one JSON array."""

    function = "JSONB_AGG"
    output_field = JSONField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, Any]:
        return self.as_sql(compiler, connection, function="JSON_GROUP_ARRAY", **context)


@dataclass(frozen=True, slots=True)
class WornDebt:
    message: str
    mend: str
    line: int | None
    dangerous: bool
    #: Why a lead lives with it, and who; "" where nobody does.
    reason: str = ""
    waived_by: str = ""


def debts_of_a_page() -> Subquery:
    """For `Runbook.objects.annotate`: the runbook's debts, each with the waiver that covers it, if any."""
    waiver = Waiver.objects.filter(
        Q(about="") | Q(about=OuterRef("about")),
        runbook=OuterRef("runbook"),
        code=OuterRef("code"),
    )
    reason, by = (Subquery(waiver.values(field)[:1]) for field in ("reason", "by__name"))
    row = _Row("code", "message", "mend", "line", reason, by)
    debts = Debt.objects.filter(runbook=OuterRef("pk")).order_by()
    return Subquery(debts.values(rows=_Rows(row)))


def service_names_of_a_page() -> Subquery:
    """For `Runbook.objects.annotate`: [slug, name] of each service that the runbook belongs to."""
    named = Runbook.services.through.objects.filter(runbook=OuterRef("pk")).order_by()
    row = _Row("service__slug", "service__name")
    return Subquery(named.values(rows=_Rows(row)))


def worn(rows: Iterable[tuple[Any, ...]] | None) -> list[WornDebt]:
    """What the query answered, in the order of the text; the dangerous ones first, waived ones last."""
    debts = [
        WornDebt(message, mend, line, code in _DANGEROUS, reason or "", by or "")
        for code, message, mend, line, reason, by in rows or ()
    ]
    return sorted(debts, key=lambda d: (bool(d.reason), not d.dangerous, d.line or 0))
