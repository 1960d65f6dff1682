"""PostgreSQL looks at tables that have grown."""

import pytest
from django.db import connection

from accounts.models import DirectoryGroup, User
from database.growth import LEAST_CHANGES, tend_grown
from tests.factories import make_organization

pytestmark = pytest.mark.django_db(transaction=True)


def grow(organization, number):
    start = User.objects.get_queryset().count()
    User.objects.get_queryset().bulk_create(
        User(organization=organization, user_name=f"person-{start + each}")
        for each in range(number)
    )
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_force_next_flush()")


def known():
    """How many people PostgreSQL takes there to be, and how many pages it may count unseen."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT reltuples, relallvisible FROM pg_class WHERE oid = 'accounts_user'::regclass"
        )
        return cursor.fetchone()


def test_a_table_is_looked_at_when_it_has_doubled():
    is_postgresql = connection.vendor == "postgresql"
    organization = make_organization()
    tend_grown(User)  # whatever other tests have left
    looks = []
    for number in (LEAST_CHANGES + 1, 100, LEAST_CHANGES):
        grow(organization, number)
        looks.append(tend_grown(DirectoryGroup, User))

    assert looks == ([["accounts_user"], [], ["accounts_user"]] if is_postgresql else [[], [], []])
    if is_postgresql:
        people, pages = known()
        assert people == 2 * LEAST_CHANGES + 101
        assert pages > 0
