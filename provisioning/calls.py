"""A call of a directory and its answer, apart from HTTP: Bulk makes many of one request."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import OperationalError
from django.http import QueryDict

from database.statements import PlanUseless
from provisioning.authentication import Directory
from provisioning.dialects import Dialect
from provisioning.errors import NoSuchEndpoint, NotUnique, ScimError
from provisioning.limits import MAX_BODY_BYTES
from provisioning.models import Operation
from provisioning.paging import Query

logger = logging.getLogger(__name__)

ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Call:
    """What a directory wants. `id` and `body` are its own words, not looked at yet."""

    directory: Directory
    query: Query
    id: str = ""
    body: Any = None
    if_match: str = ""
    if_none_match: str = ""
    dialect: Dialect = Dialect.OTHER


@dataclass(frozen=True, slots=True)
class Answer:
    """What it gets, and what the log says about it."""

    status: int = 200
    body: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    resource_id: uuid.UUID | None = None
    # Whom it was about, as the console shows them.
    subject: str = ""
    changes: Mapping[str, Any] = field(default_factory=dict)
    # Of a Bulk request: what it did, one by one.
    parts: Sequence[Part] = ()
    # What was called is no endpoint.
    is_nowhere: bool = False
    # Finds whoever has the name that somebody new was to have.
    holder: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def refusal(cls, error: ScimError) -> Answer:
        return cls(
            error.status,
            error.to_dict(),
            error.headers,
            is_nowhere=isinstance(error, NoSuchEndpoint),
            holder=error.holder if isinstance(error, NotUnique) else {},
        )


@dataclass(frozen=True, slots=True)
class Part:
    """A call, or one operation of a Bulk request, for the log."""

    method: str
    operation: Operation
    resource_type: str
    id: str
    answer: Answer
    # Of a creation: whom it is about, as long as they have no id (`provisioning.newcomers`).
    newcomer: str = ""


Handler = Callable[[Call], Answer]


@dataclass(frozen=True, slots=True)
class Method:
    """What an HTTP method does at an endpoint."""

    operation: Operation
    handle: Handler
    takes_body: bool = False
    max_bytes: int = MAX_BODY_BYTES
    # What of the address's query it looks at.
    read_query: Callable[[QueryDict], Query] = Query.from_parameters

    def run(self, call: Call) -> Answer:
        """The handler's answer. A deadlock's victim tries again before anybody notices, and so does
        whoever met a plan that is of no use any more.

        Every change is one transaction, and the victim's is rolled back. Bulk is many, and tries
        again operation by operation.
        """
        attempts = 1 if self.operation is Operation.BULK else ATTEMPTS
        for attempt in range(1, attempts):
            try:
                return self.handle(call)
            except OperationalError as error:
                if not _is_passing(error):
                    raise
                logger.info("A call of a directory is tried again", extra={"attempt": attempt})
        return self.handle(call)


def _is_passing(error: OperationalError) -> bool:
    # PostgreSQL's deadlock_detected and serialization_failure.
    is_victim = getattr(error.__cause__, "sqlstate", "") in {"40P01", "40001"}
    return is_victim or isinstance(error, PlanUseless)


Methods = Mapping[str, Method]
