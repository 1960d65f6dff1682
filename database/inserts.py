"""Rows that are added all day: as `save(force_insert=True)` adds them, but without signals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper

from database.statements import Statement

# Fields whose values are what a database's driver takes, and that `save()` fills in nowhere.
_PLAIN_FIELDS = (
    models.CharField,
    models.EmailField,
    models.TextField,
    models.BooleanField,
    models.IntegerField,
    models.PositiveIntegerField,
    models.PositiveSmallIntegerField,
)


def insert(*rows: models.Model) -> None:
    """Add a few rows. On PostgreSQL that is one statement, of whatever tables they are.

    Neighbours of one table keep their order. Call it in a transaction where there are several
    tables: SQLite adds to them one by one. Constraints are asked as ever. A number that the
    database gives as the key is not read back. Raises `IntegrityError`.
    """
    database = connections[DEFAULT_DB_ALIAS]
    if adds_by_one_statement():
        _add(rows, database)
    else:
        for _model, neighbours in groupby(rows, type):
            _add(list(neighbours), database)


def adds_by_one_statement() -> bool:
    """Whether `insert` is whole or not at all by itself, whatever tables its rows are of."""
    return connections[DEFAULT_DB_ALIAS].vendor == "postgresql"


def insert_values(model: type[models.Model], **values: Any) -> None:
    """As `insert`, of a row that nobody needs as an object: making one takes as long as the rest.

    By the names of the columns (`user_id`); the others are as their fields' defaults say, and what
    fields compute when a row is saved has to be named. Raises `IntegrityError`.
    """
    database = connections[DEFAULT_DB_ALIAS]
    insertion = _insertion((model,))
    (table,) = insertion.tables
    row = {}
    for field in table.fields:
        name = field.attname
        value = values.pop(name) if name in values else field.get_default()
        is_plain = type(field) in _PLAIN_FIELDS
        row[_name(name, 0)] = value if is_plain else field.get_db_prep_save(value, database)
    if values:
        raise TypeError(f"{model.__name__} has no {', '.join(values)}")
    insertion.statement.run(database, row)


def insert_many(rows: Sequence[models.Model]) -> None:
    """As `insert`, of one table and of however many rows: on PostgreSQL by COPY."""
    database = connections[DEFAULT_DB_ALIAS]
    table = _table(type(rows[0]))
    lines = (table.values(row, database) for row in rows)
    with database.cursor() as cursor:
        if database.vendor == "postgresql":
            copying = f"COPY {table.columns} FROM STDIN"
            with database.wrap_database_errors, cursor.copy(copying) as copy:
                for line in lines:
                    copy.write_row(line)
        else:
            cursor.executemany(_sql(type(rows[0]), 1), list(lines))


def _add(rows: Sequence[models.Model], database: BaseDatabaseWrapper) -> None:
    insertion = _insertion(tuple(type(row) for row in rows))
    values = [
        value
        for row, table in zip(rows, insertion.tables, strict=True)
        for value in table.values(row, database)
    ]
    statement = insertion.statement
    statement.run(database, dict(zip(statement.names, values, strict=True)))
    for row in rows:
        row._state.adding = False
        row._state.db = DEFAULT_DB_ALIAS


@dataclass(frozen=True, slots=True)
class _Table:
    """A model's fields: first those whose values go as they are, then the others."""

    name: str
    plain: Sequence[models.Field[Any, Any]]
    others: Sequence[models.Field[Any, Any]]

    def values(self, row: models.Model, database: BaseDatabaseWrapper) -> list[Any]:
        """Of each of `fields`, in their order."""
        return [
            *(getattr(row, field.attname) for field in self.plain),
            *(
                field.get_db_prep_save(field.pre_save(row, add=True), database)
                for field in self.others
            ),
        ]

    @property
    def fields(self) -> list[models.Field[Any, Any]]:
        return [*self.plain, *self.others]

    @property
    def columns(self) -> str:
        quoted = connections[DEFAULT_DB_ALIAS].ops.quote_name
        names = ", ".join(quoted(field.column or field.name) for field in self.fields)
        return f"{quoted(self.name)} ({names})"


@dataclass(frozen=True, slots=True)
class _Insertion:
    statement: Statement
    tables: Sequence[_Table]


def _name(attname: str, number: int) -> str:
    return f"{attname}_{number}"


@cache
def _insertion(kinds: tuple[type[models.Model], ...]) -> _Insertion:
    tables = [_table(model) for model in kinds]
    names = [
        _name(field.attname, number)
        for number, table in enumerate(tables)
        for field in table.fields
    ]
    *first, last = [_sql(model, len(list(same))) for model, same in groupby(kinds)]
    with_first = ", ".join(f"insert_{number} AS ({sql})" for number, sql in enumerate(first))
    sql = f"WITH {with_first} {last}" if first else last
    return _Insertion(Statement.of(sql, names), tables)


@cache
def _table(model: type[models.Model]) -> _Table:
    meta = model._meta
    fields = [field for field in meta.local_concrete_fields if field is not meta.auto_field]
    return _Table(
        meta.db_table,
        [field for field in fields if type(field) in _PLAIN_FIELDS],
        [field for field in fields if type(field) not in _PLAIN_FIELDS],
    )


def _sql(model: type[models.Model], rows: int) -> str:
    table = _table(model)
    blanks = ", ".join([f"({', '.join(['%s'] * len(table.fields))})"] * rows)
    return f"INSERT INTO {table.columns} VALUES {blanks}"  # noqa: S608 - our own names
