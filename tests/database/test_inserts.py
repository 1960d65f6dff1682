"""Rows inserted are rows saved."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import DirectoryGroup, Organization, Session, User
from audit.actions import Action
from audit.models import AuditEvent
from audit.services import event_for
from database.inserts import insert, insert_many, insert_values
from tests.database.rows import columns_of


def test_an_inserted_row_is_what_was_to_be_saved(make_user):
    ana = make_user("ana")
    now = timezone.now()
    row = Session(
        session_key="k" * 32,
        session_data="",
        expire_date=now,
        user=ana,
        door=Session.Door.SSO,
        address="2001:db8::1",
        created_at=now,
    )

    insert(row)

    assert columns_of(Session.objects.get()) == columns_of(row)
    assert not row._state.adding


def test_an_insert_computes_what_saving_would(acme):
    insert(User(organization=acme, user_name="ＡＮＡ", source=User.Source.API))

    assert User.objects.get_queryset().get().user_name_key == "ana"
    assert User.objects.get_queryset().get().created_at is not None


def test_a_row_of_values_is_what_an_object_would_be(make_user):
    ana = make_user("ana")
    now = timezone.now()
    values = {"session_data": "", "expire_date": now, "user_id": ana.pk, "created_at": now}

    insert_values(Session, session_key="a" * 32, **values)
    insert(Session(session_key="b" * 32, **values))

    one, other = Session.objects.order_by("session_key")
    assert columns_of(one) | {"session_key": "b" * 32} == columns_of(other)


def test_a_value_of_no_column_is_an_error(acme):
    with pytest.raises(TypeError, match="Organization has no title"):
        insert_values(Organization, slug="here", name="Here", title="No such column")

    assert list(Organization.objects.all()) == [acme]


def test_what_a_constraint_forbids_is_not_inserted(acme):
    with pytest.raises(IntegrityError):
        insert(Organization(slug=acme.slug, name="Another"))


def test_rows_of_several_tables_are_added_together(acme):
    ana = User(organization=acme, user_name="ana", source=User.Source.API)
    ben = User(organization=acme, user_name="ben", source=User.Source.API)
    group = DirectoryGroup(organization=acme, display_name="100 %", source="api")

    with transaction.atomic(), CaptureQueriesContext(connection) as seen:
        insert(ana, group, ben)

    assert len(seen) == {"postgresql": 1, "sqlite": 3}[connection.vendor]
    assert {each.user_name for each in User.objects.get_queryset()} == {"ana", "ben"}
    assert columns_of(User.objects.get_queryset().get(pk=ben.pk)) == columns_of(ben)
    assert DirectoryGroup.objects.get().display_name == "100 %"
    assert not any(row._state.adding for row in (ana, group, ben))


def test_where_one_row_is_forbidden_none_is_added(acme):
    ana = User(organization=acme, user_name="ana", source=User.Source.API)

    with pytest.raises(IntegrityError), transaction.atomic():
        insert(ana, Organization(slug=acme.slug, name="Another"))

    assert not User.objects.get_queryset().exists()


def test_rows_of_one_table_are_one_statement_and_keep_their_order(acme, system_actor):
    events = [
        event_for(Action.USER_CREATED, organization=acme, actor=system_actor, changes={"n": number})
        for number in range(3)
    ]
    events[1].address = "2001:db8::1"

    with CaptureQueriesContext(connection) as seen:
        insert(*events)

    assert len(seen) == 1
    stored = AuditEvent.objects.order_by("pk")
    assert [event.changes["n"] for event in stored] == [0, 1, 2]
    assert [event.address for event in stored] == [None, "2001:db8::1", None]


def test_many_rows_are_what_saving_each_would_make(acme):
    people = [
        User(
            organization=acme,
            user_name=f"Ｐerson-{number}",
            source=User.Source.API,
            title="a\tb\\N\n",
            external_id=None if number else "",
            attributes={"teams": ["Ä", number]},
        )
        for number in range(700)
    ]

    insert_many(people)

    stored = {user.pk: user for user in User.objects.get_queryset()}
    assert len(stored) == 700
    assert [columns_of(stored[user.pk]) for user in people] == [columns_of(user) for user in people]
    assert stored[people[3].pk].user_name_key == "person-3"


def test_of_many_rows_all_are_added_or_none(acme):
    twice = [User(organization=acme, user_name="ana", source=User.Source.API) for _ in range(2)]

    with pytest.raises(IntegrityError), transaction.atomic():
        insert_many(twice)

    assert not User.objects.get_queryset().exists()
