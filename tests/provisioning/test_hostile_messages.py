"""Messages that no directory sends and somebody with a token may: answered at once, and never with
a failure of ours."""

from __future__ import annotations

import io
import json
import time
import uuid
from typing import Any

import pytest

from accounts.models import User
from provisioning import people
from provisioning.limits import MAX_BODY_BYTES, MAX_DOCUMENT
from provisioning.patch import apply_patch, read_operations
from provisioning.projection import projection
from provisioning.schema import GROUP, USER
from tests.provisioning.conftest import CORE_USER, ENTERPRISE, PATCH_OP, Directory, user

BULK_REQUEST = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
SEARCH_REQUEST = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
# Far more than any of these takes, far less than what they took.
SECONDS = 5


def send(directory: Directory, method: str, path: str, content: bytes | str, **extra: Any) -> Any:
    headers = {"Authorization": f"Bearer {directory.token}"}
    extra = {"content_type": "application/scim+json", **extra}
    return directory.client.generic(method, f"/scim/v2{path}", content, headers=headers, **extra)


def bulk(*operations: dict[str, Any]) -> dict[str, Any]:
    return {"schemas": [BULK_REQUEST], "Operations": list(operations)}


def nested(depth: int) -> Any:
    value: Any = "bulkId:nobody"
    for _level in range(depth):
        value = [value]
    return value


def test_a_name_twice_among_very_many_is_found_at_once(directory: Directory) -> None:
    others = {f"k{number}": 0 for number in range(50_000)}
    started = time.perf_counter()

    answer = directory.call("POST", "/Users", user("ana", **others, last=1, LAST=2))

    assert answer.status_code == 400
    assert "“last” stands twice" in answer.json()["detail"]
    assert time.perf_counter() - started < SECONDS


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "add", "path": "emails", "value": [{"value": "1@acme.example"}]},
        {"op": "replace", "path": "emails.display", "value": "x"},
        {"op": "remove", "path": "emails", "value": [{"value": "x"}]},
    ],
)
def test_going_through_the_same_values_again_and_again_has_an_end(
    directory: Directory, operation: dict[str, Any]
) -> None:
    emails = [{"value": f"{number}@acme.example"} for number in range(100)]
    ana = directory.create_user("ana", emails=emails).json()["id"]
    message = {"schemas": [PATCH_OP], "Operations": [operation] * 10_000}
    started = time.perf_counter()

    answer = directory.call("PATCH", f"/Users/{ana}", message)

    assert answer.status_code == 413
    assert time.perf_counter() - started < 2 * SECONDS
    few = {"schemas": [PATCH_OP], "Operations": [operation] * 500}
    assert directory.call("PATCH", f"/Users/{ana}", few).status_code == 200


def test_lists_of_what_is_to_go_have_an_end(directory: Directory) -> None:
    emails = [{"value": f"{number}@acme.example"} for number in range(100)]
    ana = directory.create_user("ana", emails=emails).json()["id"]
    nobody = [{"value": "x"}] * 100
    removal = {"op": "remove", "path": "emails", "value": nobody}

    assert directory.patch(f"/Users/{ana}", *[removal] * 20).status_code == 200
    assert directory.patch(f"/Users/{ana}", *[removal] * 400).status_code == 413


def test_paths_have_an_end_together(directory: Directory) -> None:
    sales = directory.create_group("Sales").json()["id"]
    chosen = " or ".join(f'value eq "{uuid.UUID(int=number)}"' for number in range(99))
    removal = {"op": "remove", "path": f"members[{chosen}]"}
    one = {"op": "remove", "path": f'members[value eq "{uuid.UUID(int=7)}"]'}
    started = time.perf_counter()

    assert directory.patch(f"/Groups/{sales}", *[removal] * 1_000).status_code == 413
    assert directory.patch(f"/Groups/{sales}", *[one] * 10_000).status_code == 204
    assert time.perf_counter() - started < 2 * SECONDS


