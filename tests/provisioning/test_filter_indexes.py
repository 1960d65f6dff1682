"""By which index the databases find people: the statements of real pages, explained."""

from __future__ import annotations

import uuid
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Organization, User
from provisioning.documents import search_form
from provisioning.filters import indexes
from provisioning.models import DirectoryRecord
from provisioning.paging import Query, page
from provisioning.people import PEOPLE
from provisioning.schema import USER

TOKEN = uuid.uuid4()


@pytest.fixture
def crowd(acme: Organization, globex: Organization) -> list[User]:
    """Twenty-five people of Acme among a thousand."""
    people = [
        User(
            organization=acme if number % 40 == 0 else globex,
            user_name=f"person-{number}",
            external_id=f"external-{number}",
            source=User.Source.SCIM,
        )
        for number in range(1000)
    ]
    User.objects.bulk_create(people)
    records = []
    for person in people:
        emails = [{"value": f"{person.user_name}@example.com", "type": "work"}]
        records.append(
            DirectoryRecord(
                user=person,
                organization_id=person.organization_id,
                search=search_form({"emails": emails}, USER),
            )
        )
    DirectoryRecord.objects.bulk_create(records)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return sorted((each for each in people if each.organization == acme), key=lambda each: each.pk)


def plan_of(query: Query, organization: Organization) -> str:
    """How the database goes about finding the people of a page."""
    with CaptureQueriesContext(connection) as captured:
        found = page(PEOPLE.of(organization.pk), query=query, resource_type=USER, owner=TOKEN)
    assert found.rows
    explain = {"postgresql": "EXPLAIN", "sqlite": "EXPLAIN QUERY PLAN"}[connection.vendor]
    statement = next(each["sql"] for each in captured if "accounts_user" in each["sql"])
    with connection.cursor() as cursor:
        cursor.execute(f"{explain} {statement}")
        return "\n".join(str(row[-1]) for row in cursor.fetchall())


def test_whoever_is_looked_up_is_found_by_an_index(crowd: list[User], acme: Organization) -> None:
    name, external_id = (
        "accounts_user_name_unique_in_organization",
        "accounts_external_id_unique_in_organization",
    )
    # SQLite has no index into JSON: it goes through the records of the organization's people.
    email = {"postgresql": indexes.EMAILS, "sqlite": "accounts_user_in_order"}[connection.vendor]

    for filter, index in (
        ('userName eq "PERSON-40"', name),
        ('userName eq "person-40" and active eq true', name),
        ('externalId eq "external-40"', external_id),
        ('emails eq "Person-40@example.com"', email),
        ('emails.value eq "person-40@example.com"', email),
        ('emails[type eq "work" and value eq "person-40@example.com"]', email),
        ('emails[type eq "work"].value eq "person-40@example.com"', email),
        ('active eq true and emails.value eq "person-40@example.com"', email),
    ):
        assert index in plan_of(Query(filter=filter), acme), filter


def test_pages_go_through_an_index_that_is_in_their_order(
    crowd: list[User], acme: Organization
) -> None:
    if connection.vendor == "postgresql":
        # Of so few people it would sooner sort all.
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_sort = off")
    first = page(
        PEOPLE.of(acme.pk), query=Query(cursor="", count=10), resource_type=USER, owner=TOKEN
    )

    for query in (
        Query(count=10),
        Query(start_index=15, count=10),
        Query(cursor=first.next_cursor, count=10),
    ):
        assert "accounts_user_in_order" in plan_of(query, acme)


@pytest.mark.django_db(transaction=True)
def test_the_index_of_emails_can_be_taken_away_and_made_again() -> None:
    migration = import_module("provisioning.migrations.0003_emails_index").Migration
    operation = migration.operations[0]

    def made() -> bool:
        with connection.cursor() as cursor:
            table = DirectoryRecord._meta.db_table
            return indexes.EMAILS in connection.introspection.get_constraints(cursor, table)

    with connection.schema_editor() as editor:
        assert made() is (connection.vendor == "postgresql")
        operation.reverse_code(apps, editor)
        assert not made()
        operation.code(apps, editor)
        assert made() is (connection.vendor == "postgresql")
