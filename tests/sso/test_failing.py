"""A connection that lets nobody in says so on the page where people sign in."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from sso.causes import Cause
from sso.failing import FAILURES, RECENT, failing_connections
from sso.models import SignInTrace

OFFICE, ELSEWHERE = "192.0.2.7", "198.51.100.9"
PAGE = "/o/acme/login/"
NOTICE = "lets nobody in at the moment"


@pytest.fixture
def acme_connection(at_acme):
    return at_acme.connection


@pytest.fixture
def trace(acme_connection):
    """An attempt so many minutes ago."""

    def make(*, minutes, cause="", address=OFFICE, connection=acme_connection):
        return SignInTrace.objects.create(
            organization=connection.organization,
            connection=connection,
            outcome="refused" if cause else "accepted",
            cause=cause,
            address=address,
            created_at=timezone.now() - timedelta(minutes=minutes),
        )

    return make


@pytest.fixture
def failing(trace):
    """Somebody came in yesterday; since then the key was exchanged."""
    trace(minutes=24 * 60)
    for minutes in (9, 6, 3):
        trace(minutes=minutes, cause=Cause.BAD_SIGNATURE)


def found(organization):
    return set(failing_connections(organization))


def test_a_connection_whose_last_sign_ins_were_all_stopped_is_failing(
    client, failing, acme_connection
):
    assert found(acme_connection.organization) == {acme_connection.pk}

    page = client.get(PAGE).content.decode()
    assert NOTICE in page
    assert page.count('href="/o/acme/recover/"') == 2


def test_one_who_comes_in_ends_it(client, failing, trace, acme_connection):
    trace(minutes=1)

    assert found(acme_connection.organization) == set()
    assert NOTICE not in client.get(PAGE).content.decode()


def test_fewer_are_chance(trace, acme_connection):
    trace(minutes=24 * 60)
    for minutes in range(FAILURES - 1):
        trace(minutes=minutes, cause=Cause.EXPIRED)

    assert found(acme_connection.organization) == set()


def test_what_was_is_over(trace, acme_connection):
    trace(minutes=24 * 60)
    for minutes in range(5):
        trace(minutes=RECENT.total_seconds() / 60 + 1 + minutes, cause=Cause.EXPIRED)

    assert found(acme_connection.organization) == set()


def test_what_stops_one_person_stops_no_other(trace, acme_connection):
    trace(minutes=24 * 60)
    for minutes in range(9):
        trace(minutes=minutes, cause=Cause.PERSON_DEACTIVATED)

    assert found(acme_connection.organization) == set()


def test_strangers_who_post_nonsense_put_no_notice_on_the_page(trace, acme_connection):
    trace(minutes=24 * 60)
    for minutes in range(9):
        trace(minutes=minutes, cause=Cause.BAD_SIGNATURE, address=ELSEWHERE)
        trace(minutes=minutes, cause=Cause.BAD_SIGNATURE, address=None)

    assert found(acme_connection.organization) == set()


def test_the_other_organization_is_not_touched(failing, at_globex):
    assert found(at_globex.connection.organization) == set()


def test_a_quiet_page_costs_one_statement_for_it(acme_connection, trace, django_assert_num_queries):
    trace(minutes=3)

    with django_assert_num_queries(1):
        found(acme_connection.organization)
