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
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.expressions import Expression
from django.db.models.query import ModelIterable, get_related_populators
from django.db.models.sql import UpdateQuery
from django.db.models.sql.compiler import SQLCompiler

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


@dataclass(frozen=True, slots=True)
class _Statement:
    """SQL whose parameters have names: the blanks, and values that never change."""

    sql: str
    blanks: Mapping[str, str]
    constants: Mapping[str, Any]

    @classmethod
    def of(cls, sql: str, parameters: Sequence[Any]) -> _Statement:
        """Of what Django compiles, which has a `%s` for each parameter.

        Django puts SQLite's own marks in for those by a search through the whole text, at each
        use; for names it takes a fraction of the time.
        """
        names = [f"p{number}" for number in range(len(parameters))]
        # "%%" stays as it is: it stands for "%" when the statement runs.
        marked = sql.replace("%%", "%%%%") % tuple(f"%({name})s" for name in names)
        blanks = {}
        constants = {}
        for name, parameter in zip(names, parameters, strict=True):
            if isinstance(parameter, Blank):
                blanks[name] = parameter.name
            else:
                constants[name] = parameter
        return cls(marked, blanks, constants)

    def filled(self, values: dict[str, Any], database: BaseDatabaseWrapper) -> dict[str, Any]:
        filled = {
            name: for_database(values[blank], database) for name, blank in self.blanks.items()
        }
        return {**filled, **self.constants}


def for_database(value: Any, database: BaseDatabaseWrapper) -> Any:
    """A value as this database's driver takes it."""
    field = _FIELDS.get(type(value))
    return value if field is None else field.get_db_prep_value(value, database)


def _compiler_of(query: Any) -> Any:
    # With a connection of its own, never opened: what is compiled serves every thread, and a
    # connection belongs to one. It would be opened to ask whether rows may be locked; they may
    # where the statement runs, since whoever locks rows is in a transaction.
    connection = connections.create_connection(DEFAULT_DB_ALIAS)
    connection.get_autocommit = lambda: False  # type: ignore[method-assign]  # see above
    return query.get_compiler(connection=connection)


@dataclass(frozen=True, slots=True)
class _Plan:
    """A statement, and what becomes of the rows it finds."""

    statement: _Statement
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
        parameters = plan.statement.filled(values, database)
        with database.cursor() as cursor:
            cursor.execute(plan.statement.sql, parameters)
            rows = [list(row) for row in cursor.fetchall()]
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
        statement = _Statement.of(*compiler.as_sql())
        columns = [column for column, _sql, _alias in compiler.select]
        return _Plan(
            statement,
            [
                (position, expression, converters)
                for position, (converters, expression) in compiler.get_converters(columns).items()
            ],
            _maker(compiler) if queryset._iterable_class is ModelIterable else tuple,
        )


def _maker(compiler: Any) -> Callable[[list[Any]], models.Model]:
    """What makes objects of rows, as Django's own `ModelIterable` does it."""
    kind = compiler.klass_info
    model: type[models.Model] = kind["model"]
    start, end = kind["select_fields"][0], kind["select_fields"][-1] + 1
    names = [column.target.attname for column, _sql, _alias in compiler.select[start:end]]
    related = get_related_populators(  # type: ignore[call-arg]  # the stubs are of Django 6.1
        kind, compiler.select, DEFAULT_DB_ALIAS
    )
    annotations = tuple(compiler.annotation_col_map.items())

    def make(row: list[Any]) -> models.Model:
        made = model.from_db(DEFAULT_DB_ALIAS, names, row[start:end])
        for populator in related:
            populator.populate(row, made)
        for name, position in annotations:
            setattr(made, name, row[position])
        return made

    return make


class CompiledUpdate:
    """An UPDATE of what a queryset finds: `CompiledUpdate(lambda: …, last_login=Blank("now"))`."""

    def __init__(self, queryset: Callable[[], models.QuerySet[Any]], **changes: Any) -> None:
        self._queryset = queryset
        self._changes = changes

    def run(self, **values: Any) -> int:
        """Answers how many rows there were to update."""
        database = connections[DEFAULT_DB_ALIAS]
        parameters = self._statement.filled(values, database)
        with database.cursor() as cursor:
            cursor.execute(self._statement.sql, parameters)
            return int(cursor.rowcount)

    @cached_property
    def _statement(self) -> _Statement:
        query: Any = self._queryset().query.chain(UpdateQuery)
        query.add_update_values(self._changes)
        return _Statement.of(*_compiler_of(query).as_sql())


# Fields whose values are what a database's driver takes, and that `save()` fills in nowhere.
_PLAIN_FIELDS = (models.CharField, models.TextField, models.BooleanField, models.IntegerField)


def insert(row: models.Model) -> None:
    """INSERT, as `save(force_insert=True)` does it, but without signals.

    A number that the database gives as the key is not read back. Raises `IntegrityError`.
    """
    database = connections[DEFAULT_DB_ALIAS]
    sql, plain, others = _insertion(type(row))
    values = {name: getattr(row, name) for name in plain}
    for name, field in others:
        values[name] = field.get_db_prep_save(field.pre_save(row, True), database)
    with database.cursor() as cursor:
        cursor.execute(sql, values)
    row._state.adding = False
    row._state.db = DEFAULT_DB_ALIAS


@cache
def _insertion(
    model: type[models.Model],
) -> tuple[str, Sequence[str], Sequence[tuple[str, models.Field[Any, Any]]]]:
    quoted = connections[DEFAULT_DB_ALIAS].ops.quote_name
    meta = model._meta
    fields = [field for field in meta.local_concrete_fields if field is not meta.auto_field]
    columns = ", ".join(quoted(field.column or field.name) for field in fields)
    blanks = ", ".join(f"%({field.attname})s" for field in fields)
    sql = f"INSERT INTO {quoted(meta.db_table)} ({columns}) VALUES ({blanks})"  # noqa: S608 - our own names
    plain = [field.attname for field in fields if type(field) in _PLAIN_FIELDS]
    others = [(field.attname, field) for field in fields if type(field) not in _PLAIN_FIELDS]
    return sql, plain, others
