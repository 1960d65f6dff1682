"""People: how they come to be, change, and close."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.errors import (
    ExternalIdTaken,
    InvalidValue,
    LastFullAdmin,
    PersonIsDirectoryOwned,
    RoleNotGrantable,
    UserNameTaken,
)
from accounts.models import Session, User
from accounts.roles import Role
from accounts.services import (
    adopt_external_id,
    change_members,
    change_role,
    create_group,
    create_user,
    deactivate_user,
    end_everybodys_sessions,
    end_sessions,
    mark_joined,
    reactivate_user,
    restore_user,
    set_password,
    update_profile,
)
from accounts.signals import user_deactivated, user_reactivated
from audit.actions import Action
from audit.models import AuditEvent
from tests.factories import PASSWORD

State = User.State


@pytest.fixture
def create(acme, system_actor):
    def run(user_name, organization=acme, **fields):
        fields.setdefault("source", User.Source.CONSOLE)
        return create_user(
            organization=organization, user_name=user_name, actor=system_actor, **fields
        )

    return run


@pytest.fixture
def announced():
    heard = []

    def closed(*, user, reason, **kwargs):
        heard.append(("closed", user.user_name, reason))

    def opened(*, user, **kwargs):
        heard.append(("opened", user.user_name))

    user_deactivated.connect(closed)
    user_reactivated.connect(opened)
    yield heard
    user_deactivated.disconnect(closed)
    user_reactivated.disconnect(opened)


def actions():
    return [event.action for event in AuditEvent.objects.order_by("id")]


def fresh(user):
    return User.objects.get_queryset().get(pk=user.pk)


# Coming to be


def test_a_new_person_is_recorded_with_role_and_source(create, acme):
    ana = create(" Ana ", email=" Ana@Acme.Example ", first_name="Ana", last_name="Oak")

    assert (ana.user_name, ana.email) == ("Ana", "ana@acme.example")
    assert not ana.has_usable_password()
    event = AuditEvent.objects.get()
    assert (event.action, event.organization) == (Action.USER_CREATED, acme)
    assert event.changes == {"source": "console", "role": "learner"}


@pytest.mark.parametrize("again", ["ANA", "ana", "ａｎａ"])
def test_a_user_name_is_given_once_however_it_is_written(create, again):
    create("Ana")

    with pytest.raises(UserNameTaken):
        create(again)


def test_the_same_user_name_is_free_in_another_organization(create, globex):
    create("ana")

    assert create("ana", organization=globex).organization == globex


def test_a_user_name_is_given_once_among_staff(create):
    create("ops", organization=None)

    with pytest.raises(UserNameTaken):
        create("OPS", organization=None)


@pytest.mark.parametrize("name", ["external_id", "accounts_external_id"])
def test_a_name_that_reads_like_a_column_is_taken_as_any_other(create, name):
    """A database's message holds the value, and the value is anybody's to choose."""
    create(name)

    with pytest.raises(UserNameTaken):
        create(name)


def test_the_constraint_says_whether_a_name_is_free_and_nothing_is_asked_beforehand(
    create, django_assert_num_queries
):
    create("ben")  # the first time costs more: what is compiled once
    # Savepoint, person with event, directory record, release. SQLite adds row by row.
    with django_assert_num_queries({"postgresql": 4, "sqlite": 5}[connection.vendor]):
        create("ana")


def test_a_closed_account_leaves_its_groups_once_it_is_deleted(
    make_user, acme, system_actor, actor
):
    ana = make_user("ana")
    group = create_group(organization=acme, display_name="Engineering", actor=actor)
    change_members(group=group, add=[ana], actor=actor)

    deactivate_user(user=ana, actor=system_actor)
    assert group.members.count() == 1
    deactivate_user(user=ana, state=State.DELETED, actor=system_actor)

    assert group.members.count() == 0


def test_an_external_id_is_given_once_in_an_organization(create, globex):
    create("ana", external_id="7")

    with pytest.raises(ExternalIdTaken):
        create("ben", external_id="7")
    assert create("ana", organization=globex, external_id="7").external_id == "7"


def test_the_name_of_a_deleted_person_is_free_again(create, system_actor):
    deactivate_user(user=create("ana", external_id="7"), state=State.DELETED, actor=system_actor)

    assert create("ana", external_id="7").is_active


def test_somebody_without_an_organization_is_staff_and_nobody_else_is(create):
    assert create("ops", organization=None, role=Role.LEARNER).role == Role.STAFF
    with pytest.raises(RoleNotGrantable):
        create("ana", role=Role.STAFF)


def test_the_database_keeps_staff_and_organizations_apart(make_user, make_staff):
    for user, role in ((make_user("ana"), Role.STAFF), (make_staff("ops"), Role.LEARNER)):
        with pytest.raises(IntegrityError), transaction.atomic():
            User.objects.filter(pk=user.pk).update(role=role)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"email": "no address"}, "email"),
        ({"favourite_color": "petrol"}, "favourite_color"),
        ({"password": "short"}, "password"),
        ({"password": "1234567890123456"}, "password"),
        ({"password": "lindqvist.mara", "last_name": "Lindqvist"}, "password"),
        ({"first_name": "a" * 256}, "first_name"),
    ],
)
def test_a_value_that_no_form_would_take_is_refused(create, fields, field):
    with pytest.raises(InvalidValue) as refused:
        create("ana", **fields)

    assert refused.value.field == field
    assert not User.objects.present().exists()
    assert actions() == []


@pytest.mark.parametrize("name", ["", "   "])
def test_a_person_without_a_name_is_refused(create, name):
    with pytest.raises(InvalidValue, match="user_name"):
        create(name)


def test_a_password_that_resembles_the_user_name_is_refused(create):
    with pytest.raises(InvalidValue, match="similar"):
        create("mara.lindqvist", password="mara.lindqvist")


# Changing


def test_a_changed_profile_is_stored_and_recorded_once(make_user, system_actor):
    ana = make_user("ana", title="Buyer")

    changed = update_profile(
        user=ana, values={"title": "Planner", "email": " ANA@acme.example "}, actor=system_actor
    )

    assert changed == {"title": ["Buyer", "Planner"]}
    assert fresh(ana).title == "Planner"
    assert AuditEvent.objects.get().changes == changed
    assert not update_profile(user=ana, values={"title": "Planner"}, actor=system_actor)
    assert AuditEvent.objects.count() == 1


@pytest.mark.parametrize("values", [{"role": "full_admin"}, {"email": "no address"}])
def test_a_profile_takes_no_role_and_no_nonsense(make_user, system_actor, values):
    with pytest.raises(InvalidValue):
        update_profile(user=make_user("ana"), values=values, actor=system_actor)

    assert actions() == []


def test_what_a_directory_keeps_is_not_for_people_to_write(make_user, actor, system_actor):
    ana = make_user("ana", source=User.Source.SCIM, title="Buyer")

    with pytest.raises(PersonIsDirectoryOwned):
        update_profile(user=ana, values={"title": "Planner"}, actor=actor)

    assert fresh(ana).title == "Buyer"
    assert actions() == []
    assert update_profile(user=ana, values={}, actor=actor) == {}
    assert update_profile(user=ana, values={"title": "Planner"}, actor=system_actor)


def test_an_invited_person_joins_once(make_user, system_actor):
    ana = make_user("ana", state=State.INVITED)

    mark_joined(user=ana, actor=system_actor)
    mark_joined(user=ana, actor=system_actor)

    assert fresh(ana).state == State.ACTIVE
    assert actions() == [Action.USER_CHANGED]


def test_joining_opens_no_closed_account(make_user, system_actor):
    ana = make_user("ana", state=State.DEACTIVATED)

    mark_joined(user=ana, actor=system_actor)

    assert fresh(ana).state == State.DEACTIVATED


def test_a_new_password_is_recorded_without_being_kept(make_user, system_actor):
    ana = make_user("ana")

    set_password(user=ana, password=PASSWORD, actor=system_actor)

    assert fresh(ana).check_password(PASSWORD)
    event = AuditEvent.objects.get()
    assert (event.action, event.changes) == (Action.PASSWORD_CHANGED, {})


def test_a_weak_password_changes_nothing(make_user, system_actor):
    ana = make_user("ana", password=PASSWORD)

    with pytest.raises(InvalidValue):
        set_password(user=ana, password="password1234", actor=system_actor)

    assert fresh(ana).check_password(PASSWORD)


# Roles


def test_a_sub_admin_has_the_chosen_abilities_and_loses_them_with_the_role(make_user, system_actor):
    ana = make_user("ana")

    change_role(user=ana, role=Role.SUB_ADMIN, abilities=["people", "licenses"], actor=system_actor)
    assert fresh(ana).abilities == ["licenses", "people"]
    change_role(user=ana, role=Role.CURATOR, abilities=["people"], actor=system_actor)

    assert fresh(ana).abilities == []
    assert actions() == [Action.USER_ROLE_CHANGED] * 2


def test_giving_a_role_somebody_has_leaves_no_trace(make_user, system_actor):
    change_role(user=make_user("ana"), role=Role.LEARNER, actor=system_actor)

    assert actions() == []


@pytest.mark.parametrize(
    ("before", "after"),
    [(Role.LEARNER, Role.FULL_ADMIN), (Role.FULL_ADMIN, Role.LEARNER), (Role.LEARNER, Role.STAFF)],
)
def test_a_sub_admin_cannot_give_or_take_a_higher_role(
    make_user, admin, system_actor, before, after
):
    ana = make_user("ana", role=before)

    with pytest.raises(RoleNotGrantable):
        change_role(user=ana, role=after, granter_role=Role.SUB_ADMIN, actor=system_actor)

    assert fresh(ana).role == before


def test_the_last_full_admin_keeps_the_role_and_the_account(
    admin, globex, make_admin, system_actor
):
    make_admin("other", organization=globex)  # somebody else's full admin is no help

    with pytest.raises(LastFullAdmin):
        change_role(user=admin, role=Role.LEARNER, actor=system_actor)
    for state in (State.DEACTIVATED, State.DELETED):
        with pytest.raises(LastFullAdmin):
            deactivate_user(user=admin, state=state, actor=system_actor)

    assert fresh(admin).role == Role.FULL_ADMIN
    assert fresh(admin).is_active


@pytest.mark.parametrize("state", [State.DEACTIVATED, State.INVITED])
def test_a_full_admin_who_cannot_sign_in_is_no_help(admin, make_admin, system_actor, state):
    make_admin("other", state=state)

    with pytest.raises(LastFullAdmin):
        deactivate_user(user=admin, actor=system_actor)


def test_one_of_two_full_admins_may_go(admin, make_admin, system_actor):
    make_admin("other")

    deactivate_user(user=admin, actor=system_actor)

    assert not fresh(admin).is_active


# Closing and opening


def test_a_closed_account_loses_its_sessions_and_is_announced(
    client, make_user, sign_in, system_actor, announced
):
    ana = make_user("ana")
    sign_in(client, ana)

    deactivate_user(user=ana, actor=system_actor, reason="left")

    assert not Session.objects.exists()
    assert fresh(ana).deactivated_at is not None
    assert announced == [("closed", "ana", "left")]
    (event,) = AuditEvent.objects.all()
    assert event.action == Action.USER_DEACTIVATED
    assert event.changes["sessions_ended"] == 1


def test_closing_twice_is_closing_once(make_user, system_actor, announced):
    ana = make_user("ana")

    deactivate_user(user=ana, actor=system_actor)
    deactivate_user(user=ana, actor=system_actor)

    assert len(announced) == 1


def test_an_account_opened_again_can_be_used_and_a_deleted_one_stays_deleted(
    make_user, system_actor, announced
):
    ana, ben = make_user("ana"), make_user("ben")
    deactivate_user(user=ana, actor=system_actor)
    deactivate_user(user=ben, state=State.DELETED, actor=system_actor)

    for user in (ana, ana, ben):
        reactivate_user(user=user, actor=system_actor)

    assert fresh(ana).is_active
    assert fresh(ana).deactivated_at is None
    assert fresh(ben).state == State.DELETED
    assert [entry for entry in announced if entry[0] == "opened"] == [("opened", "ana")]


@pytest.mark.parametrize("state", [State.DEACTIVATED, State.DELETED])
def test_a_session_that_began_while_the_account_closed_never_lives(
    make_user, sign_in, system_actor, client, state
):
    ana = make_user("ana")
    deactivate_user(user=ana, state=state, actor=system_actor)
    late = sign_in(client, ana)

    reopen = reactivate_user if state == State.DEACTIVATED else restore_user
    reopen(user=ana, actor=system_actor)

    assert late.get("/api/v1/me").status_code == 401


def test_a_deleted_account_cannot_be_closed_back_to_deactivated(make_user, system_actor):
    ana = make_user("ana")
    deactivate_user(user=ana, state=State.DELETED, actor=system_actor)

    deactivate_user(user=ana, state=State.DEACTIVATED, actor=system_actor)

    assert fresh(ana).state == State.DELETED


def test_whoever_has_a_stable_id_does_not_learn_a_second_one(make_user, system_actor):
    ana = make_user("ana", external_id="emp-7")

    assert not adopt_external_id(user=ana, external_id="emp-8", actor=system_actor)

    assert fresh(ana).external_id == "emp-7"
    assert not AuditEvent.objects.exists()


@pytest.mark.parametrize("kind", ["only", "keep"])
def test_chosen_sessions_end_and_only_of_this_person(make_user, sign_in, system_actor, kind):
    from django.test import Client

    ana, ben = make_user("ana"), make_user("ben")
    keys = [sign_in(Client(), ana).session.session_key for _ in range(3)]
    theirs = sign_in(Client(), ben).session.session_key

    if kind == "only":
        ended = end_sessions(user=ana, only=[keys[0], theirs], actor=system_actor)
    else:
        ended = end_sessions(user=ana, keep=keys[0], actor=system_actor)

    left = set(Session.objects.values_list("session_key", flat=True))
    expected = {*keys[1:], theirs} if kind == "only" else {keys[0], theirs}
    assert left == expected
    assert ended == 4 - len(left)
    assert AuditEvent.objects.get().changes == {"sessions": ended}


def test_ending_no_session_leaves_no_trace(make_user, system_actor):
    assert end_sessions(user=make_user("ana"), actor=system_actor) == 0
    assert actions() == []


def test_a_refusal_of_the_database_that_nobody_foresaw_is_not_explained_away(create, monkeypatch):
    def refuse(*args, **kwargs):
        raise IntegrityError("CHECK constraint failed: accounts_something_new")

    monkeypatch.setattr("accounts.services.people.insert", refuse)

    with pytest.raises(IntegrityError, match="something_new"), transaction.atomic():
        create("ana")


@pytest.mark.parametrize(
    ("state", "is_dated"),
    [("active", True), ("invited", True), ("deactivated", False), ("deleted", False), ("?", False)],
)
def test_the_database_knows_since_when_an_account_is_closed(make_user, state, is_dated):
    ana = make_user("ana")

    with pytest.raises(IntegrityError, match="accounts_closed_says_since_when"):
        User.objects.filter(pk=ana.pk).update(
            state=state, deactivated_at=timezone.now() if is_dated else None
        )


def test_everybody_is_signed_out_with_whoever_asks_and_nothing_is_recorded_twice(
    acme, make_user, sign_in, system_actor, client
):
    sign_in(client, make_user("ana"))

    assert end_everybodys_sessions(organization=acme, actor=system_actor) == 1
    assert end_everybodys_sessions(organization=acme, actor=system_actor) == 0

    assert AuditEvent.objects.filter(action=Action.EVERYBODY_SIGNED_OUT).count() == 1
