"""People as directories write them: what follows for the portal, and what it costs."""

from __future__ import annotations

import uuid

import pytest
from django.db import connection

from accounts.models import DirectoryGroupMembership, Session, User
from accounts.services import close_account, create_user, reactivate_user, update_profile
from audit.actions import Action
from audit.models import AuditEvent
from licenses.models import LicenseAssignment
from licenses.policies import LicenseState
from provisioning.models import DirectoryRecord
from provisioning.services import configure_directory, groups
from tests.provisioning.conftest import ENTERPRISE, user

State = User.State


@pytest.fixture
def ana(directory):
    """Ana, as the directory added her: her answer."""
    return directory.create_user(
        "ana@acme.example",
        externalId="A-1",
        name={"givenName": "Ana", "familyName": "Diaz"},
        emails=[{"value": "Ana@acme.example", "type": "work", "primary": True}],
        title="Planner",
        nickName="Anita",
        **{ENTERPRISE: {"department": "Operations"}},
    ).json()


def row(answer) -> User:
    return User.objects.get_queryset().get(pk=answer["id"])


# ---------------------------------------------------------------------- adding


def test_what_the_directory_says_is_kept_and_what_the_portal_needs_stands_in_the_row(ana):
    made = row(ana)

    assert (made.user_name, made.external_id) == ("ana@acme.example", "A-1")
    assert (made.first_name, made.last_name, made.title) == ("Ana", "Diaz", "Planner")
    assert (made.email, made.department) == ("ana@acme.example", "Operations")
    assert (made.source, made.state) == (User.Source.SCIM, State.ACTIVE)
    assert ana["nickName"] == "Anita"
    assert ana["emails"] == [{"value": "Ana@acme.example", "type": "work", "primary": True}]


def test_adding_is_one_statement_in_one_transaction(
    directory, log_apart, django_assert_num_queries
):
    # Token, begin, person with record and event, commit. SQLite adds row by row.
    with django_assert_num_queries({"postgresql": 4, "sqlite": 6}[connection.vendor]):
        answer = directory.create_user("ana", name={"givenName": "Ana"})

    assert answer.status_code == 201


@pytest.mark.django_db(transaction=True)
def test_adding_by_one_statement_is_a_transaction_by_itself(
    directory, log_apart, django_assert_num_queries
):
    """Outside of a test nothing is around it: neither BEGIN nor COMMIT is sent."""
    # Token, person with record and event. SQLite begins, adds row by row, and commits.
    with django_assert_num_queries({"postgresql": 2, "sqlite": 6}[connection.vendor]):
        directory.create_user("ana", externalId="1")

    assert directory.create_user("ben", externalId="1").status_code == 409
    assert [each.user_name for each in User.objects.get_queryset()] == ["ana"]
    added = AuditEvent.objects.filter(action=Action.USER_CREATED)
    assert [each.target_name for each in added] == ["ana"]


@pytest.mark.django_db(transaction=True)
def test_a_license_is_given_in_the_transaction_that_adds(directory, system_actor, monkeypatch):
    settings = {"auto_assign": True}
    configure_directory(organization=directory.organization, changes=settings, actor=system_actor)

    def fails(**_kwargs):
        raise RuntimeError

    monkeypatch.setattr("provisioning.services.people.assign_licenses", fails)

    assert directory.create_user("ana").status_code == 500
    assert not User.objects.get_queryset().exists()


def test_a_person_without_given_or_family_name_is_shown_by_the_display_name(directory):
    made = directory.create_user("x4711", displayName="Ana Diaz").json()

    assert row(made).display_name == "Ana Diaz"


def test_an_address_that_mail_cant_reach_is_kept_but_not_used(directory):
    made = directory.create_user("ana", emails=[{"value": "ana@corp"}]).json()

    assert made["emails"] == [{"value": "ana@corp"}]
    assert row(made).email == ""