def test_members_that_went_count_where_others_are_chosen() -> None:
    gone = [{"value": str(number)} for number in range(10_000)]
    chosen = {"op": "remove", "path": 'members[display eq "x"]'}
    operations = [{"op": "remove", "path": "members", "value": gone}, *[chosen] * 9_000]
    message = read_operations({"schemas": [PATCH_OP], "Operations": operations})
    started = time.perf_counter()

    with pytest.raises(Exception, match="too many values"):
        apply_patch({"displayName": "All"}, message, GROUP, present_members=list)

    assert time.perf_counter() - started < SECONDS


@pytest.mark.parametrize("depth", [100, 300, 450])
def test_a_deep_operation_is_refused_alone(directory: Directory, depth: int) -> None:
    deep = {"method": "POST", "path": "/Users", "bulkId": "a", "data": user("ana", x=nested(depth))}
    other = {"method": "POST", "path": "/Users", "bulkId": "b", "data": user("ben")}

    answer = directory.call("POST", "/Bulk", bulk(deep, other))

    assert answer.status_code == 200
    assert [each["status"] for each in answer.json()["Operations"]] == ["400", "201"]


@pytest.mark.parametrize("path", ["/Users", "/Groups", "/", "/Users/1", "/Schemas"])
def test_more_parameters_than_are_read_are_refused(directory: Directory, path: str) -> None:
    answer = directory.get(f"{path}?" + "&".join(f"p{number}=1" for number in range(1_100)))

    assert answer.status_code == 400


def test_a_length_that_is_no_number_is_no_failure(directory: Directory) -> None:
    body = json.dumps(user("ana"))

    answer = send(directory, "POST", "/Users", body, CONTENT_LENGTH="²")

    assert answer.status_code == 400


def chunked(content: io.BytesIO) -> dict[str, Any]:
    """What a server says of a body that comes in chunks: its end, not its length (PEP 3333 knows no
    such body; gunicorn and others put a name of their own beside it)."""
    return {"wsgi.input": content, "wsgi.input_terminated": True, "CONTENT_LENGTH": ""}


def test_a_body_in_chunks_is_read(directory: Directory) -> None:
    body = io.BytesIO(json.dumps(user("ana")).encode())

    answer = send(directory, "POST", "/Users", "", **chunked(body))

    assert answer.status_code == 201
    assert answer.json()["userName"] == "ana"


def test_a_body_in_chunks_is_read_no_further_than_the_limit(directory: Directory) -> None:
    body = io.BytesIO(b" " * (2 * MAX_BODY_BYTES))

    answer = send(directory, "POST", "/Users", "", **chunked(body))

    assert answer.status_code == 413
    assert body.tell() == MAX_BODY_BYTES + 1


class Broken(io.BytesIO):
    """Chunks that end before their end."""

    def read(self, size: int | None = -1) -> bytes:
        raise OSError("No more data")


def test_chunks_that_break_off_are_refused(directory: Directory) -> None:
    answer = send(directory, "POST", "/Users", "", **chunked(Broken()))

    assert answer.status_code == 400
    assert answer.json()["detail"] == "The body ended before it was complete."


def test_without_a_length_nothing_is_read_that_may_have_no_end(directory: Directory) -> None:
    body = io.BytesIO(json.dumps(user("ana")).encode())

    answer = send(directory, "POST", "/Users", "", **{"wsgi.input": body, "CONTENT_LENGTH": ""})

    assert answer.status_code == 400
    assert body.tell() == 0


@pytest.mark.parametrize("letter", ["\ufdfa", "\ufb03", "\u0130"])
def test_a_group_whose_name_unfolds_beyond_its_column_is_refused(
    directory: Directory, letter: str
) -> None:
    name = letter * 200
    made = directory.create_group("Sales").json()["id"]

    for answer in (
        directory.create_group(name),
        directory.patch(f"/Groups/{made}", {"op": "replace", "value": {"displayName": name}}),
    ):
        assert answer.status_code == 400
        assert answer.json()["scimType"] == "invalidValue"


