"""What a filter says, once it is read. Every name in it is resolved, every value checked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from provisioning.paths import AttributePath

# In the form in which values are compared (`provisioning.comparable`).
Value: TypeAlias = str | bool | datetime


class Operator(StrEnum):
    """The operators of RFC 7644, Table 3. `pr` is `Present`, and `ne` is not `eq`."""

    EQ = "eq"
    CO = "co"
    SW = "sw"
    EW = "ew"
    GT = "gt"
    GE = "ge"
    LT = "lt"
    LE = "le"

    @property
    def is_about_order(self) -> bool:
        return self in {Operator.GT, Operator.GE, Operator.LT, Operator.LE}

    @property
    def is_about_letters(self) -> bool:
        return self in {Operator.CO, Operator.SW, Operator.EW}


@dataclass(frozen=True)
class Comparison:
    """Some value of the attribute stands in this relation to `value`."""

    path: AttributePath
    operator: Operator
    value: Value


@dataclass(frozen=True)
class Present:
    """The attribute has a value, and not only an empty text (`pr`)."""

    path: AttributePath


@dataclass(frozen=True)
class Not:
    operand: Filter


@dataclass(frozen=True)
class And:
    """All of them; with none, everything."""

    operands: tuple[Filter, ...]


@dataclass(frozen=True)
class Or:
    """One of them at least; with none, nothing."""

    operands: tuple[Filter, ...]


@dataclass(frozen=True)
class ValuePath:
    """One element of a multi-valued attribute satisfies the whole of `filter`.

    The paths in `filter` name sub-attributes: `emails.type` for `type`.
    """

    path: AttributePath
    filter: Filter


Filter: TypeAlias = Comparison | Present | Not | And | Or | ValuePath
