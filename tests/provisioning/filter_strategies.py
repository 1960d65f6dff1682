"""People, groups and filters for tests that hold SQL against `matches`.

Few different values, so that filters hit; among them what databases treat in ways of their own.
"""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from provisioning.schema import CUSTOM_USER, ENTERPRISE_USER
from provisioning.schema.tables import CORE_USER_URN

ENTERPRISE, CUSTOM = ENTERPRISE_USER.id, CUSTOM_USER.id

WORDS = ["a", "A", "ab", "b", "ß", "SS", "é", "E\u0301", "İ", "%", "_", "a%b", "a_b", "\\", '"',
         "'", "😀", "\uffff", "Ω", "ﬁ", "true", "null", "5", "[]", "{}", "a b", " "]  # fmt: skip
TYPES = ["work", "Work", "home"]
MOMENTS = [
    "2024-02-03T04:05:06Z",
    "2024-02-03T04:05:06.5Z",
    "2024-02-03T04:05:06.500001Z",
    "2024-02-04T00:00:00Z",
]

words = st.sampled_from(WORDS)
texts = st.one_of(words, st.just(""), st.lists(words, min_size=2, max_size=3).map("".join))


def _some(**parts: SearchStrategy[Any]) -> SearchStrategy[dict[str, Any]]:
    """An object with any of these parts."""
    return st.fixed_dictionaries({}, optional=parts)


def _list(element: SearchStrategy[Any]) -> SearchStrategy[list[Any]]:
    return st.lists(element, min_size=1, max_size=3)


def _filled(**parts: SearchStrategy[Any]) -> SearchStrategy[dict[str, Any]]:
    return _some(**parts).filter(bool)


@st.composite
def _elements(draw: DrawFn) -> list[dict[str, Any]]:
    elements = draw(
        _list(
            _filled(value=texts, type=st.sampled_from(TYPES), display=words, primary=st.just(False))
        )
    )
    if draw(st.booleans()):
        draw(st.sampled_from(elements))["primary"] = True
    return elements


_open = st.one_of(texts, st.sampled_from([5, 5.0, 0.5, True, False]))
enterprise = {
    "department": texts,
    "manager": st.fixed_dictionaries({"value": words}),
}
custom = {"location": texts, "Badge": _open, "skills": _list(_open)}
stored_documents = _some(
    **{
        "name": _filled(givenName=words, familyName=words, formatted=words),
        "displayName": words,
        "title": texts,
        "nickName": texts,
        "profileUrl": texts,
        "emails": _elements(),
        "photos": _list(_filled(value=texts, type=st.sampled_from(TYPES))),
        "addresses": _list(_filled(locality=texts, type=st.sampled_from(TYPES))),
        ENTERPRISE: _filled(**enterprise),
        CUSTOM: _filled(**custom),
    }
)

PERSON_TEXTS = [
    "userName", "externalId", "name.givenName", "name.familyName", "displayName", "title",
    "nickName", "profileUrl", "emails", "emails.type", "emails.display", "photos", "photos.type",
    "addresses.locality", "groups.display", "groups.type", "meta.resourceType", "meta.location",
    "meta.version", "schemas", "locale", "x509Certificates.type", f"{CORE_USER_URN}:nickName",
    f"{ENTERPRISE}:department", f"{ENTERPRISE}:manager", f"{ENTERPRISE}:manager.displayName",
    f"{ENTERPRISE}:manager.$ref", f"{CUSTOM}:location", f"{CUSTOM}:badge", f"{CUSTOM}:SKILLS",
]  # fmt: skip
PERSON_WHOLES = ["name", "emails", "addresses", "groups", "meta", f"{ENTERPRISE}:manager",
                 "meta.created", "emails.primary", "active", "id"]  # fmt: skip
PERSON_LISTS = {
    "emails": ["value", "type", "display", "primary"],
    "photos": ["value", "type"],
    "addresses": ["locality", "type", "primary"],
    "groups": ["value", "$ref", "display", "type"],
    "name": ["givenName", "familyName"],
    f"{ENTERPRISE}:manager": ["value", "displayName"],
    f"{CUSTOM}:skills": ["value"],
}
GROUP_TEXTS = ["displayName", "externalId", "members.display", "members.type", "meta.resourceType",
               "meta.version", "schemas"]  # fmt: skip
