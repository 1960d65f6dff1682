"""Statements that are compiled once: for the few that every sign-in or directory's call makes.

Django builds a queryset and turns it into SQL each time it is used. For a look-up by an index that
takes several times as long as the database takes to answer. What is made here is an ordinary
queryset with blanks, turned into SQL at its first use in a process and filled in from then on:

    _NAMED = CompiledQuery(lambda: User.objects.filter(user_name_key=Blank("key")))
    people = _NAMED.all(key="ana")

Columns, joins and conversions stay Django's, for each database it speaks to. The shape of the
question is fixed: a condition that comes and goes, or a list of values, needs a queryset, and what
the queryset itself says, the present time for instance, stays as it was at the first use. For
everything that is not asked all the time, a queryset is plainer.

What decides about a sign-in is asked of the default database, never of a replica.
"""

from __future__ import annotations

import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Generic, TypeVar

import orjson
from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.expressions import Expression, Subquery
from django.db.models.fields.json import KeyTransform
from django.db.models.query import ModelIterable
from django.db.models.sql import DeleteQuery, UpdateQuery
from django.db.models.sql.compiler import SQLCompiler

from database.objects import Maker
from database.statements import Statement

Row = TypeVar("Row")

# What Python values become on their way into a database. Others go as they are.
_FIELDS: dict[type, models.Field[Any, Any]] = {
    uuid.UUID: models.UUIDField(),
    datetime: models.DateTimeField(),
}


class Blank(Expression):
    """Stands in a queryset for a value that comes with the call, by this name.

    None is not such a value: a comparison with NULL finds nothing.
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> Any:
        return "%s", [self]


class Windowed(Subquery):
    """The ids of some rows of a queryset: `count` of them after `skipped` others, both blanks."""

    template = "(%(subquery)s LIMIT %%s OFFSET %%s)"

    def as_sql(self, *args: Any, **kwargs: Any) -> Any:
        sql, parameters = super().as_sql(*args, **kwargs)
        return sql, (*parameters, Blank("count"), Blank("skipped"))

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> Any:
        # Gathered first, whatever the planner thinks of their number: it takes many for a reason to
        # read the whole table.
        template = "(SELECT unnest(ARRAY(%(subquery)s LIMIT %%s OFFSET %%s)))"
        return self.as_sql(compiler, connection, template=template)


@dataclass(frozen=True, slots=True)
class _Filling:
    """A statement, and what its parameters are: blanks, and values that never change."""

    statement: Statement
    blanks: Mapping[str, str]
    constants: dict[str, Any]

    @classmethod
    def of(cls, sql: str, parameters: Sequence[Any]) -> _Filling:
        """Of what Django compiles.

        Texts that never change stand in the statement: whether an index of some rows only
        (`state <> 'deleted'`) serves is known before parameters are.
        """
        marks = tuple(_literal(each) if isinstance(each, str) else "%s" for each in parameters)
        left = [each for each in parameters if not isinstance(each, str)]
        named = {f"p{number}": parameter for number, parameter in enumerate(left)}
        return cls(
            Statement.of(sql.replace("%%", "%%%%") % marks, tuple(named)),
            {name: each.name for name, each in named.items() if isinstance(each, Blank)},
            {name: each for name, each in named.items() if not isinstance(each, Blank)},
        )

    def rows(self, database: BaseDatabaseWrapper, values: Mapping[str, Any]) -> list[Any]:
        return self.statement.rows(database, self._filled(database, values))

    def run(self, database: BaseDatabaseWrapper, values: Mapping[str, Any]) -> int:
        return self.statement.run(database, self._filled(database, values))

    def _filled(self, database: BaseDatabaseWrapper, values: Mapping[str, Any]) -> dict[str, Any]:
        filled = {
            name: for_database(values[blank], database) for name, blank in self.blanks.items()
        }
        return filled | self.constants


def _literal(text: str) -> str:
    escaped = text.replace("'", "''").replace("%", "%%")
    return f"'{escaped}'"


def for_database(value: Any, database: BaseDatabaseWrapper) -> Any:
    """A value as this database's driver takes it."""
    field = _FIELDS.get(type(value))
    return value if field is None else field.get_db_prep_value(value, database)


def _compiler_of(query: Any) -> Any:
    # With a connection of its own, never opened: what is compiled serves every thread, and a
    # connection belongs to one. It would be opened to ask whether rows may be locked; they may
    # where the statement runs, since whoever locks rows is in a transaction. And SQLite's would be
    # to ask whether it knows JSON, in a savepoint of the thread's: that has been asked there.
    connection = connections.create_connection(DEFAULT_DB_ALIAS)
    connection.get_autocommit = lambda: False  # type: ignore[method-assign]  # see above
    connection.features = connections[DEFAULT_DB_ALIAS].features
    return query.get_compiler(connection=connection)


@dataclass(frozen=True, slots=True)
class _Plan:
    """A SELECT, and what becomes of the rows it finds."""

    filling: _Filling
    conversions: Sequence[tuple[int, Any, Sequence[Callable[..., Any]]]]
    make: Callable[[list[Any]], Any]


