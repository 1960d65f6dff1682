"""Conditions on one value, by the kind of column it is in. All of them are the same on both
databases, and the same as `evaluate` has them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeAlias

from django.db.models import (
    BooleanField,
    Case,
    CharField,
    Expression,
    F,
    Q,
    SmallIntegerField,
    Subquery,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, Concat, Left, NullIf, Right, StrIndex
from django.db.models.lookups import (
    Exact,
    GreaterThan,
    GreaterThanOrEqual,
    IsNull,
    LessThan,
    LessThanOrEqual,
)

from provisioning.filters.ast import Operator
from provisioning.filters.evaluate import stands
from provisioning.filters.sql import ByCodePoint, IdText, MomentText

Column: TypeAlias = Expression | F | Subquery

# Nothing, and everything, in any queryset.
NEVER = Q(pk__in=[])
ALWAYS = ~NEVER

# Texts are sorted by so many of their characters: a cursor carries them.
SORTED_LENGTH = 255

_IN_ORDER = {
    Operator.GT: GreaterThan,
    Operator.GE: GreaterThanOrEqual,
    Operator.LT: LessThan,
    Operator.LE: LessThanOrEqual,
}


def denied(condition: Q) -> Q:
    """`not`: in SQL what is unknown stays unknown when it is denied; in SCIM it was not true."""
    return ~Q(Coalesce(condition, Value(False), output_field=BooleanField()))


def not_empty(text: Column) -> NullIf:
    return NullIf(text, Value(""), output_field=TextField())


class Place(Protocol):
    """Where one value is. A condition may be unknown (NULL) where there is none."""

    def compare(self, operator: Operator, wanted: Any) -> Q: ...

    def present(self) -> Q: ...

    def sort_key(self) -> Column: ...


@dataclass(frozen=True)
class Text:
    """A text in comparable form."""

    column: Column

    def compare(self, operator: Operator, wanted: str) -> Q:
        length = len(wanted)
        match operator:
            case Operator.EQ:
                return Q(Exact(self.column, wanted))
            case _ if operator.is_about_letters and not wanted:
                return Q(IsNull(self.column, False))
            case Operator.CO:
                return Q(GreaterThan(StrIndex(self.column, Value(wanted)), 0))
            case Operator.SW:
                return Q(Exact(Left(self.column, length), wanted))
            case Operator.EW:
                return Q(Exact(Right(self.column, length), wanted))
            case _:
                return Q(_IN_ORDER[operator](ByCodePoint(self.column), wanted))

    def present(self) -> Q:
        return Q(IsNull(not_empty(self.column), False))

    def sort_key(self) -> Column:
        return ByCodePoint(Left(self.column, SORTED_LENGTH))


@dataclass(frozen=True)
class Identity:
    """A resource's id, in a column for UUIDs. Any other text is nobody's id."""

    column: F

    def compare(self, operator: Operator, wanted: str) -> Q:
        if operator is not Operator.EQ:
            return Text(IdText(self.column)).compare(operator, wanted)
        try:
            key = uuid.UUID(wanted)
        except ValueError:
            return NEVER
        return Q(Exact(self.column, key)) if str(key) == wanted else NEVER

    def present(self) -> Q:
        return ALWAYS

    def sort_key(self) -> Column:
        return IdText(self.column)


def address_text(prefix: str, id: F) -> Column:
    return Concat(Value(prefix), IdText(id), output_field=TextField())


@dataclass(frozen=True)
class Address:
    """A resource's address, which ends in its id."""

    prefix: str
    column: F

    def compare(self, operator: Operator, wanted: str) -> Q:
        if operator is not Operator.EQ:
            address = address_text(self.prefix, self.column)
            return Text(address).compare(operator, wanted)
        if not wanted.startswith(self.prefix):
            return NEVER
        return Identity(self.column).compare(operator, wanted.removeprefix(self.prefix))

    def present(self) -> Q:
        return ALWAYS

    def sort_key(self) -> Column:
        return IdText(self.column)


@dataclass(frozen=True)
class Moment:
    """A point in time."""

    column: F

    def compare(self, operator: Operator, wanted: datetime | str) -> Q:
        if isinstance(wanted, str):
            return Text(MomentText(self.column)).compare(operator, wanted)
        relation = _IN_ORDER.get(operator, Exact)
        return Q(relation(self.column, wanted))

    def present(self) -> Q:
        return ALWAYS

    def sort_key(self) -> Column:
        return self.column


@dataclass(frozen=True)
class Truth:
    """True or false. What nobody said is false, and only present where `given` holds."""

    condition: Q
    given: Q = ALWAYS

    def compare(self, operator: Operator, wanted: bool) -> Q:
        return self.condition if wanted else denied(self.condition)

    def present(self) -> Q:
        return self.given

    def sort_key(self) -> Column:
        return Case(When(self.condition, then=1), default=0, output_field=SmallIntegerField())


@dataclass(frozen=True)
class Constant:
    """What is the same for all."""

    text: str

    def compare(self, operator: Operator, wanted: str) -> Q:
        return ALWAYS if stands(operator, self.text, wanted) else NEVER

    def present(self) -> Q:
        return ALWAYS

    def sort_key(self) -> Column:
        # A cast, since PostgreSQL takes a bare constant for the number of a column.
        return Cast(Value(self.text), CharField())
