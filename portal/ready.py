"""Queries that every request of somebody signed in asks: put together once, not each time.

Putting one together takes Django several times as long as the database takes to answer it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Model, QuerySet

M = TypeVar("M", bound=Model)


class _Compiled(Generic[M]):
    """One query for one kind of database, with what turns a row into an object."""

    def __init__(self, rows: QuerySet[M]) -> None:
        compiler = rows.query.get_compiler(connection=connection)
        self.model = rows.model
        self.sql, self.parameters = compiler.as_sql()
        columns = [expression for expression, _, _ in compiler.select]
        self.converters = list(compiler.get_converters(columns).items())
        fields = compiler.klass_info["select_fields"]
        self.start, self.end = fields[0], fields[-1] + 1
        self.names = [column.target.attname for column in columns[self.start : self.end]]
        self.added = list(compiler.annotation_col_map.items())

    def one(self, places: Mapping[Any, Any]) -> M | None:
        given = [places.get(value, value) for value in self.parameters]
        with connection.cursor() as cursor:
            cursor.execute(self.sql, given)
            row = cursor.fetchone()
        if row is None:
            return None
        values = list(row)
        for position, (converters, expression) in self.converters:
            for convert in converters:
                values[position] = convert(values[position], expression, connection)
        made = self.model.from_db(DEFAULT_DB_ALIAS, self.names, values[self.start : self.end])
        for name, position in self.added:
            setattr(made, name, values[position])
        return made


class ReadyQuery(Generic[M]):
    """`rows` makes the query, with a stand-in for each value that only a request knows."""

    def __init__(self, rows: Callable[[], QuerySet[M]]) -> None:
        self._rows = rows
        self._compiled: dict[str, _Compiled[M]] = {}

    def one(self, places: Mapping[Any, Any]) -> M | None:
        """The only row, or None; `places` maps each stand-in, as the database takes it, to its value."""
        if connection.vendor not in self._compiled:
            self._compiled[connection.vendor] = _Compiled(self._rows())
        return self._compiled[connection.vendor].one(places)