def test_a_name_in_another_case_or_unicode_form_is_taken(directory):
    directory.create_user("Ärger@acme.example")

    for again in ("ärger@acme.example", "A\u0308rger@ACME.example", "ÄRGER@acme.example"):
        refused = directory.create_user(again)
        assert refused.status_code == 409
        assert refused.json()["scimType"] == "uniqueness"


def test_the_same_name_is_free_in_another_organization(directory, other_directory):
    directory.create_user("ana", externalId="1")

    assert other_directory.create_user("ana", externalId="1").status_code == 201


def test_an_external_id_is_given_once(directory):
    directory.create_user("ana", externalId="1")

    assert directory.create_user("ben", externalId="1").json()["scimType"] == "uniqueness"


def test_a_name_too_long_for_the_portal_is_said_by_its_attribute(directory):
    refused = directory.create_user("ana", title="x" * 300)

    assert refused.status_code == 400
    assert refused.json()["scimType"] == "invalidValue"
    assert "title" in refused.json()["detail"]
    assert not User.objects.get_queryset().filter(user_name="ana").exists()


# ---------------------------------------------------------------------- changing


def test_a_change_is_one_event_and_moves_the_version(directory, ana):
    changed = directory.call(
        "PUT", f"/Users/{ana['id']}", user("ana@acme.example", title="Buyer", nickName="Ani")
    ).json()

    assert changed["meta"]["version"] != ana["meta"]["version"]
    assert row(ana).title == "Buyer"
    event = AuditEvent.objects.filter(action=Action.USER_CHANGED).get()
    assert event.changes["title"] == ["Planner", "Buyer"]
    assert "nickName" in event.changes["attributes"]


def test_the_same_document_again_changes_nothing(directory, ana):
    body = {key: value for key, value in ana.items() if key not in {"meta", "id", "groups"}}

    again = directory.call("PUT", f"/Users/{ana['id']}", body).json()

    assert again == ana
    assert not AuditEvent.objects.filter(action=Action.USER_CHANGED).exists()


def test_what_put_leaves_out_is_gone_except_whether_the_person_is_active(directory, ana):
    directory.call("PUT", f"/Users/{ana['id']}", user("ana@acme.example", active=False))

    changed = directory.call("PUT", f"/Users/{ana['id']}", user("ana@acme.example")).json()

    assert "title" not in changed
    assert "externalId" not in changed
    assert changed["active"] is False
    assert row(ana).external_id is None


def test_what_sign_in_learns_of_somebody_is_seen_by_the_directory(acme, directory, system_actor):
    ben = create_user(
        organization=acme,
        user_name="ben",
        source=User.Source.SSO,
        actor=system_actor,
        first_name="Ben",
        email="ben@acme.example",
    )
    update_profile(
        user=ben, values={"title": "Buyer", "email": "b@acme.example"}, actor=system_actor
    )

    seen = directory.get(f"/Users/{ben.pk}").json()

    assert seen["title"] == "Buyer"
    assert seen["emails"] == [{"value": "b@acme.example", "type": "work", "primary": True}]
    assert DirectoryRecord.objects.get(user=ben).search["title"] == "buyer"


def test_somebody_without_a_record_is_shown_as_the_row_says(directory, make_user):
    ben = make_user("ben", title="Buyer")

    seen = directory.get(f"/Users/{ben.pk}").json()

    assert seen["name"] == {"givenName": "Ben", "familyName": "Test"}
    assert seen["title"] == "Buyer"


# ---------------------------------------------------------------------- managers


def test_a_manager_here_is_a_reference_with_a_name(directory, ana):
    ben = directory.create_user("ben", **{ENTERPRISE: {"manager": {"value": ana["id"]}}}).json()

    assert ben[ENTERPRISE]["manager"] == {
        "value": ana["id"],
        "$ref": ana["meta"]["location"],
        "displayName": "Ana Diaz",
    }
    assert row(ben).manager_name == "Ana Diaz"


