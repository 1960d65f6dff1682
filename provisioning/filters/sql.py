"""SQL that both databases understand alike, each in its own words.

PostgreSQL and SQLite keep ids, moments and JSON in different forms; what comes out of these
expressions is the same text on both. Values are parameters always, never part of a statement.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from django.db.models import BooleanField, Expression, F, Func, JSONField, Q, Subquery, TextField
from django.db.models.fields.json import KeyTextTransform, KeyTransform

Fragment: TypeAlias = tuple[str, tuple[Any, ...]]


def json_text(holder: Expression | F, *keys: str) -> Expression:
    """The text at the end of these keys; NULL where there is none."""
    return KeyTextTransform(keys[-1], json_value(holder, *keys[:-1]))


def json_value(holder: Expression | F, *keys: str) -> Expression | F:
    """The value at the end of these keys, as JSON; NULL where there is none."""
    for key in keys:
        holder = KeyTransform(key, holder)
    return holder


class _OfOneColumn(Func):
    """A text made of one column; SQLite repeats the column, which has no parameters of its own."""

    arity = 1
    output_field = TextField()
    postgresql: str
    sqlite: str

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Fragment:
        return self._filled(self.postgresql, compiler)

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Fragment:
        return self._filled(self.sqlite, compiler)

    def _filled(self, template: str, compiler: Any) -> Fragment:
        column, parameters = compiler.compile(self.source_expressions[0])
        return template.format(column), (*parameters,) * template.count("{0}")


class IdText(_OfOneColumn):
    """A UUID with its hyphens, in lower case."""

    postgresql = "({0})::text"
    sqlite = (
        "(substr({0}, 1, 8) || '-' || substr({0}, 9, 4) || '-' || substr({0}, 13, 4)"
        " || '-' || substr({0}, 17, 4) || '-' || substr({0}, 21))"
    )


class MomentText(_OfOneColumn):
    """A moment as `comparable.moment_text` writes it."""

    postgresql = """to_char({0} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
    # SQLite has no decimals where they would be zeros.
    sqlite = "(replace(substr({0} || '.000000', 1, 26), ' ', 'T') || 'Z')"


class VersionText(_OfOneColumn):
    """The version of a resource that changed at this moment, as `versions.version_of` writes it."""

    postgresql = """('W/"' || to_hex((extract(epoch FROM {0}) * 1000000)::bigint) || '"')"""
    # Each % is doubled, since parameters are filled in afterwards.
    sqlite = (
        """printf('W/"%%x"', CAST(strftime('%%s', {0}) AS INTEGER) * 1000000"""
        """ + CAST(substr({0} || '.000000', 21, 6) AS INTEGER))"""
    )


class ByCodePoint(Func):
    """A text that is ordered by its code points, in whatever language the database sorts."""

    arity = 1
    template = "%(expressions)s"

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Fragment:
        return self.as_sql(compiler, connection, template='(%(expressions)s COLLATE "C")')


class MadeAnew(Expression):
    """A text that is made where it is used, and each time again.

    For subqueries in what several parts of a statement share, such as an order: see `places.Rows`.
    """

    output_field = TextField()

    def __init__(self, make: Callable[[], Subquery]) -> None:
        super().__init__()
        self.make = make

    def resolve_expression(self, *args: Any, **kwargs: Any) -> Any:
        return self.make().resolve_expression(*args, **kwargs)


class Element(Expression):
    """The element that an `ElementExists` looks at."""

    output_field = JSONField()

    def as_sql(self, compiler: Any, connection: Any) -> Fragment:
        return "element.value", ()


class ElementExists(Expression):
    """Whether a list in a JSON column has an element that satisfies a condition on `Element()`.

    `example` is an object that such elements contain and others don't. Where the condition can be
    said like that, PostgreSQL finds them by an index.
    """

    output_field = BooleanField()

    def __init__(
        self,
        holder: F,
        keys: tuple[str, ...],
        condition: Q,
        example: dict[str, str | bool] | None = None,
    ) -> None:
        super().__init__()
        self.holder: Any = holder
        self.condition: Any = condition
        self.keys = keys
        self.example = example

    def get_source_expressions(self) -> list[Any]:
        return [self.holder, self.condition]

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        self.holder, self.condition = exprs

    def as_postgresql(self, compiler: Any, connection: Any) -> Fragment:
        found, parameters = compiler.compile(json_value(self.holder, *self.keys))
        if self.example is not None:
            return f"({found} @> %s::jsonb)", (*parameters, json.dumps([self.example]))
        # Whatever is no list counts as one of one element, as it does in SQLite.
        elements = f"jsonb_path_query({found}, '$[*]') AS element(value)"
        return self._exists(elements, parameters, compiler)

    def as_sqlite(self, compiler: Any, connection: Any) -> Fragment:
        holder, parameters = compiler.compile(self.holder)
        path = "$" + "".join(f".{json.dumps(key)}" for key in self.keys)
        return self._exists(f"json_each({holder}, %s) AS element", (*parameters, path), compiler)

    def _exists(self, elements: str, parameters: Sequence[Any], compiler: Any) -> Fragment:
        condition, more = compiler.compile(self.condition)
        return f"EXISTS (SELECT 1 FROM {elements} WHERE {condition})", (*parameters, *more)  # noqa: S608 - no value in it
