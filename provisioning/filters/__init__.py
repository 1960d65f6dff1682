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
    "matches",
    "matches_element",
    "parse_filter",
    "parse_value_filter",
    "split_value_path",
]