def test_a_manager_elsewhere_is_text_like_that_of_nobody(directory, other_directory, ana):
    answers = []
    for value in (ana["id"], str(uuid.uuid4()), "Mrs. Lindqvist"):
        made = other_directory.create_user(
            f"ben-{value}", **{ENTERPRISE: {"manager": {"value": value}}}
        ).json()
        answers.append(made[ENTERPRISE]["manager"])
        assert row(made).manager_name == ""

    assert [set(answer) for answer in answers] == [{"value"}] * 3
    assert answers[0] == {"value": ana["id"]}


def test_a_manager_who_left_is_named_no_more(directory, ana):
    ben = directory.create_user("ben", **{ENTERPRISE: {"manager": {"value": ana["id"]}}}).json()
    directory.call("DELETE", f"/Users/{ana['id']}")

    seen = directory.get(f"/Users/{ben['id']}").json()

    assert seen[ENTERPRISE]["manager"] == {"value": ana["id"]}


# ---------------------------------------------------------------------- coming and going


def test_a_person_switched_off_is_out_at_once(directory, ana, client, sign_in, make_pool):
    make_pool(seats=1)
    person = row(ana)
    configure(directory, auto_assign=True)
    sign_in(client, person)

    answer = switch(directory, ana, active=False)

    assert answer.json()["active"] is False
    assert not Session.objects.exists()
    assert client.get("/").status_code == 302
    assert row(ana).state == State.DEACTIVATED


def test_a_person_switched_on_again_is_back(directory, ana):
    switch(directory, ana, active=False)

    assert switch(directory, ana, active=True).json()["active"] is True
    assert row(ana).deactivated_at is None


def test_active_taken_off_is_found_as_it_is_shown(directory, ana, system_actor):
    """RFC 7644, section 3.5.2.2: it is unassigned from then on, and nobody is switched by it."""
    path = f"/Users/{ana['id']}"

    def found(filter):
        return directory.get(f'/Users?filter=id eq "{ana["id"]}" and {filter}').json()[
            "totalResults"
        ]

    for is_active in (True, False):
        switch(directory, ana, active=is_active)
        assert (found("active pr"), found("not (active pr)")) == (1, 0)

        directory.patch(path, {"op": "remove", "path": "active"})

        assert "active" not in directory.get(path).json()
        assert (found("active pr"), found("not (active pr)")) == (0, 1)
        assert found(f"active eq {str(is_active).lower()}") == 1

    reactivate_user(user=row(ana), actor=system_actor)

    assert directory.get(path).json()["active"] is True
    assert found("active pr") == 1


def test_whoever_is_deleted_while_a_group_takes_them_in_is_no_member(
    directory, ana, system_actor, monkeypatch
):
    take_in = groups._insert

    def once_they_are_gone(*args):
        close_account(user=row(ana), actor=system_actor, reason="test", state=State.DELETED)
        return take_in(*args)

    monkeypatch.setattr(groups, "_insert", once_they_are_gone)

    assert directory.create_group("Sales", ana["id"]).status_code == 400
    assert not DirectoryGroupMembership.objects.exists()


def test_the_last_full_admin_stays(directory, admin):
    for method, body in (
        ("DELETE", None),
        ("PUT", user(admin.user_name, active=False)),
    ):
        refused = directory.call(method, f"/Users/{admin.pk}", body)
        assert refused.status_code == 409
        assert "last full admin" in refused.json()["detail"]
    assert row({"id": admin.pk}).state == State.ACTIVE


def test_who_is_deleted_is_hidden_and_the_name_is_free(directory, ana):
    assert directory.call("DELETE", f"/Users/{ana['id']}").status_code == 204

    assert directory.get(f"/Users/{ana['id']}").status_code == 404
    assert directory.call("DELETE", f"/Users/{ana['id']}").status_code == 404
    assert directory.create_user("ana@acme.example", externalId="A-1").status_code == 201
    assert row(ana).state == State.DELETED


