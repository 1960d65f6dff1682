"""Filters: read (`parser`), held against a document (`evaluate`), turned into SQL (`compile`)."""

from provisioning.filters.ast import (
    And,
    Comparison,
    Filter,
    Not,
    Operator,
    Or,
    Present,
    ValuePath,
)
from provisioning.filters.compile import compile_filter, names_one
from provisioning.filters.evaluate import matches, matches_element
from provisioning.filters.parser import parse_filter, parse_value_filter, split_value_path

__all__ = [
    "And",
    "Comparison",
    "Filter",
    "Not",
    "Operator",
    "Or",
    "Present",
    "ValuePath",
    "compile_filter",
    "matches",
    "matches_element",
    "names_one",
    "parse_filter",
    "parse_value_filter",
    "split_value_path",
]
