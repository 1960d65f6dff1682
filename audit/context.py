"""What is known of the request in which something happens: its id and where it came from."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RequestContext:
    """`request_id` names a request in answers, log lines and events; `address` is the client's,
    `client` what its browser calls itself."""

    request_id: str = ""
    address: str | None = None
    source: str = "system"
    client: str = ""


_OUTSIDE = RequestContext()
_current: ContextVar[RequestContext] = ContextVar("request_context", default=_OUTSIDE)


def current_context() -> RequestContext:
    return _current.get()


def new_request_id() -> str:
    return uuid.uuid4().hex


@contextmanager
def request_context(context: RequestContext) -> Iterator[RequestContext]:
    token = _current.set(context)
    try:
        yield context
    finally:
        _current.reset(token)