class CompiledQuery(Generic[Row]):
    """A SELECT: what a queryset yields, be it objects, with `select_related`, `only` and
    `annotate` as they are wanted, or rows of a `values_list`."""

    def __init__(self, queryset: Callable[[], models.QuerySet[Any, Row]]) -> None:
        self._queryset = queryset

    def all(self, **values: Any) -> list[Row]:
        """Whatever the queryset finds, with the blanks filled in."""
        plan = self._plan
        database = connections[DEFAULT_DB_ALIAS]
        rows = [list(row) for row in plan.filling.rows(database, values)]
        for row in rows:
            for position, expression, converters in plan.conversions:
                for convert in converters:
                    row[position] = convert(row[position], expression, database)
        return [plan.make(row) for row in rows]

    def first(self, **values: Any) -> Row | None:
        """The first of them, None where there is none. How many are fetched, the queryset says."""
        return next(iter(self.all(**values)), None)

    @cached_property
    def _plan(self) -> _Plan:
        queryset: Any = self._queryset()
        compiler = _compiler_of(queryset.query)
        filling = _Filling.of(*compiler.as_sql())
        columns = [column for column, _sql, _alias in compiler.select]
        return _Plan(
            filling,
            [
                (position, expression, [_quick(each, expression) for each in converters])
                for position, (converters, expression) in compiler.get_converters(columns).items()
            ],
            _maker(compiler) if queryset._iterable_class is ModelIterable else tuple,
        )


def _quick(convert: Callable[..., Any], expression: Any) -> Callable[..., Any]:
    """The same conversion, by a faster reader where it is JSON. A key of a document is left to
    Django: databases give it back in forms of their own."""
    field = getattr(convert, "__self__", None)
    is_json = isinstance(field, models.JSONField) and field.decoder is None
    return _from_json if is_json and not isinstance(expression, KeyTransform) else convert


def _from_json(text: str | None, _expression: Any, _database: BaseDatabaseWrapper) -> Any:
    return None if text is None else orjson.loads(text)


def _maker(compiler: Any) -> Callable[[list[Any]], models.Model | None]:
    """What makes objects of rows, as Django's own `ModelIterable` does it."""
    maker = Maker(compiler.klass_info, compiler.select)
    annotations = tuple(compiler.annotation_col_map.items())

    def make(row: list[Any]) -> models.Model | None:
        made = maker.make(row)
        for name, position in annotations:
            setattr(made, name, row[position])
        return made

    return make


class _CompiledWrite(ABC):
    """A statement that changes what a queryset finds."""

    def __init__(self, queryset: Callable[[], models.QuerySet[Any]]) -> None:
        self._queryset = queryset

    def run(self, **values: Any) -> int:
        """Answers how many rows it found."""
        return self._filling.run(connections[DEFAULT_DB_ALIAS], values)

    @cached_property
    def _filling(self) -> _Filling:
        return _Filling.of(*self.as_sql())

    def as_sql(self) -> tuple[str, Sequence[Any]]:
        """As Django compiles it, with its blanks among the parameters."""
        sql, parameters = _compiler_of(self._writing(self._queryset().query)).as_sql()
        return sql, parameters

    @abstractmethod
    def _writing(self, query: Any) -> Any:
        """The query that writes, of one that reads."""


class CompiledUpdate(_CompiledWrite):
    """An UPDATE of what a queryset finds: `CompiledUpdate(lambda: …, last_login=Blank("now"))`."""

    def __init__(self, queryset: Callable[[], models.QuerySet[Any]], **changes: Any) -> None:
        super().__init__(queryset)
        self._changes = changes

    def _writing(self, query: Any) -> Any:
        update = query.chain(UpdateQuery)
        update.add_update_values(self._changes)
        return update


class CompiledDelete(_CompiledWrite):
    """A DELETE of what a queryset finds, where nothing refers to it and nobody listens."""

    def _writing(self, query: Any) -> Any:
        return query.chain(DeleteQuery)


class Together:
    """Several of these at once: on PostgreSQL one statement, elsewhere one after the other.

    For what is to be written of several tables, in a transaction: none of the writes sees what the
    others do.
    """

    def __init__(self, *writes: _CompiledWrite) -> None:
        self._writes = writes

    def run(self, **values: Any) -> list[int]:
        """Answers how many rows each found. Blanks of one name are one value."""
        database = connections[DEFAULT_DB_ALIAS]
        if database.vendor == "postgresql":
            (counts,) = self._filling.rows(database, values)
            return list(counts)
        return [each.run(**values) for each in self._writes]

    @cached_property  # PostgreSQL alone
    def _filling(self) -> _Filling:
        compiled = [each.as_sql() for each in self._writes]
        names = [f"write_{number}" for number in range(len(compiled))]
        parts = zip(names, compiled, strict=True)
        writes = ", ".join(f"{name} AS ({sql} RETURNING 1)" for name, (sql, _values) in parts)
        counts = ", ".join(f"(SELECT count(*) FROM {name})" for name in names)  # noqa: S608 - our own names
        parameters = [each for _sql, values in compiled for each in values]
        return _Filling.of(f"WITH {writes} SELECT {counts}", parameters)
