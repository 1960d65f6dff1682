"""/Bulk (RFC 7644, section 3.7): many operations in one request, each a change of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from provisioning.addresses import base_url
from provisioning.authentication import as_it_is_now
from provisioning.calls import Answer, Call, Method, Methods, Part
from provisioning.endpoints import OF_RESOURCE
from provisioning.errors import InvalidSyntax, InvalidValue, NotFound, PayloadTooLarge, ScimError
from provisioning.limits import BULK_MAX_BYTES, BULK_MAX_OPERATIONS
from provisioning.messages import is_deeper, require_schema
from provisioning.models import Operation
from provisioning.paging import Query
from provisioning.paths import shown
from provisioning.rate_limit import count_operations
from provisioning.schema import RESOURCE_TYPES, ResourceType

REQUEST = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
RESPONSE = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"
REFERENCE = "bulkId:"
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
    resource_type: ResourceType | None = None
    is_begun: bool = False
    # Made without the references that closed a circle; they are put in at the end.
    is_incomplete: bool = False
    # The bulkIds whose resources it needs.
    references: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        last = self.path.rpartition("/")[2]
        self.references = frozenset(_references([self.data, last]))


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
        for step in self.steps:
            for each in self._with_what_it_needs(step):
                if self.is_over:
                    return
                self._do(each)
        for step in self.steps:
            if step.is_incomplete and step.bulk_id in self.ids and not self.is_over:
                self._complete(step)

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

    def _do(self, step: Step) -> None:
        # Promised and not there yet: such a reference closes a circle.
        missing = {
            each
            for each in step.references - self.ids.keys()
            if each in self.promised and self.promised[each].answer is None
        }
        step.is_incomplete = bool(missing)
        try:
            if step.refusal is not None:
                raise step.refusal
            method, id = _target(step, self.ids)
            data = _resolved(_without(step.data, missing) if missing else step.data, self.ids)
            step.answer = method.run(self._call(step, id, data))
        except ScimError as error:
            step.answer = Answer.refusal(error)
            self.errors += 1
            return
        if step.method == "POST" and step.bulk_id:
            self.ids[step.bulk_id] = str(step.answer.resource_id)

    def _complete(self, step: Step) -> None:
        assert step.resource_type is not None
        _collection, one = OF_RESOURCE[step.resource_type]
        made = step.answer
        try:
            data = _resolved(step.data, self.ids)
            done = one["PUT"].run(self._call(step, self.ids[step.bulk_id], data))
        except ScimError as error:
            step.answer = Answer.refusal(error)
            self.errors += 1
            return
        assert made is not None
        step.answer = replace(made, headers={**made.headers, **done.headers})

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
    fail_on_errors = names.get("failonerrors", 0)
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


def _target(step: Step, ids: Mapping[str, str]) -> tuple[Method, str]:
    """What the step's method does at its path, and the id in the path. Raises `ScimError`."""
    path = step.path.removeprefix(base_url())
    endpoint, _slash, id = path.strip("/").partition("/")
    for resource_type in RESOURCE_TYPES:
        if resource_type.endpoint == f"/{endpoint}":
            step.resource_type = resource_type
            collection, one = OF_RESOURCE[resource_type]
            method = (one if id else collection).get(step.method)
            if method is None:
                raise InvalidValue(f"{step.method} is not possible at {shown(step.path)}.")
            if step.method == "POST" and not step.bulk_id:
                raise InvalidValue("An operation with POST needs a bulkId.")
            if method.takes_body and step.data is None:
                raise InvalidSyntax(f"{step.method} needs data.")
            return method, _id(id, ids)
    raise NotFound(f"There is no endpoint {shown(step.path)}.")


def _id(text: str, ids: Mapping[str, str]) -> str:
    return _known(text, ids) if text.startswith(REFERENCE) else text


def _known(reference: str, ids: Mapping[str, str]) -> str:
    bulk_id = reference.removeprefix(REFERENCE)
    if bulk_id not in ids:
        raise InvalidValue(f"{shown(reference)} names nothing that this request has added.")
    return ids[bulk_id]


def _references(data: Any) -> Iterator[str]:
    match data:
        case str() if data.startswith(REFERENCE):
            yield data.removeprefix(REFERENCE)
        case dict():
            for value in data.values():
                yield from _references(value)
        case list():
            for value in data:
                yield from _references(value)


def _resolved(data: Any, ids: Mapping[str, str]) -> Any:
    """The data with ids in place of references. Raises `InvalidValue` where one leads nowhere."""
    match data:
        case str() if data.startswith(REFERENCE):
            return _known(data, ids)
        case dict():
            return {name: _resolved(value, ids) for name, value in data.items()}
        case list():
            return [_resolved(value, ids) for value in data]
        case _:
            return data


def _without(data: Any, unknown: set[str]) -> Any:
    """The data without what refers to these: objects whose value it is, and plain references."""
    match data:
        case dict():
            kept = {name: _without(value, unknown) for name, value in data.items()}
            return {
                name: value
                for name, value in kept.items()
                if not (_is_reference(value, unknown) or _names(value, unknown))
            }
        case list():
            return [
                _without(value, unknown)
                for value in data
                if not (_is_reference(value, unknown) or _names(value, unknown))
            ]
        case _:
            return data


def _is_reference(value: Any, unknown: set[str]) -> bool:
    return (
        isinstance(value, str)
        and value.startswith(REFERENCE)
        and value.removeprefix(REFERENCE) in unknown
    )


def _names(value: Any, unknown: set[str]) -> bool:
    return isinstance(value, dict) and _is_reference(value.get("value"), unknown)


def _report(step: Step) -> dict[str, Any]:
    """What the answer says of a step (RFC 7644, section 3.7.3)."""
    answer = step.answer
    assert answer is not None
    report: dict[str, Any] = {"method": step.method}
    if step.bulk_id:
        report["bulkId"] = step.bulk_id
    if "ETag" in answer.headers:
        report["version"] = answer.headers["ETag"]
    if step.resource_type and answer.resource_id:
        report["location"] = f"{base_url()}{step.resource_type.endpoint}/{answer.resource_id}"
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
    }[step.method]
    id = step.path.rpartition("/")[2]
    return Part(step.method, operation, step.resource_type.name, id, step.answer)
