"""What the database refuses, whoever writes."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from licenses.models import LicenseAssignment, LicensePool

# One moment for all, so that every process names the cases alike.
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def write(acme, make_pool, make_user):
    """Writes an assignment past every service."""
    pool = make_pool()
    ana = make_user("ana")

    def write(**fields):
        fields = {
            "organization": acme,
            "user": ana,
            "state": "active",
            "source": "sso",
            "pool": pool,
            "assigned_at": NOW,
            **fields,
        }
        with transaction.atomic():
            return LicenseAssignment.objects.create(**fields)

    return write


def test_no_more_seats_are_taken_than_there_are(make_pool):
    pool = make_pool(seats=1)

    with pytest.raises(IntegrityError, match="licenses_seats_taken_within_seats"):
        LicensePool.objects.filter(pk=pool.pk).update(seats_taken=2)


def test_no_fewer_than_none_are_taken(make_pool):
    pool = make_pool(seats=1)

    with pytest.raises(IntegrityError):
        LicensePool.objects.filter(pk=pool.pk).update(seats_taken=-1)


def test_a_pool_ends_after_it_starts(make_pool):
    with pytest.raises(IntegrityError, match="licenses_pool_starts_before_it_ends"):
        make_pool(starts_at=NOW, ends_at=NOW)


def test_names_of_pools_differ_in_more_than_case(make_pool):
    make_pool(name="Main")

    with pytest.raises(IntegrityError):
        make_pool(name="MAIN")


def test_a_person_has_one_current_license_for_a_product(write):
    write()

    with pytest.raises(IntegrityError):
        write(state="waiting", pool=None, assigned_at=None)
    write(product="languages")


def test_a_person_is_withheld_a_license_once(write):
    ended = {"state": "revoked", "ended_at": NOW, "ended_source": "admin", "withheld_at": NOW}
    write(**ended)

    with pytest.raises(IntegrityError):
        write(**ended)


@pytest.mark.parametrize(
    "fields",
    [
        {"state": "active", "pool": None},
        {"state": "active", "assigned_at": None},
        {"state": "active", "ended_at": NOW, "ended_source": "admin"},
        {"state": "waiting"},
        {"state": "waiting", "assigned_at": None, "ended_at": NOW, "ended_source": "admin"},
        {"state": "revoked"},
        {"state": "expired"},
        {"state": "expired", "ended_at": NOW, "ended_source": "expiry", "assigned_at": None},
        {"state": "revoked", "ended_at": NOW},
        {"state": "active", "ended_source": "admin"},
        {"state": "active", "withheld_at": NOW},
        {"state": "revoked", "pool": None, "ended_at": NOW, "ended_source": "admin"},
        {"state": "none"},
        {"source": "deactivation"},
        {"source": ""},
    ],
    ids=lambda fields: " ".join(f"{name}={value}" for name, value in fields.items())[:60],
)
def test_a_license_whose_facts_contradict_each_other_is_refused(write, fields):
    with pytest.raises(IntegrityError):
        write(**fields)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"state": "waiting", "assigned_at": None},
        {"state": "waiting", "assigned_at": None, "pool": None},
        {"state": "revoked", "ended_at": NOW, "ended_source": "admin", "withheld_at": NOW},
        {
            "state": "revoked",
            "ended_at": NOW,
            "ended_source": "scim",
            "assigned_at": None,
            "pool": None,
        },
        {"state": "expired", "ended_at": NOW + timedelta(1), "ended_source": "expiry"},
    ],
)
def test_a_license_that_can_be_is_kept(write, fields):
    assert str(write(**fields)).startswith("Ana Test: ")
