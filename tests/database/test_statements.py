"""How a statement reaches each database."""

from contextlib import contextmanager

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from database.compiled import Blank, CompiledQuery
from database.statements import PlanUseless, Statement

BY_NAME = CompiledQuery(lambda: User.objects.get_queryset().filter(user_name=Blank("name")))


def plans():
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        return [statement for (statement,) in cursor.fetchall()]


def test_each_database_gets_its_own_marks():
    statement = Statement.of("SELECT %s, '100 %%', %s", ["first", "second"])

    assert statement.named == "SELECT %(first)s, '100 %%', %(second)s"
    assert statement.numbered == b"SELECT $1, '100 %', $2"


def test_postgresql_keeps_the_plan_of_what_is_asked_again(make_user):
    if connection.vendor != "postgresql":  # SQLite's driver keeps statements by itself
        return
    ana = make_user("ana")

    for _time in range(4):
        assert BY_NAME.first(name="ana") == ana

    assert sum('"user_name" = ($1)' in plan for plan in plans()) == 1


def test_postgresql_is_asked_again_by_the_same_cursor(make_user):
    if connection.vendor != "postgresql":
        return
    from database.postgresql import cursor_for

    first, second = (Statement.of(f"SELECT {number} + %s", ["more"]) for number in (1, 2))
    connection.ensure_connection()
    cursors = [
        cursor_for(connection.connection, each.numbered) for each in (first, second, first, second)
    ]

    assert cursors[0] is cursors[2] is not cursors[1] is cursors[3]
    assert [each.rows(connection, {"more": 3}) for each in (first, second, first)] == [
        [(4,)],
        [(5,)],
        [(4,)],
    ]


def test_without_a_threshold_no_plan_is_kept(make_user, monkeypatch):
    if connection.vendor != "postgresql":
        return
    connection.ensure_connection()
    monkeypatch.setattr(connection.connection, "prepare_threshold", None)
    kept = plans()
    ana = make_user("ana")

    for _time in range(4):
        assert BY_NAME.first(name="ana") == ana

    assert plans() == kept


@pytest.fixture
def ana_by_plan(transactional_db, make_user):
    """Ana, whom a connection finds by a plan it keeps; None where the driver keeps plans by itself.

    The connection is none of the pool's afterwards.
    """
    if connection.vendor != "postgresql":
        yield None
        return
    connection.ensure_connection()
    # One that met a useless plan before keeps none.
    connection.connection.prepare_threshold = 2
    ana = make_user("ana")
    for _time in range(4):
        BY_NAME.first(name="ana")
    yield ana
    connection.connection.close()
    connection.close()


def elsewhere(command):
    """Run it out of sight of the driver, which forgets its plans when it sees such a command."""
    with connection.cursor() as cursor:
        cursor.execute(f"DO $$ BEGIN {command}; END $$")


@contextmanager
def wider_title():
    """As a migration that runs beside processes widens a column."""
    elsewhere("ALTER TABLE accounts_user ALTER title TYPE varchar(300)")
    try:
        yield
    finally:
        elsewhere("ALTER TABLE accounts_user ALTER title TYPE varchar(255)")


def test_a_plan_that_a_migration_spoiled_is_not_asked_for_again(ana_by_plan):
    if ana_by_plan is None:
        return

    with wider_title():
        assert BY_NAME.first(name="ana") == ana_by_plan
        assert BY_NAME.first(name="ana") == ana_by_plan


def test_a_transaction_is_lost_with_a_spoiled_plan_once(ana_by_plan):
    if ana_by_plan is None:
        return

    with wider_title():
        with pytest.raises(PlanUseless), transaction.atomic():
            BY_NAME.first(name="ana")
        with transaction.atomic():
            assert BY_NAME.first(name="ana") == ana_by_plan


def test_a_plan_that_a_pooler_threw_away_is_not_asked_for_again(ana_by_plan):
    if ana_by_plan is None:
        return
    elsewhere("EXECUTE 'DEALLOCATE ALL'")

    assert BY_NAME.first(name="ana") == ana_by_plan


def test_what_is_logged_names_the_values(make_user):
    make_user("ana")

    with CaptureQueriesContext(connection) as seen:
        BY_NAME.first(name="ana")

    assert "'ana'" in seen[0]["sql"]


def test_an_error_of_the_database_is_djangos(db):
    broken = Statement.of("SELECT nothing FROM nowhere WHERE id = %s", ["id"])

    with pytest.raises(DatabaseError), transaction.atomic():
        broken.rows(connection, {"id": 1})