GROUP_WHOLES = ["members", "displayName", "meta", "meta.lastModified", "id"]
GROUP_LISTS = {"members": ["value", "$ref", "display", "type"]}

_RELATIONS = ["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"]


@st.composite
def _comparison(draw: DrawFn, texts_of: list[str], wholes: list[str], ids: list[str]) -> str:
    kind = draw(st.integers(0, 5))
    if kind <= 2:
        relation = draw(st.sampled_from(_RELATIONS))
        value = draw(st.one_of(texts, st.sampled_from(["User", "Direct", "urn:", "W/", *ids])))
        return f"{draw(st.sampled_from(texts_of))} {relation} {json.dumps(value)}"
    if kind == 3:
        name = draw(st.sampled_from([*texts_of, *wholes]))
        return f"{name} {draw(st.sampled_from(['pr', 'eq null', 'ne null']))}"
    relation = draw(st.sampled_from(_RELATIONS))
    if kind == 4:
        value = draw(st.sampled_from([*ids, *(each[:18] for each in ids), "x"]))
        holder = "groups" if "groups" in wholes else "members"
        name = draw(st.sampled_from(["id", holder, f"{holder}.$ref", "meta.location"]))
        return f"{name} {relation} {json.dumps(value)}"
    moment = draw(st.sampled_from(MOMENTS))
    name = "meta.created" if "meta.created" in wholes else "meta.lastModified"
    return f'{name} {relation} "{moment}"'


def _truth(name: str) -> SearchStrategy[str]:
    return st.sampled_from(
        [f"{name} {relation} {value}" for relation in ("eq", "ne") for value in ("true", "false")]
    )


@st.composite
def _value_path(draw: DrawFn, lists: dict[str, list[str]], ids: list[str]) -> str:
    name = draw(st.sampled_from(sorted(lists)))

    def leaf() -> str:
        part = draw(st.sampled_from(lists[name]))
        if part == "primary":
            return draw(_truth(part))
        if draw(st.booleans()):
            values = st.sampled_from([*TYPES, *ids, "User", "direct"])
            relation = draw(st.sampled_from(_RELATIONS))
            return f"{part} {relation} {json.dumps(draw(st.one_of(texts, values)))}"
        return f"{part} {draw(st.sampled_from(['pr', 'eq null', 'ne null']))}"

    inner = draw(st.sampled_from(["{}", "{} and {}", "{} or {}", "not ({})", "{} and not ({})"]))
    inner = inner.format(leaf(), leaf()) if inner.count("{}") == 2 else inner.format(leaf())
    rest = draw(st.sampled_from(["", "", "rest"]))
    return f"{name}[{inner}].{leaf()}" if rest else f"{name}[{inner}]"


def _combined(leaf: SearchStrategy[str]) -> SearchStrategy[str]:
    return st.recursive(
        leaf,
        lambda inner: st.one_of(
            inner.map("not ({})".format),
            st.builds("{} and {}".format, inner, inner),
            st.builds("{} or {}".format, inner, inner),
            st.builds("({}) and {}".format, inner, inner),
        ),
        max_leaves=5,
    )


def person_filters(ids: list[str]) -> SearchStrategy[str]:
    return _combined(
        st.one_of(
            _comparison(PERSON_TEXTS, PERSON_WHOLES, ids),
            _value_path(PERSON_LISTS, ids),
            _truth("active"),
            _truth("emails.primary"),
            st.sampled_from([f"{CUSTOM}:badge eq 5", f"{CUSTOM}:skills ne 0.5",
                             f"{CUSTOM}:badge eq true"]),
        )
    )  # fmt: skip


def group_filters(ids: list[str]) -> SearchStrategy[str]:
    return _combined(
        st.one_of(
            _comparison(GROUP_TEXTS, GROUP_WHOLES, ids),
            _value_path(GROUP_LISTS, ids),
        )
    )