@pytest.mark.parametrize(
    ("path", "compared"),
    [
        ("/Groups", 'members.display ne "x"'),
        ("/Users", 'emails[value ne "x"]'),
        (
            "/Users",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.displayName pr",
        ),
        ("", 'displayName ne "x"'),
    ],
)
@pytest.mark.parametrize("depth", [3, 20, 45])
def test_a_filter_that_denies_what_it_denies_is_answered_or_refused(
    directory: Directory, path: str, compared: str, depth: int
) -> None:
    directory.create_group("All", directory.create_user("ana").json()["id"])
    for filter in (
        "not (" * depth + compared + ")" * depth,
        " and not (".join([compared] * depth) + ")" * (depth - 1),
    ):
        body = {"schemas": [SEARCH_REQUEST], "filter": filter, "sortBy": "displayName"}

        answer = directory.call("POST", f"{path}/.search", body)

        assert answer.status_code == 200 or answer.json()["scimType"] == "tooMany"
        assert answer.status_code == 200 or depth > 3


class TestSizes:
    def test_a_person_has_no_megabytes(self, directory: Directory) -> None:
        answer = directory.call("POST", "/Users", user("ana", x="x" * MAX_BODY_BYTES))

        assert answer.status_code == 413

    @pytest.mark.parametrize("method", ["POST", "PUT"])
    def test_what_is_kept_of_a_person_has_an_end(self, directory: Directory, method: str) -> None:
        """A page of a thousand people is in memory at once."""
        certificates = [{"value": "A" * 60_000, "type": str(number)} for number in range(3)]
        path = "/Users"
        if method == "PUT":
            path = f"/Users/{directory.create_user('ana').json()['id']}"

        two = directory.call(method, path, user("ana", x509Certificates=certificates[:2]))
        three = directory.call(method, path, user("ana", x509Certificates=certificates))

        assert two.status_code in {200, 201}
        assert three.status_code == 400
        assert f"{MAX_DOCUMENT}" in three.json()["detail"]

    def test_nor_does_it_grow_by_one_patch_after_the_other(self, directory: Directory) -> None:
        ana = directory.create_user("ana").json()["id"]
        answers = [
            directory.patch(
                f"/Users/{ana}",
                {"op": "add", "path": "x509Certificates", "value": [{"value": letter * 60_000}]},
            ).status_code
            for letter in "ABC"
        ]

        assert answers == [200, 200, 400]
        assert len(directory.get(f"/Users/{ana}").content) < MAX_DOCUMENT


