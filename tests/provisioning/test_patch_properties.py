"""PATCH, whatever comes: held against a slow implementation, and against what must hold of any."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from provisioning.documents import validate
from provisioning.errors import ScimError
from provisioning.patch import Kind, Operation, apply_patch, read_operations
from provisioning.schema import GROUP, RESOURCE_TYPES, USER, ResourceType
from provisioning.schema.tables import CORE_USER_URN, ENTERPRISE_USER_URN
from tests.provisioning.json_values import anything, names, objects, texts
from tests.provisioning.slow_patch import Refused, Step, slow_patch

words = st.sampled_from(["a", "A", "b"])
kinds = st.sampled_from(["add", "replace", "remove"])
types = st.sampled_from(["work", "Work", "home"])
emails = st.fixed_dictionaries(
    {"value": words}, optional={"type": types, "primary": st.booleans(), "display": words}
)
name_parts = st.dictionaries(st.sampled_from(["givenName", "familyName"]), words | st.none())

step = st.one_of(
    st.builds(
        Step,
        kinds,
        st.sampled_from(["title", "department"]),
        st.none(),
        st.none(),
        words | st.none(),
    ),
    st.builds(
        Step,
        kinds,
        st.just("name"),
        st.none(),
        st.sampled_from(["givenName", "familyName"]),
        words,
    ),
    st.builds(Step, kinds, st.just("name"), st.none(), st.none(), name_parts | st.none()),
    st.builds(
        Step,
        kinds,
        st.just("emails"),
        st.none(),
        st.none(),
        st.lists(emails, max_size=3) | st.none(),
    ),
)
chosen = st.lists(
    st.tuples(st.just("type"), types)
    | st.tuples(st.just("value"), words)
    | st.tuples(st.just("primary"), st.booleans()),
    min_size=1,
    max_size=2,
).map(tuple) | types.map(lambda kind: (("type", kind),))
step_on_values = st.one_of(
    st.builds(
        Step,
        kinds,
        st.just("emails"),
        chosen | st.none(),
        st.sampled_from(["value", "type", "display"]),
        words | types | st.none(),
    ),
    st.builds(Step, kinds, st.just("emails"), chosen, st.just("primary"), st.booleans()),
    st.builds(Step, kinds, st.just("emails"), chosen, st.none(), emails | st.none()),
)
steps = st.lists(step | step_on_values | step_on_values, min_size=1, max_size=6)


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    body = draw(
        st.fixed_dictionaries(
            {"userName": st.just("bo")},
            optional={
                "title": words,
                "name": name_parts,
                "emails": st.lists(emails, min_size=1, max_size=3),
                ENTERPRISE_USER_URN: st.fixed_dictionaries({"department": words}),
            },
        )
    )
    primaries = [email for email in body.get("emails", ()) if email.get("primary")]
    for email in primaries[1:]:
        email["primary"] = False
    once: dict[Any, Any] = {
        (each["value"], each.get("type")): each for each in body.get("emails", ())
    }
    return validate({**body, "schemas": [CORE_USER_URN], "emails": list(once.values())}, USER)


def fast(document: dict[str, Any], done: list[Step]) -> dict[str, Any] | str:
    operations = [Operation(Kind(each.kind), each.path, each.value) for each in done]
    before = copy.deepcopy(document)
    try:
        return apply_patch(document, operations, USER).document
    except ScimError as refused:
        return str(refused.scim_type)
    finally:
        assert document == before


def slow(document: dict[str, Any], done: list[Step]) -> dict[str, Any] | str:
    try:
        return slow_patch(document, done)
    except Refused as refused:
        return str(refused)


@settings(max_examples=300)
@given(document=documents(), done=steps)
def test_it_does_what_the_slow_one_does(document: dict[str, Any], done: list[Step]):
    """One by one, so that a refusal does not hide what the next would do, and all at once."""
    assert fast(document, done) == slow(document, done)
    for each in done:
        after = fast(document, [each])
        assert after == slow(document, [each])
        document = after if isinstance(after, dict) else document


@given(document=documents(), done=steps)
def test_what_comes_out_could_have_been_sent(document: dict[str, Any], done: list[Step]):
    after = fast(document, done)
    if isinstance(after, dict):
        assert validate({**after, "schemas": [CORE_USER_URN]}, USER) == after


@given(document=documents(), once=step)
def test_doing_it_twice_is_doing_it_once(document: dict[str, Any], once: Step):
    """For paths without a filter: with one, a change may be what makes it choose differently."""
    after = fast(document, [once])
    if isinstance(after, dict):
        assert fast(document, [once, once]) == after


paths = (
    st.none() | names | texts | st.builds('{}[{} eq "{}"].{}'.format, names, names, texts, names)
)
operations = st.lists(
    st.builds(Operation, st.sampled_from(Kind), paths, objects | anything), max_size=4
)


@given(
    resource_type=st.sampled_from(RESOURCE_TYPES),
    document=documents(),
    done=operations,
)
def test_whatever_comes_is_done_or_refused(
    resource_type: ResourceType, document: dict[str, Any], done: list[Operation]
):
    if resource_type is GROUP:
        document = {"displayName": "Sales"}
    try:
        after = apply_patch(document, done, resource_type, present_members=list).document
    except ScimError as error:
        assert error.status == 400  # noqa: PT017 - either outcome is right
    else:
        again = {**after, "schemas": [resource_type.schema.id]}
        assert validate(again, resource_type) == after


@given(
    body=anything
    | objects
    | st.fixed_dictionaries(
        {
            "schemas": st.just(["urn:ietf:params:scim:api:messages:2.0:PatchOp"]),
            "Operations": st.lists(objects | anything) | anything,
        }
    )
)
def test_whatever_comes_is_an_envelope_or_is_refused(body: Any):
    try:
        assert read_operations(body)
    except ScimError as error:
        assert error.status == 400  # noqa: PT017 - either outcome is right