def test_somebody_of_another_organization_is_like_nobody(directory, other_directory, ana):
    nobody = other_directory.get(f"/Users/{uuid.uuid4()}")
    for method, body in (
        ("GET", None),
        ("PUT", user("x")),
        ("DELETE", None),
    ):
        foreign = other_directory.call(method, f"/Users/{ana['id']}", body)
        assert foreign.status_code == nobody.status_code == 404
        assert foreign.content == nobody.content
    assert row(ana).state == State.ACTIVE


def test_switching_off_costs_eight_statements_with_everything_that_follows(
    directory, ana, client, sign_in, make_pool, log_apart, django_assert_max_num_queries
):
    make_pool(seats=1)
    configure(directory, auto_assign=True)
    switch(directory, ana, active=False)
    switch(directory, ana, active=True)
    sign_in(client, row(ana))

    body = user("ana@acme.example", active=False)
    directory.call("PUT", f"/Users/{ana['id']}", body | {"active": True})
    # Token, begin, eight, commit; what PostgreSQL writes at once is two more on SQLite.
    with django_assert_max_num_queries({"postgresql": 11, "sqlite": 13}[connection.vendor]):
        directory.call("PUT", f"/Users/{ana['id']}", body)

    assert held(ana) == LicenseState.REVOKED


# ---------------------------------------------------------------------- licenses


def test_people_get_a_license_where_the_directory_is_to_give_one(directory, make_pool):
    make_pool(seats=1)
    configure(directory, auto_assign=True)

    first, second = (directory.create_user(name).json() for name in ("ana", "ben"))
    sleeping = directory.create_user("cleo", active=False).json()

    assert held(first) == LicenseState.ACTIVE
    assert held(second) == LicenseState.WAITING
    assert held(sleeping) is None


def test_a_seat_freed_by_the_directory_goes_to_whoever_waits(directory, make_pool):
    make_pool(seats=1)
    configure(directory, auto_assign=True)
    first, second = (directory.create_user(name).json() for name in ("ana", "ben"))

    switch(directory, first, active=False)
    assert held(second) == LicenseState.ACTIVE

    switch(directory, first, active=True)
    assert held(first) == LicenseState.WAITING


# ---------------------------------------------------------------------- adopting


def test_somebody_known_is_taken_over_where_the_configuration_says_so(directory, make_user):
    ben = make_user("ben@acme.example", source=User.Source.SSO)
    assert directory.create_user("Ben@acme.example").status_code == 409
    configure(directory, adopts_people=True)

    adopted = directory.create_user("Ben@acme.example", title="Buyer")

    assert adopted.status_code == 201
    assert adopted.json()["id"] == str(ben.pk)
    taken = row(adopted.json())
    assert (taken.source, taken.title) == (User.Source.SCIM, "Buyer")


def test_somebody_switched_off_is_adopted_and_back(directory, ana):
    switch(directory, ana, active=False)
    configure(directory, adopts_people=True)

    adopted = directory.create_user("ana@acme.example").json()

    assert (adopted["id"], adopted["active"]) == (ana["id"], True)


def test_whom_the_directory_looks_after_already_is_not_adopted(directory, ana):
    configure(directory, adopts_people=True)

    assert directory.create_user("ana@acme.example").status_code == 409


def test_nobody_is_adopted_from_another_organization(directory, other_directory, ana):
    configure(other_directory, adopts_people=True)

    assert other_directory.create_user("ana@acme.example").json()["id"] != ana["id"]


def configure(directory, **changes) -> None:
    from audit.actors import Actor

    configure_directory(organization=directory.organization, changes=changes, actor=Actor.system())


def switch(directory, person, *, active: bool):
    seen = directory.get(f"/Users/{person['id']}").json()
    body = {key: value for key, value in seen.items() if key not in {"meta", "id", "groups"}}
    return directory.call("PUT", f"/Users/{person['id']}", body | {"active": active})


def held(person) -> str | None:
    license = LicenseAssignment.objects.filter(user=person["id"]).order_by("-requested_at").first()
    return license.state if license else None
