"""/Bulk (RFC 7644, section 3.7): many operations in one request, each a change of its own."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

from provisioning.adapters import location_of
from provisioning.addresses import base_url
from provisioning.authentication import as_it_is_now
from provisioning.calls import Answer, Call, Method, Methods, Part
from provisioning.crowding import require_room
from provisioning.dialects import operations_alone
from provisioning.endpoints import OF_RESOURCE
from provisioning.errors import (
    InvalidSyntax,
    InvalidValue,
    NotFound,
    PayloadTooLarge,
    ScimError,
    Unexpected,
)
from provisioning.handlers.bulk_ids import references, resolved, without
from provisioning.limits import BULK_MAX_BYTES, BULK_MAX_OPERATIONS
from provisioning.messages import is_deeper, require_schema
from provisioning.models import Operation
from provisioning.newcomers import newcomer_of
from provisioning.paging import Query
from provisioning.paths import shown
from provisioning.rate_limit import count_operations
from provisioning.schema import RESOURCE_TYPES, ResourceType

logger = logging.getLogger(__name__)

REQUEST = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
RESPONSE = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"
METHODS = ("POST", "PUT", "PATCH", "DELETE")
# No resource and no PATCH nests half as deep.
MAX_DEPTH = 20


@dataclass(slots=True)
class Step:
    """One operation of the request, on its way to an answer."""

    method: str
    path: str
    bulk_id: str
    version: str
    data: Any
    # What is wrong with it in itself; the others are done all the same.
    refusal: ScimError | None = None
    answer: Answer | None = None
    # Whom its path names.
    resource_type: ResourceType | None = None
    id: str = ""
    is_begun: bool = False
    # Made without the references that closed a circle; they are put in at the end.
    is_incomplete: bool = False
    # The bulkIds whose resources it needs.
    references: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        last = self.path.rpartition("/")[2]
        self.references = frozenset(references([self.data, last]))


@dataclass(slots=True)
class Run:
    """The operations of one request, and what has become of them so far."""

    call: Call
    steps: list[Step]
    fail_on_errors: int
    ids: dict[str, str] = field(default_factory=dict)
    errors: int = 0
    # By bulkId: what is or will be added.
    promised: dict[str, Step] = field(init=False)

    def __post_init__(self) -> None:
        self.promised = {step.bulk_id: step for step in self.steps if step.method == "POST"}

    @property
    def is_over(self) -> bool:
        return 0 < self.fail_on_errors <= self.errors

    def work(self) -> None:
        """Do every step once what it refers to is there.

        The order is that of the request as far as references allow (RFC 7644, section 3.7.1): what
        a step refers to is done before it, and in a circle the first of it begins.
        """
        for step in self._in_order():
            if self.is_over:
                break
            self._attempt(step, self._do)
        # However many errors there were: what is begun is finished.
        for step in self.steps:
            if step.is_incomplete and step.bulk_id in self.ids:
                self._attempt(step, self._complete)

    def _in_order(self) -> Iterator[Step]:
        for step in self.steps:
            yield from self._with_what_it_needs(step)

    def _with_what_it_needs(self, step: Step) -> Iterator[Step]:
        """The step behind those it needs, each once. By a list, since chains may be long."""
        path = [step]
        while path:
            last = path[-1]
            if last.answer is None and not last.is_begun:
                last.is_begun = True
                needed = (self.promised.get(each) for each in sorted(last.references))
                path += [each for each in needed if each is not None and not each.is_begun]
                if path[-1] is not last:
                    continue
            path.pop()
            if last.answer is None:
                yield last

    def _attempt(self, step: Step, work: Callable[[Step], Answer]) -> None:
        """Answer the step. What goes wrong costs it alone: what the others did stays done."""
        made = step.answer
        try:
            step.answer = work(step)
            return
        except ScimError as error:
            refusal = Answer.refusal(error)
        except Exception:
            logger.exception("An operation of a Bulk request failed")
            refusal = Answer.refusal(Unexpected())
        self.errors += 1
        # Somebody who was added before that is there, and whoever asked has to know them.
        step.answer = replace(refusal, resource_id=made.resource_id) if made else refusal

    def _do(self, step: Step) -> Answer:
        # Promised and not there yet: such a reference closes a circle.
        missing = {
            each
            for each in step.references - self.ids.keys()
            if each in self.promised and self.promised[each].answer is None
        }
        step.is_incomplete = bool(missing)
        method = _target(step, self.ids)
        require_room()
        data = resolved(without(step.data, missing) if missing else step.data, self.ids)
        if step.method == "PATCH":
            data = operations_alone(data)
        answer = method.run(self._call(step, step.id, data))
        if step.method == "POST":
            self.ids[step.bulk_id] = str(answer.resource_id)
        return answer

    def _complete(self, step: Step) -> Answer:
        made = step.answer
        assert step.resource_type is not None
        assert made is not None
        _collection, one = OF_RESOURCE[step.resource_type]
        data = resolved(step.data, self.ids)
        done = one["PUT"].run(self._call(step, self.ids[step.bulk_id], data))
        return replace(made, headers={**made.headers, **done.headers})

    def _call(self, step: Step, id: str, data: Any) -> Call:
        return Call(
            directory=as_it_is_now(self.call.directory),
            query=Query(),
            id=id,
            body=data,
            if_match=step.version,
            dialect=self.call.dialect,
        )


def _bulk(call: Call) -> Answer:
    run = Run(call, *_read(call.body))
    # The request itself is counted already.
    count_operations(call.directory.organization.pk, len(run.steps) - 1)
    run.work()
    done = [step for step in run.steps if step.answer is not None]
    return Answer(
        body={"schemas": [RESPONSE], "Operations": [_report(step) for step in done]},
        subject="Bulk",
        changes={"operations": {"done": len(done), "refused": run.errors}},
        parts=[part for step in done if (part := _part(step))],
    )


BULK: Methods = {"POST": Method(Operation.BULK, _bulk, takes_body=True, max_bytes=BULK_MAX_BYTES)}


def _read(body: Any) -> tuple[list[Step], int]:
    """The steps of a BulkRequest, and after how many errors it ends. Raises `InvalidSyntax` and
    `PayloadTooLarge`."""
    if not isinstance(body, dict):
        raise InvalidSyntax("A BulkRequest is an object.")
    names = {name.lower(): value for name, value in body.items()}
    require_schema(names.get("schemas"), REQUEST)
    operations = names.get("operations")
    if not isinstance(operations, list) or not operations:
        raise InvalidSyntax("Operations must be a list with something in it.")
    if len(operations) > BULK_MAX_OPERATIONS:
        raise PayloadTooLarge(f"A request may have {BULK_MAX_OPERATIONS} operations at most.")
    fail_on_errors = names.get("failonerrors")
    if fail_on_errors is None:
        fail_on_errors = 0
    if isinstance(fail_on_errors, bool) or not isinstance(fail_on_errors, int):
        raise InvalidSyntax("failOnErrors must be a whole number.")
    steps = [_step(operation) for operation in operations]
    bulk_ids = [step.bulk_id for step in steps if step.bulk_id]
    if len(set(bulk_ids)) < len(bulk_ids):
        raise InvalidSyntax("A bulkId may stand in one operation only.")
    return steps, fail_on_errors


def _step(operation: Any) -> Step:
    if not isinstance(operation, dict):
        raise InvalidSyntax("Each of Operations must be an object.")
    names = {name.lower(): value for name, value in operation.items()}
    texts = {}
    for name in ("method", "path", "bulkId", "version"):
        value = names.get(name.lower())
        if value is not None and not isinstance(value, str):
            raise InvalidSyntax(f"Operations: {name} must be text.")
        texts[name] = value or ""
    method, data = texts["method"].upper(), names.get("data")
    # References are looked for at any depth, so before anything else.
    is_too_deep = is_deeper(data, MAX_DEPTH)
    step = Step(
        method,
        texts["path"],
        texts["bulkId"],
        texts["version"],
        data=None if is_too_deep else data,
    )
    if is_too_deep:
        step.refusal = InvalidSyntax(f"data nests more than {MAX_DEPTH} levels.")
    elif method not in METHODS:
        step.refusal = InvalidSyntax(f"method must be one of {', '.join(METHODS)}.")
    elif not texts["path"]:
        step.refusal = InvalidSyntax("An operation needs a path.")
    return step


def _target(step: Step, ids: Mapping[str, str]) -> Method:
    """What the step's method does at its path; the step knows whom from then on. Raises
    `ScimError`."""
    path = step.path.removeprefix(base_url())
    endpoint, _slash, id = path.strip("/").partition("/")
    for resource_type in RESOURCE_TYPES:
        if resource_type.endpoint == f"/{endpoint}":
            step.resource_type, step.id = resource_type, resolved(id, ids)
            return _method(step)
    raise step.refusal or NotFound(f"There is no endpoint {shown(step.path)}.")


def _method(step: Step) -> Method:
    assert step.resource_type is not None
    collection, one = OF_RESOURCE[step.resource_type]
    if step.refusal is not None:
        raise step.refusal
    method = (one if step.id else collection).get(step.method)
    if method is None:
        raise InvalidValue(f"{step.method} is not possible at {shown(step.path)}.")
    if step.method == "POST" and not step.bulk_id:
        raise InvalidValue("An operation with POST needs a bulkId.")
    if method.takes_body and step.data is None:
        raise InvalidSyntax(f"{step.method} needs data.")
    return method


def _report(step: Step) -> dict[str, Any]:
    """What the answer says of a step (RFC 7644, section 3.7.3)."""
    answer = step.answer
    assert answer is not None
    report: dict[str, Any] = {"method": step.method}
    if step.bulk_id:
        report["bulkId"] = step.bulk_id
    if "ETag" in answer.headers:
        report["version"] = answer.headers["ETag"]
    # Of a refusal as well, unless it was to add somebody.
    named = "" if step.method == "POST" else quote(step.id, safe="", errors="replace")
    whom = answer.resource_id or named
    if step.resource_type and whom:
        report["location"] = location_of(step.resource_type, whom)
    report["status"] = str(answer.status)
    if answer.status >= 400:
        report["response"] = answer.body
    return report


def _part(step: Step) -> Part | None:
    if step.resource_type is None or step.answer is None:
        return None
    operation = {
        "POST": Operation.CREATE,
        "PUT": Operation.REPLACE,
        "PATCH": Operation.MODIFY,
        "DELETE": Operation.DELETE,
    }.get(step.method, Operation.OTHER)
    # What is no method may be any text, and not every text has a place in a column.
    method = step.method if step.method.isprintable() else "?"
    newcomer = newcomer_of(step.data) if operation is Operation.CREATE else ""
    return Part(method, operation, step.resource_type.name, step.id, step.answer, newcomer)
