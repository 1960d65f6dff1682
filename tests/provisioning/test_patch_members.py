"""What a PATCH does to the members of a group."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.errors import InvalidFilter, InvalidValue, NoTarget, NotMutable, ScimError
from provisioning.patch import Kind, MembersChange, Operation, apply_patch
from provisioning.schema import GROUP, USER

NAMES = {"1": "Ana", "2": "Bo", "3": "Cy", "4": "Di"}


def elements(ids: Iterable[str]) -> list[dict[str, Any]]:
    return [{"value": each, "display": NAMES[each], "type": "User"} for each in sorted(ids)]


def fold(*operations: tuple[Any, ...], present: Any = None) -> MembersChange:
    done = [Operation(Kind(kind), *rest) for kind, *rest in operations]
    change = apply_patch({"displayName": "Sales"}, done, GROUP, present_members=present).members
    assert change is not None
    return change


def values(*ids: str) -> list[dict[str, Any]]:
    return [{"value": each} for each in ids]


@pytest.mark.parametrize(
    ("operations", "expected"),
    [
        ([("add", "members", values("1", "2"))], MembersChange(added=("1", "2"))),
        ([("add", None, {"members": values("1")})], MembersChange(added=("1",))),
        ([("add", "MEMBERS", values("1", "1"))], MembersChange(added=("1",))),
        ([("add", "members", [])], MembersChange()),
        ([("add", 'members[value eq "1"]', {"display": "A"})], MembersChange(added=("1",))),
        ([("remove", 'members[value eq "1"]')], MembersChange(removed=("1",))),
        (
            [("remove", 'members[value eq "1" or (value eq "2" or value eq "3")]')],
            MembersChange(removed=("1", "2", "3")),
        ),
        ([("remove", "members", values("1", "2"))], MembersChange(removed=("1", "2"))),
        ([("remove", "members", [])], MembersChange()),
        ([("remove", "members")], MembersChange(is_replaced=True)),
        ([("replace", "members", values("1"))], MembersChange(is_replaced=True, added=("1",))),
        ([("replace", "members", [])], MembersChange(is_replaced=True)),
        ([("replace", None, {"members": None})], MembersChange(is_replaced=True)),
        (
            [("add", "members", values("1")), ("remove", 'members[value eq "1"]')],
            MembersChange(removed=("1",)),
        ),
        (
            [("remove", 'members[value eq "1"]'), ("add", "members", values("1"))],
            MembersChange(added=("1",)),
        ),
        (
            [("replace", "members", values("1", "2")), ("remove", 'members[value eq "1"]')],
            MembersChange(is_replaced=True, added=("2",)),
        ),
        (
            [
                ("remove", "members", values("3")),
                ("add", "members", values("4")),
                ("remove", "members"),
            ],
            MembersChange(is_replaced=True),
        ),
        ([("replace", "displayName", "Law")], MembersChange()),
    ],
)
def test_operations_are_folded(operations: list[tuple[Any, ...]], expected: MembersChange):
    assert fold(*operations) == expected


def test_a_change_is_true_if_it_changes_something():
    assert not MembersChange()
    assert MembersChange(is_replaced=True)
    assert MembersChange(added=("1",))
    assert MembersChange(removed=("1",))


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ('members[display eq "bo"]', MembersChange(removed=("2",))),
        ('members[type eq "User"]', MembersChange(removed=("1", "2"))),
        ('members[type eq "Group"]', MembersChange()),
        ('members[not (value eq "1")]', MembersChange(removed=("2",))),
        ('members[value eq "1" and display eq "Bo"]', MembersChange()),
        ('members[value eq "1" or display eq "Bo"]', MembersChange(removed=("1", "2"))),
    ],
)
def test_other_filters_choose_among_the_present_members(path: str, expected: MembersChange):
    assert fold(("remove", path), present=lambda: elements(["1", "2"])) == expected


def test_present_members_are_loaded_once():
    loaded = []

    def present() -> Iterable[Any]:
        loaded.append(1)
        return elements(["1", "2", "3"])

    change = fold(
        ("remove", 'members[display eq "Ana"]'),
        ("remove", 'members[display eq "Bo"]'),
        present=present,
    )

    assert change == MembersChange(removed=("1", "2"))
    assert len(loaded) == 1


def test_members_are_not_loaded_for_what_names_them():
    def present() -> Iterable[Any]:
        raise AssertionError("loaded")

    change = fold(
        ("add", "members", values("1")),
        ("remove", 'members[value eq "2" or value eq "3"]'),
        ("remove", "members"),
        ("remove", 'members[type eq "User"]'),
        present=present,
    )

    assert change == MembersChange(is_replaced=True)


@pytest.mark.parametrize(
    ("operation", "error", "message"),
    [
        (("add", "members", [{"display": "Bo"}]), InvalidValue, "needs a value"),
        (("remove", "members", [{"display": "Bo"}]), InvalidValue, "needs a value"),
        (("add", "members", [{"value": 7}]), InvalidValue, "members.value must be a string"),
        (("add", "members", ["1"]), InvalidValue, "members must be an object"),
        (("add", "members", values("1")[0]), InvalidValue, "members must be a list"),
        (("add", "members", [{"value": "1", "type": "Group"}]), InvalidValue, "Groups can't be"),
        (("replace", "members.value", "1"), NotMutable, "A member is who it is"),
        (("remove", 'members[value eq "1"].value'), NotMutable, "A member is who it is"),
        (("replace", 'members[value eq "1"]', {"value": "2"}), NotMutable, "A member is who it is"),
        (("replace", 'members[value eq "1"].display', "x"), NotMutable, "read-only"),
        (("add", 'members[value sw "1"]', {"type": "User"}), NoTarget, "No value of members"),
        (("add", 'members[type eq "User"]', {"display": "x"}), InvalidValue, "needs a value"),
        (("remove", 'members[display eq "Bo"]'), NoTarget, "chosen by their value"),
        (("remove", 'members[nobody eq "Bo"]'), InvalidFilter, "no attribute"),
    ],
)
def test_refusals(operation: tuple[Any, ...], error: type[ScimError], message: str):
    with pytest.raises(error, match=message):
        fold(operation)


def test_a_user_has_no_members():
    assert apply_patch({"userName": "bo"}, [Operation(Kind.REMOVE, "title")], USER).members is None


ids = st.lists(st.sampled_from(sorted(NAMES)), max_size=3)
member_operations = st.lists(
    st.one_of(
        st.tuples(st.just("add"), ids),
        st.tuples(st.just("replace"), ids),
        st.tuples(st.just("remove"), ids),
        st.tuples(st.just("clear"), st.just([])),
        st.tuples(
            st.just("named"), st.lists(st.sampled_from(sorted(NAMES)), min_size=1, max_size=2)
        ),
    ),
    max_size=6,
)


@given(before=st.sets(st.sampled_from(sorted(NAMES))), steps=member_operations)
def test_folding_is_the_same_as_doing_one_after_the_other(
    before: set[str], steps: list[tuple[str, list[str]]]
):
    now, operations = set(before), []
    for what, chosen in steps:
        match what:
            case "add":
                now |= set(chosen)
                operations.append(("add", "members", values(*chosen)))
            case "replace":
                now = set(chosen)
                operations.append(("replace", "members", values(*chosen)))
            case "remove":
                now -= set(chosen)
                operations.append(("remove", "members", values(*chosen)))
            case "clear":
                now = set()
                operations.append(("remove", "members"))
            case "named":
                # Whoever was added by this very message has no name yet.
                added_here = {
                    each
                    for past, theirs in steps[: len(operations)]
                    if past in {"add", "replace"}
                    for each in theirs
                }
                chosen = [each for each in chosen if each not in added_here]
                now -= set(chosen)
                names = " or ".join(f'display eq "{NAMES[each]}"' for each in chosen)
                operations.append(("remove", f"members[{names or 'not (type pr)'}]"))

    change = fold(*operations, present=lambda: elements(before))

    after = (set() if change.is_replaced else before) - set(change.removed) | set(change.added)
    assert after == now
    assert not set(change.added) & set(change.removed)
    assert not (change.is_replaced and change.removed)
