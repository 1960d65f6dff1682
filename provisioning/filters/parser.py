"""Reading filters: RFC 7644, section 3.4.2.2, Figure 1.

What can be said in two ways is one in the tree, so that whoever evaluates it meets fewer cases:

- `ne` is `not (… eq …)`. An attribute without a value differs from every value, and one of several
  values differs when none of them is equal.
- `eq null` is `not (… pr)`, and `ne null` is `pr`.
- `emails eq "x"` is `emails.value eq "x"`, as is any complex attribute with a `value`.
- `emails[type eq "work"].value eq "x"`, which Entra ID sends, is `emails[type eq "work" and value
  eq "x"]`, and so is `emails[type eq "work"] eq "x"`, which Microsoft's documentation shows.
- `name[familyName eq "x"]`, of a single value, is `name pr and name.familyName eq "x"`.
- `schemas` has the core schema always, and an extension where one of its attributes has a value.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime

from provisioning.comparable import moment, open_text, text_key
from provisioning.errors import InvalidFilter
from provisioning.filters.ast import (
    And,
    Comparison,
    Filter,
    Not,
    Operator,
    Or,
    Present,
    Value,
    ValuePath,
)
from provisioning.filters.evaluate import holds
from provisioning.filters.lexer import Kind, Token, tokens
from provisioning.paths import AttributePath, UnknownPath, parse_path, shown
from provisioning.schema import Attribute, ResourceType, Schema, Type
from provisioning.schema.tables import VALUE

MAX_DEPTH = 50
MAX_COMPARISONS = 100

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_MAX_DIGITS = 100
_WORDS = {"true": True, "false": False, "null": None}
_OPERATORS = frozenset(Operator)
_COMPARED = _OPERATORS | {"ne"}
# `schemas` is no attribute that a schema would list (RFC 7643, section 3.1).
_SCHEMAS = Attribute("schemas", type=Type.REFERENCE, multi_valued=True)

NOTHING = Or(())

_Literal = str | int | float | bool | None
_Leaf = Comparison | Present


def parse_filter(
    text: str, resource_type: ResourceType, *, beside: Iterable[ResourceType] = ()
) -> Filter:
    """The filter that `text` says about resources of this type. Raises `InvalidFilter`.

    Where other types are searched `beside` it, their attributes may be named too: a resource of
    this type has no value for them (RFC 7644, section 3.4.2.1).
    """
    return _Parser(text, _ResourceScope(resource_type, tuple(beside))).whole()


def parse_value_filter(text: str, attribute: Attribute) -> Filter:
    """The filter that `text`, from between brackets, says about one element of `attribute`.

    Raises `InvalidFilter`.
    """
    return _Parser(text, _ElementScope(AttributePath(attribute))).whole()


def split_value_path(text: str) -> tuple[str, str | None, str | None]:
    """A PATCH path in its parts: the attribute, what is in the brackets, the sub-attribute.

    Brackets between quotation marks are text. Raises `InvalidFilter` if brackets don't pair up or
    something else than a sub-attribute follows them.
    """
    found = tokens(text)
    brackets = [each for each in found if each.kind is Kind.MARK and each.value in "[]"]
    if not brackets:
        return text, None, None
    if [each.value for each in brackets] != ["[", "]"]:
        raise InvalidFilter(f"{shown(text)} is no path: one pair of brackets at most.")
    opening, closing = brackets
    inside, rest = text[opening.end : closing.start], text[closing.end :]
    if rest and not rest.startswith("."):
        raise InvalidFilter(f"{shown(rest)} can't follow the brackets of a path.")
    return text[: opening.start], inside, rest[1:] if rest else None


class _ResourceScope:
    """Names stand for attributes of the resource."""

    def __init__(self, resource_type: ResourceType, beside: tuple[ResourceType, ...] = ()) -> None:
        self.resource_type = resource_type
        self.beside = beside

    def path(self, name: str) -> AttributePath:
        """Raises `UnknownPath`."""
        if name.lower() == _SCHEMAS.name:
            return AttributePath(_SCHEMAS)
        try:
            return parse_path(name, self.resource_type)
        except UnknownPath:
            for other in self.beside:
                with suppress(UnknownPath):
                    return parse_path(name, other)
            raise

    def is_strange(self, path: AttributePath) -> bool:
        """Whether it is an attribute of another type, of which this one has no value."""
        if path.schema is not None:
            return path.schema not in self.resource_type.schemas
        own = self.resource_type.attribute(path.attribute.name)
        return path.attribute is not _SCHEMAS and path.attribute is not own

    def spelled_out(self, leaf: _Leaf) -> Filter:
        """`schemas` in terms of what a document holds; anything else as it is."""
        if self.is_strange(leaf.path):
            return NOTHING
        if leaf.path.attribute is not _SCHEMAS:
            return leaf
        return Or(
            tuple(
                And(()) if schema is self.resource_type.schema else Present(_extension(schema))
                for schema in self.resource_type.schemas
                if isinstance(leaf, Present) or holds(leaf, schema.id)
            )
        )


class _ElementScope:
    """Names stand for sub-attributes of one value of an attribute."""

    def __init__(self, path: AttributePath) -> None:
        self.attribute = path.attribute
        # An element is looked at by itself, out of the extension that it may come from.
        self.schema = path.schema if _is_single(path.attribute) else None

    def path(self, name: str) -> AttributePath:
        """Raises `UnknownPath`."""
        sub = self.attribute.sub(name)
        if sub is None and not self.attribute.is_complex and name.lower() == VALUE.name:
            sub = VALUE
        if sub is None:
            raise UnknownPath(f"{self.attribute.name}.{name}")
        return AttributePath(self.attribute, sub, self.schema)

    def is_strange(self, path: AttributePath) -> bool:
        return False

    def spelled_out(self, leaf: _Leaf) -> Filter:
        return leaf


class _Parser:
    """Recursive descent, one method for each rule of the grammar; `not` binds closest, `or` last.

    Depth and number of comparisons are limited, and with them Python's stack and the statement.
    """

    def __init__(self, text: str, scope: _ResourceScope | _ElementScope) -> None:
        self.tokens = tokens(text)
        self.position = 0
        self.depth = 0
        self.comparisons = 0
        self.scope = scope

    def whole(self) -> Filter:
        filter = self._disjunction()
        if self._next is not None:
            raise InvalidFilter(f"{shown(self._next.value)} is not expected there in a filter.")
        return filter

    def _disjunction(self) -> Filter:
        operands = [self._conjunction()]
        while self._takes("or"):
            operands.append(self._conjunction())
        return operands[0] if len(operands) == 1 else Or(tuple(operands))

    def _conjunction(self) -> Filter:
        operands = [self._term()]
        while self._takes("and"):
            operands.append(self._term())
        return operands[0] if len(operands) == 1 else And(tuple(operands))

    def _term(self) -> Filter:
        if self._takes("("):
            return self._enclosed(")")
        if self._takes("not"):
            if not self._takes("("):
                raise InvalidFilter("What “not” denies stands in parentheses: not (…).")
            return Not(self._enclosed(")"))
        name = self._word("an attribute")
        path = self._path(name)
        if self._takes("["):
            return self._value_path(path)
        return self._relation(path, self.scope.spelled_out)

    def _enclosed(self, closing: str) -> Filter:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise InvalidFilter(f"A filter nests at most {MAX_DEPTH} levels.")
        inside = self._disjunction()
        if not self._takes(closing):
            raise InvalidFilter(f"A “{closing}” is missing in the filter.")
        self.depth -= 1
        return inside

    def _value_path(self, path: AttributePath) -> Filter:
        if path.sub is not None or not (path.attribute.is_complex or path.is_open):
            raise InvalidFilter(f"{shown(str(path))} has no sub-attributes to filter by.")
        outer, self.scope = self.scope, _ElementScope(path)
        is_strange = outer.is_strange(path)
        inside = self._enclosed("]")
        sub = self._takes_sub_attribute() or (VALUE.name if self._is_compared else None)
        if sub is None:
            filter = _exists(path, inside)
        else:
            filter = self._relation(
                self._path(sub), lambda leaf: _exists(path, And((inside, leaf)))
            )
        self.scope = outer
        return NOTHING if is_strange else filter

    def _path(self, name: str) -> AttributePath:
        try:
            return self.scope.path(name)
        except UnknownPath as error:
            raise InvalidFilter(str(error)) from error

    def _relation(self, path: AttributePath, completed: Callable[[_Leaf], Filter]) -> Filter:
        """An operator and what it compares with, said of `path`.

        `completed` makes a whole filter of it; what is denied is denied of the whole.
        """
        self.comparisons += 1
        if self.comparisons > MAX_COMPARISONS:
            raise InvalidFilter(f"A filter has at most {MAX_COMPARISONS} comparisons.")
        word = self._word("an operator")
        match word.lower():
            case "pr":
                return completed(Present(path))
            case "ne":
                return Not(self._comparison(path, Operator.EQ, completed))
            case name if name in _OPERATORS:
                return self._comparison(path, Operator(name), completed)
            case _:
                raise InvalidFilter(f"{shown(word)} is no operator of filters.")

    def _comparison(
        self, path: AttributePath, operator: Operator, completed: Callable[[_Leaf], Filter]
    ) -> Filter:
        literal = self._literal()
        if literal is None:
            if operator is not Operator.EQ:
                raise InvalidFilter(f"Nothing is “{operator}” null.")
            return Not(completed(Present(path)))
        compared = path.compared
        if compared is None:
            raise InvalidFilter(f"{shown(str(path))} has parts: name the one to compare.")
        return completed(Comparison(compared, operator, _value(compared, operator, literal)))

    def _literal(self) -> _Literal:
        token = self._take("a value")
        if token.kind is Kind.TEXT:
            return token.value
        word = token.value
        if word.lower() in _WORDS:
            return _WORDS[word.lower()]
        if len(word) <= _MAX_DIGITS and _NUMBER.fullmatch(word):
            number: int | float = json.loads(word)
            return number
        raise InvalidFilter(f"{shown(word)} is no value; text stands in double quotes.")

    @property
    def _next(self) -> Token | None:
        return self.tokens[self.position] if self.position < len(self.tokens) else None

    def _take(self, wanted: str) -> Token:
        token = self._next
        if token is None:
            raise InvalidFilter(f"The filter ends where {wanted} should follow.")
        self.position += 1
        return token

    def _word(self, wanted: str) -> str:
        token = self._take(wanted)
        if token.kind is not Kind.WORD:
            raise InvalidFilter(f"{shown(token.value)} stands in the filter instead of {wanted}.")
        return token.value

    def _takes(self, word: str) -> bool:
        """Whether a keyword, a parenthesis or a bracket comes next; if so, it is behind us."""
        token = self._next
        if token is None or token.kind is Kind.TEXT or token.value.lower() != word:
            return False
        self.position += 1
        return True

    @property
    def _is_compared(self) -> bool:
        token = self._next
        return token is not None and token.kind is Kind.WORD and token.value.lower() in _COMPARED

    def _takes_sub_attribute(self) -> str | None:
        """The `value` of `.value` right behind a bracket."""
        token, bracket = self._next, self.tokens[self.position - 1]
        if token is None or token.kind is not Kind.WORD or token.start != bracket.end:
            return None
        if not token.value.startswith("."):
            return None
        self.position += 1
        if token.value == ".":
            raise InvalidFilter("A sub-attribute is missing behind the dot in the filter.")
        return token.value[1:]


def _extension(schema: Schema) -> AttributePath:
    """All of an extension, which documents hold like a complex attribute named by its URN."""
    return AttributePath(Attribute(schema.id, type=Type.COMPLEX))


def _is_single(attribute: Attribute) -> bool:
    """Whether there is one value at most. An attribute of an open schema may have several."""
    return attribute.is_complex and not attribute.multi_valued


def _exists(path: AttributePath, filter: Filter) -> Filter:
    """Some value of the attribute satisfies the filter on its sub-attributes."""
    return And((Present(path), filter)) if _is_single(path.attribute) else ValuePath(path, filter)


def _value(path: AttributePath, operator: Operator, literal: str | int | float) -> Value:
    """The literal in comparable form, if the attribute's type can be compared with it this way."""
    attribute, name = path.leaf, shown(str(path))
    match attribute.type:
        case Type.BOOLEAN:
            if operator is not Operator.EQ:
                raise InvalidFilter(f"{name} is true or false: “{operator}” does not apply.")
            # Entra ID sends booleans as text.
            value = _WORDS.get(literal.lower()) if isinstance(literal, str) else literal
            if not isinstance(value, bool):
                raise InvalidFilter(f"{name} is true or false.")
            return value
        case Type.DATE_TIME:
            return _moment(name, operator, literal)
        case Type.BINARY if operator.is_about_order:
            raise InvalidFilter(f"{name} is binary: “{operator}” does not apply.")
    if isinstance(literal, str):
        return text_key(attribute, literal)
    # What type an organization gives to attributes of its own is not known.
    if path.is_open and operator is Operator.EQ:
        return text_key(attribute, open_text(literal))
    raise InvalidFilter(f"{name} is text: what it is compared with stands in double quotes.")


def _moment(name: str, operator: Operator, literal: str | int | float) -> datetime | str:
    if isinstance(literal, str):
        if operator.is_about_letters:
            return literal.upper()
        try:
            return moment(literal)
        except ValueError:
            pass
    raise InvalidFilter(f'{name} is a time, such as "2011-05-13T04:42:34Z".')
