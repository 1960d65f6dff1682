"""Filters find, on either database, exactly those whose shown document `matches` them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from accounts.models import Organization
from provisioning.filters import compile_filter, matches, parse_filter
from provisioning.people import groups_of, people_of
from provisioning.schema import GROUP, USER
from tests.provisioning.filter_strategies import group_filters, person_filters
from tests.provisioning.filter_world import (
    IDS,
    World,
    build,
    group_document,
    person_document,
    worlds,
)

EXAMPLES = settings(
    phases=[Phase.generate],
    deadline=None,
    max_examples=15,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@contextmanager
def built(world: World, organization: Organization) -> Iterator[None]:
    with transaction.atomic():
        build(world, organization)
        yield
        transaction.set_rollback(True)


@EXAMPLES
@given(world=worlds(), texts=st.lists(person_filters(IDS), min_size=20, max_size=20))
def test_of_people_sql_finds_whom_the_reference_finds(
    acme: Organization, world: World, texts: list[str]
) -> None:
    with built(world, acme):
        rows = people_of(acme)
        documents = {user.pk: person_document(user) for user in rows}
        for text in texts:
            filter = parse_filter(text, USER)
            expected = {pk for pk, document in documents.items() if matches(filter, document)}

            found = set(rows.filter(compile_filter(filter, USER)).values_list("pk", flat=True))

            assert found == expected, (text, [documents[pk] for pk in found ^ expected])


@EXAMPLES
@given(world=worlds(), texts=st.lists(group_filters(IDS), min_size=20, max_size=20))
def test_of_groups_sql_finds_what_the_reference_finds(
    acme: Organization, world: World, texts: list[str]
) -> None:
    with built(world, acme):
        rows = groups_of(acme)
        documents = {group.pk: group_document(group) for group in rows}
        for text in texts:
            filter = parse_filter(text, GROUP)
            expected = {pk for pk, document in documents.items() if matches(filter, document)}

            found = set(rows.filter(compile_filter(filter, GROUP)).values_list("pk", flat=True))

            assert found == expected, (text, [documents[pk] for pk in found ^ expected])
