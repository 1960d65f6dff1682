"""Bodies in JSON: those of requests read within limits, those of answers written."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, NoReturn, Protocol, cast

import orjson
from django.http import HttpRequest

from provisioning.errors import InvalidSyntax, PayloadTooLarge, UnsupportedMediaType
from provisioning.limits import MAX_BODY_BYTES

# RFC 7644, section 3.1: the first is SCIM's own, the second is to be understood as well.
MEDIA_TYPES = frozenset({"application/scim+json", "application/json"})


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


def read_body(request: HttpRequest, limit: int = MAX_BODY_BYTES) -> Any:
    """The JSON value in a request's body.

    Raises `UnsupportedMediaType`, `PayloadTooLarge` beyond `limit` bytes, and `InvalidSyntax` for
    what is no JSON in UTF-8 (RFC 8259), or nested deeper than any message of SCIM is.
    """
    if request.content_type and request.content_type.lower() not in MEDIA_TYPES:
        raise UnsupportedMediaType("Send application/scim+json or application/json.")
    declared = request.META.get("CONTENT_LENGTH") or "0"
    # isdigit() is true of ², which is no number to int().
    if declared.isdecimal() and int(declared) > limit:
        raise _too_large(limit)
    try:
        raw = _stream(request).read(limit + 1)
    except OSError as error:
        raise InvalidSyntax("The body ended before it was complete.") from error
    if len(raw) > limit:
        raise _too_large(limit)
    return parse_json(raw)


def _stream(request: HttpRequest) -> _Readable:
    """Where the body is. One that comes in chunks has no length, and Django takes it for none;
    a server that sees its end says so beside it, and can be read to there."""
    if not request.META.get("CONTENT_LENGTH") and request.META.get("wsgi.input_terminated"):
        return cast("_Readable", request.META["wsgi.input"])
    return request


def parse_json(raw: bytes) -> Any:
    """A JSON value. Raises `InvalidSyntax`; a name twice in one object is an error as well, since
    readers disagree about which of them counts."""
    try:
        # Some senders begin with a byte order mark, which RFC 8259 lets readers ignore.
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidSyntax(f"The body is not UTF-8, at byte {error.start}.") from error
    if not text.strip():
        raise InvalidSyntax("The body is empty.")
    try:
        return json.loads(text, object_pairs_hook=_object, parse_constant=_no_constant)
    except RecursionError as error:
        raise InvalidSyntax("The body is nested too deeply.") from error
    except json.JSONDecodeError as error:
        raise InvalidSyntax(
            f"The body is not JSON: line {error.lineno}, column {error.colno}."
        ) from error
    except ValueError as error:  # a number of thousands of digits
        raise InvalidSyntax("The body holds a number that nothing can hold.") from error


def write_json(value: Any) -> bytes:
    """A JSON value in UTF-8, as short as it can be."""
    try:
        return orjson.dumps(value)
    except TypeError:
        # Half a surrogate pair, as a bulkId may have it, is no UTF-8. Its escape is the same in
        # Python and in JSON.
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        return text.encode(errors="backslashreplace")


def is_deeper(value: Any, levels: int) -> bool:
    """Whether a JSON value nests more lists and objects in each other than so many."""
    layer = [value]
    for _level in range(levels + 1):
        layer = [part for each in layer for part in _parts(each)]
        if not layer:
            return False
    return True


def _parts(value: Any) -> Iterable[Any]:
    match value:
        case dict():
            return value.values()
        case list():
            return value
        case _:
            return ()


def require_schema(schemas: Any, urn: str) -> None:
    """Raises `InvalidSyntax` where a message's `schemas` don't say that it is what it should be.

    URNs compare ignoring case.
    """
    named = {str(each).lower() for each in schemas} if isinstance(schemas, list) else set()
    if urn.lower() not in named:
        raise InvalidSyntax(f"schemas must be a list with {urn}.")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise InvalidSyntax("The body names an attribute twice in one object.")
    return found


def _no_constant(name: str) -> NoReturn:
    raise InvalidSyntax(f"{name} is not JSON.")


def _too_large(limit: int) -> PayloadTooLarge:
    return PayloadTooLarge(f"A body may have {limit} bytes at most.")
