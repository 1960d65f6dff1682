"""Filters as conditions on querysets of people and of groups."""

from __future__ import annotations

from django.db.models import Q

from provisioning.filters.ast import And, Comparison, Filter, Not, Operator, Or, ValuePath
from provisioning.filters.conditions import ALWAYS, NEVER, denied
from provisioning.filters.places import Resource, Several, resource
from provisioning.schema import ResourceType
from provisioning.schema.tables import VALUE

# Unique columns, for people and for groups.
_UNIQUE = {("id",), ("externalId",), ("userName",)}


def compile_filter(filter: Filter, resource_type: ResourceType) -> Q:
    """The condition on `User` or `DirectoryGroup` rows that `matches` tests on documents.

    It names no organization: the queryset that it is applied to does.
    """
    return _condition(filter, resource(resource_type))


def names_one(filter: Filter) -> bool:
    """Whether no more than one resource of an organization can satisfy the filter.

    So directories look somebody up: by an attribute that is unique, alone or with others.
    """
    match filter:
        case Comparison(path, Operator.EQ):
            return path.keys in _UNIQUE
        case And(operands):
            return any(names_one(operand) for operand in operands)
        case _:
            return False


def _condition(filter: Filter, where: Resource | Several) -> Q:
    match filter:
        case And(operands):
            return Q(*(_condition(each, where) for each in operands)) if operands else ALWAYS
        case Or(operands):
            parts = [_condition(each, where) for each in operands]
            return Q(*parts, _connector=Q.OR) if parts else NEVER
        case Not(operand):
            return denied(_condition(operand, where))
        case ValuePath(path, inner):
            several = where.several(path)
            assert several is not None
            return several.exists(_condition(inner, several), _example(inner))
    several = where.several(filter.path)
    if isinstance(filter, Comparison):
        if several is not None:
            return several.exists(_condition(filter, several), _example(filter))
        return where.place(filter.path).compare(filter.operator, filter.value)
    if several is None:
        return where.place(filter.path).present()
    if filter.path.leaf.is_complex:
        return several.present()
    return several.exists(_condition(filter, several), None)


def _example(filter: Filter) -> dict[str, str | bool] | None:
    """The object that an element contains if and only if it satisfies the filter, if there is one.

    A conjunction of equalities is one. That something is false is none: it may be left out.
    """
    match filter:
        case Comparison(path, Operator.EQ, str() | True as value):
            return {path.sub.name if path.sub else VALUE.name: value}
        case And(operands):
            example: dict[str, str | bool] = {}
            for operand in operands:
                part = _example(operand)
                if part is None or not part.keys().isdisjoint(example):
                    return None
                example |= part
            return example
        case _:
            return None
