"""Many operations in one message: RFC 7644, section 3.7."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.provisioning.conformance.client import (
    BULK_REQUEST,
    BULK_RESPONSE,
    ENTERPRISE,
    NOBODY,
    PATCH_OP,
    Answer,
    Json,
    Scim,
    add,
    check_error,
    group,
    listed,
    remove,
    replace,
    user,
)


def post(path: str, bulk_id: str, data: Json) -> Json:
    return {"method": "POST", "path": path, "bulkId": bulk_id, "data": data}


def put(path: str, data: Json, **more: Any) -> Json:
    return {"method": "PUT", "path": path, "data": data} | more


def patch(path: str, *operations: Json, **more: Any) -> Json:
    data = {"schemas": [PATCH_OP], "Operations": list(operations)}
    return {"method": "PATCH", "path": path, "data": data} | more


def delete(path: str, **more: Any) -> Json:
    return {"method": "DELETE", "path": path} | more


def done(answer: Answer, *statuses: int) -> list[Json]:
    """The results of a BulkResponse, each as section 3.7.3 wants it, with these statuses."""
    answer.ok()
    assert answer["schemas"] == [BULK_RESPONSE]
    results = answer["Operations"]
    assert [each["status"] for each in results] == [str(each) for each in statuses], str(answer)
    for each in results:
        assert each["method"] in ("POST", "PUT", "PATCH", "DELETE"), str(answer)
        status = int(each["status"])
        if status >= 400:
            check_error(each["response"], status)
        else:
            assert each["location"].startswith("http"), str(answer)
    return results


def result_of(answer: Answer, bulk_id: str) -> Json:
    [found] = [each for each in answer["Operations"] if each.get("bulkId") == bulk_id]
    return found


def test_one_of_each(scim: Scim):
    ana, bob, cem = (scim.create_user(name) for name in ("ana", "bob", "cem"))

    results = done(
        scim.bulk(
            post("/Users", "new", user("dan")),
            put(f"/Users/{ana['id']}", ana | {"title": "Guide"}),
            patch(f"/Users/{bob['id']}", replace("title", "Tutor")),
            delete(f"/Users/{cem['id']}"),
        ),
        201, 200, 200, 204,
    )  # fmt: skip

    assert [each["method"] for each in results] == ["POST", "PUT", "PATCH", "DELETE"]
    assert results[0]["bulkId"] == "new"
    made = scim.get(results[0]["location"]).ok()
    assert made["userName"] == "dan"
    assert results[0]["version"] == made["meta"]["version"]
    assert results[1]["location"] == ana["meta"]["location"]
    assert results[1]["version"] == scim.user(ana["id"])["meta"]["version"]
    assert results[3]["location"] == cem["meta"]["location"]
    assert scim.user(ana["id"])["title"] == "Guide"
    assert scim.user(bob["id"])["title"] == "Tutor"
    scim.get(f"/Users/{cem['id']}").refused(404)


def test_groups_as_well(scim: Scim, person: Json):
    first, second = scim.create_group("A"), scim.create_group("B")

    results = done(
        scim.bulk(
            post("/Groups", "g", group("C", person["id"])),
            patch(f"/Groups/{first['id']}", add("members", [{"value": person["id"]}])),
            put(f"/Groups/{second['id']}", group("D", person["id"])),
            delete(f"/Groups/{first['id']}"),
        ),
        201, 204, 200, 204,
    )  # fmt: skip

    made = scim.get(results[0]["location"]).ok()
    assert made["displayName"] == "C"
    assert {each["display"] for each in scim.user(person["id"])["groups"]} == {"C", "D"}


def test_a_new_person_is_named_before_they_have_an_id(scim: Scim):
    """Section 3.7.2: bulkId stands for the id that will be."""
    answer = scim.bulk(
        post("/Users", "qwerty", user("alice")),
        post("/Groups", "ytrewq", group("Guides", "bulkId:qwerty")),
    )

    results = done(answer, 201, 201)
    alice = scim.get(results[0]["location"]).ok()
    assert scim.members(scim.get(results[1]["location"])["id"]) == {alice["id"]}


def test_even_before_they_are_mentioned(scim: Scim):
    answer = scim.bulk(
        post("/Groups", "ytrewq", group("Guides", "bulkId:qwerty")),
        post("/Users", "qwerty", user("alice")),
    )

    assert {each["status"] for each in answer.ok()["Operations"]} == {"201"}
    made = scim.get(result_of(answer, "ytrewq")["location"]).ok()
    alice = scim.get(result_of(answer, "qwerty")["location"]).ok()
    assert scim.members(made["id"]) == {alice["id"]}


def test_a_manager_may_be_new(scim: Scim):
    answer = scim.bulk(
        post("/Users", "boss", user("boss")),
        post("/Users", "new", user("ana", enterprise={"manager": {"value": "bulkId:boss"}})),
    )

    results = done(answer, 201, 201)
    boss, ana = (scim.get(each["location"]).ok() for each in results)
    assert ana[ENTERPRISE]["manager"]["value"] == boss["id"]
    assert ana[ENTERPRISE]["manager"]["$ref"] == boss["meta"]["location"]


def test_new_members_of_a_group_that_is_there(scim: Scim, person: Json):
    made = scim.create_group("Guides", person["id"])

    answer = scim.bulk(
        post("/Users", "a", user("ana")),
        post("/Users", "b", user("bob")),
        patch(
            f"/Groups/{made['id']}",
            add("members", [{"value": "bulkId:a"}, {"value": "bulkId:b"}]),
            remove(f'members[value eq "{person["id"]}"]'),
        ),
    )

    results = done(answer, 201, 201, 204)
    new = {scim.get(each["location"])["id"] for each in results[:2]}
    assert scim.members(made["id"]) == new


def test_two_who_name_each_other(scim: Scim):
    """A circle may be resolved or refused with 409: section 3.7.1."""
    answer = scim.bulk(
        post("/Users", "a", user("ana", enterprise={"manager": {"value": "bulkId:b"}})),
        post("/Users", "b", user("bob", enterprise={"manager": {"value": "bulkId:a"}})),
    ).ok()

    statuses = {each["status"] for each in answer["Operations"]}
    assert statuses <= {"201", "409"}
    for each in listed(scim.get("/Users")):
        assert "bulkId" not in str(each)


@pytest.mark.parametrize("value", ["bulkId:nobody", "bulkId:", "bulkId:b"])
def test_a_name_for_nobody_is_refused(scim: Scim, value: str):
    answer = scim.bulk(
        post("/Users", "b", user("")),
        post("/Groups", "g", group("Guides", value)),
    ).ok()

    assert result_of(answer, "g")["status"] in ("400", "409")
    assert listed(scim.get("/Groups")) == []


def test_a_failure_stays_alone(scim: Scim, person: Json):
    results = done(
        scim.bulk(
            post("/Users", "1", user("bjensen")),
            post("/Users", "2", user("")),
            delete(f"/Users/{NOBODY}"),
            patch(f"/Users/{person['id']}", replace("foo", "x")),
            put(f"/Users/{NOBODY}", user("x")),
            post("/Users", "3", user("new")),
        ),
        409, 400, 404, 400, 404, 201,
    )  # fmt: skip

    assert [each["response"].get("scimType") for each in results[:4]] == [
        "uniqueness",
        "invalidValue",
        None,
        "invalidPath",
    ]
    assert results[0]["bulkId"] == "1"
    assert "location" not in results[0]
    assert len(listed(scim.get("/Users"))) == 2


def test_a_failed_operation_leaves_nothing(scim: Scim, person: Json):
    before = scim.user(person["id"])

    done(
        scim.bulk(
            patch(f"/Users/{person['id']}", replace("title", "x"), replace("foo", "x")),
            post("/Groups", "g", group("Guides", person["id"], NOBODY)),
        ),
        400, 400,
    )  # fmt: skip

    assert scim.user(person["id"]) == before
    assert listed(scim.get("/Groups")) == []


@pytest.mark.parametrize(("limit", "expected"), [(1, 2), (2, 4), (3, 5), (4, 5), (100, 5)])
def test_after_so_many_failures_it_ends(scim: Scim, person: Json, limit: int, expected: int):
    """What was not tried is not in the answer: section 3.7.3."""
    answer = scim.bulk(
        post("/Users", "1", user("one")),
        post("/Users", "2", user("bjensen")),
        post("/Users", "3", user("three")),
        post("/Users", "4", user("one")),
        post("/Users", "5", user("")),
        failOnErrors=limit,
    )

    done(answer, *[201, 409, 201, 409, 400][:expected])
    assert len(listed(scim.get("/Users"))) == (2 if expected == 2 else 3)


def test_two_of_one_name_in_one_message(scim: Scim):
    done(scim.bulk(post("/Users", "1", user("ana")), post("/Users", "2", user("ANA"))), 201, 409)


def test_a_wrong_version_is_refused(scim: Scim, person: Json):
    path, version = f"/Users/{person['id']}", person["meta"]["version"]

    results = done(
        scim.bulk(
            patch(path, replace("title", "A"), version='W/"other"'),
            put(path, person, version='W/"other"'),
            delete(path, version='W/"other"'),
            patch(path, replace("title", "B"), version=version),
            patch(path, replace("title", "C"), version=version),
        ),
        412, 412, 412, 200, 412,
    )  # fmt: skip

    assert scim.user(person["id"])["title"] == "B"
    assert results[3]["version"] == scim.user(person["id"])["meta"]["version"]
    assert {each["location"] for each in results} == {person["meta"]["location"]}


def test_a_refusal_says_of_whom(scim: Scim):
    """Section 3.7.3: `location` is missing only where somebody could not be added."""
    results = done(
        scim.bulk(
            post("/Groups", "g", group("Guides")),
            patch("/Groups/bulkId:g", replace("foo", "x")),
            patch("/Groups/bulkId:nobody", replace("displayName", "x")),
            delete(f"/Users/{NOBODY}"),
            put(f"/Users/{NOBODY}", None),
            post("/Users", "u", user("")),
            delete("/Robots/1"),
            delete("/Users/no body?"),
        ),
        201, 400, 400, 404, 400, 400, 404, 404,
    )  # fmt: skip

    made = results[0]["location"]
    nobody = made.replace("Groups", "Users").rpartition("/")[0] + f"/{NOBODY}"
    assert [each.get("location") for each in results[1:]] == [
        made, None, nobody, nobody, None, None, nobody.replace(NOBODY, "no%20body%3F"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "operation",
    [
        {"path": "/Users", "bulkId": "1", "data": user("x")},
        {"method": None, "path": "/Users", "bulkId": "1", "data": user("x")},
        {"method": 5, "path": "/Users", "bulkId": "1", "data": user("x")},
        {"method": "GET", "path": "/Users"},
        {"method": "MOVE", "path": "/Users", "bulkId": "1", "data": user("x")},
        {"method": "POST", "bulkId": "1", "data": user("x")},
        {"method": "POST", "path": None, "bulkId": "1", "data": user("x")},
        {"method": "POST", "path": 5, "bulkId": "1", "data": user("x")},
        {"method": "POST", "path": "", "bulkId": "1", "data": user("x")},
        {"method": "POST", "path": "/", "bulkId": "1", "data": user("x")},
        {"method": "POST", "path": "/Robots", "bulkId": "1", "data": user("x")},
        {"method": "POST", "path": "/Bulk", "bulkId": "1", "data": user("x")},
        {"method": "POST", "path": "/Me", "bulkId": "1", "data": user("x")},
        {"method": "POST", "path": "/Schemas", "bulkId": "1", "data": user("x")},
        {"method": "POST", "path": "/Users/.search", "bulkId": "1", "data": user("x")},
        {"method": "POST", "path": f"/Users/{NOBODY}", "bulkId": "1", "data": user("x")},
        {"method": "POST", "path": "/Users/../Groups", "bulkId": "1", "data": group("x")},
        {"method": "POST", "path": "https://elsewhere.example/Users", "bulkId": "1",
            "data": user("x")},
        {"method": "PUT", "path": "/Users", "data": user("x")},
        {"method": "PATCH", "path": "/Groups", "data": {"schemas": [PATCH_OP], "Operations": []}},
        {"method": "DELETE", "path": "/Users"},
        {"method": "DELETE", "path": "/Users/"},
        {"method": "POST", "path": "/Users", "bulkId": "1"},
        {"method": "POST", "path": "/Users", "bulkId": "1", "data": None},
        {"method": "POST", "path": "/Users", "bulkId": "1", "data": "x"},
        {"method": "POST", "path": "/Users", "bulkId": "1", "data": []},
        {"method": "POST", "path": "/Users", "bulkId": "1", "data": {}},
        {"method": "POST", "path": "/Users", "data": user("x")},
        {"method": "POST", "path": "/Users", "bulkId": "", "data": user("x")},
        {"method": "POST", "path": "/Users", "bulkId": 5, "data": user("x")},
        {"method": "POST", "path": "/Users", "bulkId": {}, "data": user("x")},
        {"method": "PUT", "path": f"/Users/{NOBODY}"},
        {},
        None,
        "x",
        5,
        [],
    ],
    ids=str,
)  # fmt: skip
def test_what_is_no_operation_is_refused(scim: Scim, operation: Any):
    """As one failed operation, or with the whole message."""
    answer = scim.bulk(operation)

    if answer.status == 200:
        [result] = answer["Operations"]
        assert result["status"] in ("400", "404", "405", "501"), str(answer)
        check_error(result["response"], int(result["status"]))
    else:
        answer.refused(400, "invalidSyntax", "invalidValue")
    assert listed(scim.get("/Users")) == []
    assert listed(scim.get("/Groups")) == []


def test_a_bulk_id_is_given_once(scim: Scim):
    answer = scim.bulk(post("/Users", "1", user("ana")), post("/Users", "1", user("bob")))

    if answer.status == 200:
        assert "400" in {each["status"] for each in answer["Operations"]}
    else:
        answer.refused(400, "invalidSyntax", "invalidValue")


@pytest.mark.parametrize(
    "body",
    [
        {"schemas": [BULK_REQUEST]},
        {"schemas": [BULK_REQUEST], "Operations": None},
        {"schemas": [BULK_REQUEST], "Operations": "x"},
        {"schemas": [BULK_REQUEST], "Operations": {}},
        {"schemas": [BULK_REQUEST], "Operations": [post("/Users", "1", user("x"))],
            "failOnErrors": "x"},
        {"schemas": [BULK_REQUEST], "Operations": [post("/Users", "1", user("x"))],
            "failOnErrors": 1.5},
        {"schemas": [BULK_REQUEST], "Operations": [post("/Users", "1", user("x"))],
            "failOnErrors": True},
        {"schemas": [BULK_REQUEST], "Operations": [post("/Users", "1", user("x"))],
            "failOnErrors": []},
        {"Operations": [post("/Users", "1", user("x"))]},
        {"schemas": [PATCH_OP], "Operations": [post("/Users", "1", user("x"))]},
        [post("/Users", "1", user("x"))],
        "x",
        None,
    ],
    ids=str,
)  # fmt: skip
def test_a_message_that_is_no_bulk_is_refused(scim: Scim, body: Any):
    scim.post("/Bulk", body).refused(400, "invalidSyntax", "invalidValue")
    assert listed(scim.get("/Users")) == []


def test_a_thousand_are_enough(scim: Scim):
    done(scim.bulk(*[delete(f"/Users/{NOBODY}")] * 1000, failOnErrors=1), 404)

    refusal = scim.bulk(post("/Users", "1", user("x")), *[delete(f"/Users/{NOBODY}")] * 1000)
    assert "1000" in refusal.refused(413)["detail"]
    assert listed(scim.get("/Users")) == []


def test_a_mebibyte_is_enough(scim: Scim):
    answer = scim.bulk(post("/Users", "1", user("x")), filling="x" * 1_048_576)

    assert "1048576" in answer.refused(413)["detail"]
    assert listed(scim.get("/Users")) == []
    done(scim.bulk(post("/Users", "1", user("x")), filling="x" * 1_000_000), 201)


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_bulk_is_posted(scim: Scim, method: str):
    answer = scim.send(method, "/Bulk", content=b"{}" if method != "GET" else b"")

    assert "POST" in answer.refused(405).headers["Allow"]


def test_names_are_read_whatever_their_case(scim: Scim):
    answer = scim.post(
        "/Bulk",
        {
            "Schemas": [BULK_REQUEST],
            "operations": [
                {"METHOD": "post", "Path": "/Users", "bulkid": "1", "DATA": user("ana")}
            ],
        },
    )

    [result] = answer.ok()["Operations"]
    assert result["status"] == "201"
    assert result["bulkId"] == "1"


def test_many_new_people_and_their_group(scim: Scim):
    """Within one message, as an initial load does it."""
    people = [post("/Users", f"u{number}", user(f"person-{number}")) for number in range(60)]
    members = [f"bulkId:u{number}" for number in range(60)]

    results = done(scim.bulk(*people, post("/Groups", "g", group("All", *members))), *[201] * 61)

    made = scim.get(results[-1]["location"]).ok()
    assert len(scim.members(made["id"])) == 60


@pytest.mark.parametrize("half", ["\ud800", "a\udfff"])
def test_half_a_character_comes_back_as_it_was_sent(scim: Scim, half: str):
    """JSON can write it: what was done under such a bulkId is answered all the same."""
    results = done(
        scim.bulk(post("/Users", half, user("ana")), post(f"/{half}", "2", user("bob"))), 201, 404
    )

    assert results[0]["bulkId"] == half


def test_half_a_character_in_a_path_costs_its_operation_alone(scim: Scim):
    """Nobody has such an id: what was done beside it is answered all the same."""
    nobody = {"method": "DELETE", "path": "/Users/a\ud800"}

    results = done(scim.bulk(nobody, post("/Users", "1", user("ana"))), 404, 201)

    assert results[0]["location"].endswith("/Users/a%3F")


def test_the_answer_says_how_long_it_is(scim: Scim):
    answer = scim.bulk(post("/Users", "1", user("ana")))

    assert answer.headers["Content-Length"] == str(len(answer.content))


def test_a_patch_may_come_without_its_message(scim: Scim):
    """A list, as in the example of section 3.7.3, or an object without `schemas`, as Ping's SDK
    sends it. Outside of Bulk a PATCH is a whole message."""
    one = [add("title", "One"), remove("nickName")]
    two = {"operations": [replace("title", "Two")]}
    ana = f"/Users/{scim.create_user('ana', nickName='An')['id']}"

    def sent(data: Any) -> Json:
        return {"method": "PATCH", "path": ana, "data": data}

    done(scim.bulk(sent(one)), 200)
    found = scim.get(ana).ok().body
    assert found["title"] == "One"
    assert "nickName" not in found

    done(scim.bulk(sent(two)), 200)
    assert scim.get(ana).ok()["title"] == "Two"

    for data in ([], {}, {"schemas": [], **two}, {"schemas": [BULK_REQUEST], **two}, "x", [1]):
        done(scim.bulk(sent(data)), 400)
    for data in (one, two):
        scim.send("PATCH", ana, content=json.dumps(data).encode()).refused(400, "invalidSyntax")
    assert scim.get(ana).ok()["title"] == "Two"


def test_null_limits_no_errors(scim: Scim):
    """Null is no value: RFC 7643, section 2.5."""
    bad = post("/Users", "a", {"schemas": []})

    done(scim.bulk(bad, post("/Users", "b", user("ben")), failOnErrors=None), 400, 201)


def test_a_path_of_a_patch_may_choose_by_a_reference(scim: Scim):
    ana = scim.create_user("ana")["id"]
    sales = scim.create_group("Sales", ana)["id"]

    done(
        scim.bulk(
            patch(
                f"/Groups/{sales}",
                add("members", [{"value": "bulkId:b"}]),
                remove(f'members[value eq "bulkId:b" or value eq "{ana}"]'),
            ),
            patch(f"/Groups/{sales}", remove('members[value eq "bulkId:nobody"]')),
            post("/Users", "b", user("ben")),
        ),
        *(204, 400, 201),
    )

    assert scim.members(sales) == set()