class TestMembersOfAPage:
    """They are in memory at once; ten thousand groups of everybody would not fit."""

    @pytest.fixture(autouse=True)
    def groups(self, directory: Directory, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        monkeypatch.setattr(people, "PAGE_MAX_MEMBERS", 6)
        everybody = [directory.create_user(f"p{number}").json()["id"] for number in range(4)]
        return [directory.create_group(name, *everybody).json()["id"] for name in ("A", "B")]

    @pytest.mark.parametrize("path", ["/Groups", "/Groups?filter=displayName%20pr", "/"])
    def test_too_many_together_are_refused(self, directory: Directory, path: str) -> None:
        answer = directory.get(path)

        assert answer.status_code == 400
        assert answer.json()["scimType"] == "tooMany"

    @pytest.mark.parametrize("path", ["/Groups?count=1", "/Groups?excludedAttributes=members"])
    def test_fewer_groups_or_none_of_their_members_are_not(
        self, directory: Directory, path: str
    ) -> None:
        assert directory.get(path).json()["totalResults"] == 2

    def test_one_group_is_as_large_as_it_is(
        self, directory: Directory, groups: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(people, "PAGE_MAX_MEMBERS", 1)

        assert len(directory.get(f"/Groups/{groups[0]}").json()["members"]) == 4


class TestGroupsOfAPage:
    """So are the groups of each person: a thousand people in two thousand groups fill gigabytes."""

    @pytest.fixture(autouse=True)
    def everybody(self, directory: Directory, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        monkeypatch.setattr(people, "PAGE_MAX_GROUPS", 7)
        everybody = [directory.create_user(f"p{number}").json()["id"] for number in range(3)]
        for name in ("A", "B", "C"):
            directory.create_group(name, *everybody)
        return everybody

    @pytest.mark.parametrize("path", ["/Users", "/Users?filter=userName%20pr", "/", "/?count=3"])
    def test_too_many_together_are_refused(self, directory: Directory, path: str) -> None:
        answer = directory.get(path)

        assert answer.status_code == 400
        assert answer.json()["scimType"] == "tooMany"

    @pytest.mark.parametrize("path", ["/Users?count=2", "/Users?excludedAttributes=groups"])
    def test_fewer_people_or_none_of_their_groups_are_not(
        self, directory: Directory, path: str
    ) -> None:
        assert directory.get(path).json()["totalResults"] == 3

    @pytest.mark.parametrize("path", ["/Users?count=1", "/Users/{}", '/Users?filter=id eq "{}"'])
    def test_one_person_is_in_as_many_groups_as_they_are(
        self,
        directory: Directory,
        everybody: list[str],
        path: str,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(people, "PAGE_MAX_GROUPS", 1)

        answer = directory.get(path.format(everybody[0])).json()

        (shown,) = answer.get("Resources", [answer])
        assert [group["display"] for group in shown["groups"]] == ["A", "B", "C"]

    def test_whoever_is_in_very_many_is_shown_in_all_of_them(
        self, directory: Directory, everybody: list[str]
    ) -> None:
        names = [f"Team {number}" for number in range(people.GROUPS_AT_FIRST + 5)]
        for name in names:
            directory.create_group(name, everybody[0])

        listed = directory.get("/Users?count=1").json()["Resources"][0]

        assert [group["display"] for group in listed["groups"]] == ["A", "B", "C", *names]
        assert listed == directory.get(f"/Users/{everybody[0]}").json()


def test_a_manager_s_document_is_not_read_with_each_of_their_people(directory: Directory) -> None:
    """It may be large, and the manager that of everybody."""
    boss = directory.create_user("boss", displayName="Bo").json()["id"]
    for number in range(3):
        directory.create_user(f"p{number}", **{ENTERPRISE: {"manager": {"value": boss}}})

    rows = people.PEOPLE.of(directory.organization.pk).slice(1, 3)
    listed = directory.get("/Users").json()["Resources"]

    managers = [each for row in rows if (each := row.directory_record.manager)]
    assert [str(manager.pk) for manager in managers] == [boss] * 3
    assert all("directory_record" not in each._state.fields_cache for each in managers)
    assert [each[ENTERPRISE]["manager"]["displayName"] for each in listed[1:]] == ["Bo"] * 3


class TestProjection:
    """What was asked for is remembered, so it must not be without end."""

    @pytest.mark.parametrize("name", ["attributes", "excludedAttributes"])
    def test_names_without_end_are_refused(self, directory: Directory, name: str) -> None:
        names = [f"a{number}" for number in range(501)]

        answer = directory.call(
            "POST", "/Users/.search", {"schemas": [SEARCH_REQUEST], name: names}
        )

        assert answer.status_code == 400
        assert directory.get(f"/Users?{name}={','.join(names)}").status_code == 400

    def test_a_name_longer_than_any_is_not_remembered(self, directory: Directory) -> None:
        directory.create_user("ana")
        projection.cache_clear()

        long = directory.get(f"/Users?attributes=userName,{'x' * 5_000}")
        short = directory.get("/Users?attributes=userName")

        assert long.json() == short.json()
        assert projection.cache_info().currsize == 1


def test_none_of_it_made_anybody(directory: Directory) -> None:
    deep = f'{{"schemas":["{CORE_USER}"],"userName":"ana","x":{"[" * 5_000}{"]" * 5_000}}}'

    assert send(directory, "POST", "/Users", deep).status_code == 400
    assert not User.objects.present().exists()
    assert USER.attribute("x") is None
