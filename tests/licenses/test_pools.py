"""Pools: created, changed, opened, closed, lapsed."""

from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import call_command
from django.utils import timezone

from accounts.errors import InvalidValue
from audit.actions import Action
from audit.models import AuditEvent
from jobs.errors import FailedInPart
from licenses import jobs
from licenses.errors import NoPool, PoolNameTaken, SeatsInUse
from licenses.models import LicenseAssignment, LicensePool
from licenses.policies import LicenseState, SeatOutcome, Source
from licenses.services import (
    BulkResult,
    assign_license,
    assign_licenses,
    assign_on_first_sso,
    assign_to_everyone,
    change_pool,
    create_pool,
    expire_licenses,
    gate,
)
from licenses.standing import count_without_license, license_state
from tests.licenses.places import queue_place

DAY = timedelta(days=1)


def days(number):
    return timezone.now() + number * DAY


def test_a_new_pool_is_on_record(acme, actor):
    pool = create_pool(organization=acme, name=" Main pool ", seats=40, actor=actor)

    assert (pool.name, pool.seats, pool.seats_taken, pool.product) == (
        "Main pool",
        40,
        0,
        "learning",
    )
    event = AuditEvent.objects.get()
    assert event.action == Action.POOL_CREATED
    assert event.target_name == "Main pool"
    assert event.changes == {"seats": 40, "product": "learning"}


def test_a_new_pool_serves_the_line_at_once(generous, make_user, idp, actor):
    ana = make_user("ana")
    assign_on_first_sso(user=ana, actor=idp)

    pool = create_pool(organization=generous, name="Main", seats=1, actor=actor)

    assert license_state(ana) == LicenseState.ACTIVE
    assert pool.seats_taken == 1


def test_a_pools_name_is_unique_in_its_organization_whatever_its_case(acme, globex, actor):
    create_pool(organization=acme, name="Sträßchen", seats=1, actor=actor)

    with pytest.raises(PoolNameTaken, match="STRÄSSCHEN"):
        create_pool(organization=acme, name="STRÄSSCHEN", seats=1, actor=actor)
    assert create_pool(organization=globex, name="Sträßchen", seats=1, actor=actor)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": ""}, "name"),
        ({"seats": -1}, "seats"),
        ({"seats": 10_000_001}, "seats"),
        ({"grace_days": 366}, "grace_days"),
        ({"product": "no good"}, "product"),
        ({"starts_at": days(2), "ends_at": days(1)}, "ends_at"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused_by_name(acme, actor, values, field):
    with pytest.raises(InvalidValue) as refusal:
        create_pool(**{"organization": acme, "name": "Main", "seats": 1, "actor": actor, **values})

    assert refusal.value.field == field
    assert not LicensePool.objects.exists()


def test_more_seats_serve_the_line(generous, make_pool, make_user, idp, actor):
    pool = make_pool(seats=0)
    ana = make_user("ana")
    assign_on_first_sso(user=ana, actor=idp)

    changed = change_pool(pool=pool, changes={"seats": 3}, actor=actor)

    assert changed == {"seats": [0, 3]}
    assert license_state(ana) == LicenseState.ACTIVE
    assert (pool.seats, pool.seats_taken) == (3, 1)
    assert AuditEvent.objects.filter(action=Action.POOL_CHANGED).get().changes == changed


def test_fewer_seats_than_in_use_are_refused(acme, make_pool, make_user, actor):
    pool = make_pool(seats=3)
    for _ in range(2):
        assign_license(user=make_user(), source=Source.ADMIN, actor=actor)

    with pytest.raises(SeatsInUse, match="2 seats are in use"):
        change_pool(pool=pool, changes={"seats": 1}, actor=actor)
    assert change_pool(pool=pool, changes={"seats": 2}, actor=actor)


def test_setting_what_is_set_changes_and_records_nothing(make_pool, actor):
    pool = make_pool(name="Main", seats=3)

    assert change_pool(pool=pool, changes={"name": " Main ", "seats": 3}, actor=actor) == {}
    assert not AuditEvent.objects.exists()


def test_a_pool_is_renamed_but_not_to_a_name_in_use(make_pool, actor):
    make_pool(name="Sales")
    pool = make_pool(name="Main")

    with pytest.raises(PoolNameTaken):
        change_pool(pool=pool, changes={"name": "sales"}, actor=actor)
    change_pool(pool=pool, changes={"name": "Support"}, actor=actor)

    assert LicensePool.objects.get(pk=pool.pk).name_key == "support"


@pytest.mark.parametrize("field", ["seats_taken", "product", "organization"])
def test_what_the_gate_and_the_contract_decide_is_not_for_changing(make_pool, actor, field):
    with pytest.raises(InvalidValue):
        change_pool(pool=make_pool(), changes={field: 1}, actor=actor)


@pytest.mark.parametrize(
    ("starts_in", "ends_in", "is_open"),
    [(None, None, True), (-1, 1, True), (1, None, False), (1, 2, False), (-2, -1, False)],
)
def test_only_open_pools_give_seats(
    generous, make_pool, make_user, idp, actor, starts_in, ends_in, is_open
):
    pool = make_pool(
        seats=1,
        starts_at=None if starts_in is None else days(starts_in),
        ends_at=None if ends_in is None else days(ends_in),
    )

    outcome = assign_on_first_sso(user=make_user(), actor=idp)

    assert (outcome is SeatOutcome.GRANTED) == is_open == pool.is_open(timezone.now())
    if not is_open:
        with pytest.raises(NoPool):
            assign_license(user=make_user(), source=Source.ADMIN, actor=actor)


def test_opening_a_pool_serves_the_line(generous, make_pool, make_user, idp, actor):
    pool = make_pool(seats=1, starts_at=days(5))
    ana = make_user("ana")
    assign_on_first_sso(user=ana, actor=idp)

    change_pool(pool=pool, changes={"starts_at": None}, actor=actor)

    assert license_state(ana) == LicenseState.ACTIVE


@pytest.fixture
def ending(generous, make_pool, make_user, idp):
    """Ana's license, of a pool that ends tomorrow and leaves ten days of grace."""
    pool = make_pool(seats=1, ends_at=days(1), name="Old")
    ana = make_user("ana")
    assign_on_first_sso(user=ana, actor=idp)
    return pool, ana


def test_in_its_grace_days_a_license_lasts_but_no_new_one_is_given(
    ending, make_user, idp, system_actor
):
    _pool, ana = ending

    with time_machine.travel(days(5), tick=False):
        assert license_state(ana) == LicenseState.ACTIVE
        assert expire_licenses(actor=system_actor) == 0
        assert assign_on_first_sso(user=ana, actor=idp) is SeatOutcome.HELD
        assert assign_on_first_sso(user=make_user(), actor=idp) is SeatOutcome.WAITING


def test_past_its_grace_days_a_license_counts_as_expired_even_before_it_is_ended(ending):
    _pool, ana = ending

    with time_machine.travel(days(12), tick=False):
        assert license_state(ana) == LicenseState.EXPIRED
        row = LicenseAssignment.objects.select_related("pool").get()
        assert row.standing_at(timezone.now()) == LicenseState.EXPIRED


def test_lapsed_licenses_are_ended_once(ending, system_actor, history, seats_are_counted_right):
    _pool, ana = ending

    with time_machine.travel(days(12), tick=False):
        assert expire_licenses(actor=system_actor) == 1
        assert expire_licenses(actor=system_actor) == 0
        assert license_state(ana) == LicenseState.EXPIRED

    row = LicenseAssignment.objects.get()
    assert (row.state, row.ended_source, row.withheld_at) == ("expired", "expiry", None)
    assert history(ana)[-1] == (Action.LICENSE_EXPIRED, {"pool": "Old", "source": "expiry"})
    seats_are_counted_right()


def test_lapsed_licenses_are_ended_in_batches(
    generous, make_pool, make_user, idp, system_actor, monkeypatch, seats_are_counted_right
):
    monkeypatch.setattr("licenses.services.endings.BATCH", 2)
    make_pool(seats=5, ends_at=days(1))
    for _ in range(5):
        assign_on_first_sso(user=make_user(), actor=idp)

    with time_machine.travel(days(12), tick=False):
        assert expire_licenses(actor=system_actor) == 5
    seats_are_counted_right()


def test_only_the_organization_asked_for_is_swept(ending, globex, acme, system_actor):
    with time_machine.travel(days(12), tick=False):
        assert expire_licenses(actor=system_actor, organization=globex) == 0
        assert expire_licenses(actor=system_actor, organization=acme) == 1


def test_a_pool_prolonged_while_the_sweep_waited_keeps_its_licenses(
    ending, system_actor, monkeypatch
):
    pool, ana = ending
    from licenses.services import endings

    def hold_line(organization_id):
        LicensePool.objects.filter(pk=pool.pk).update(ends_at=None)
        return pool.organization

    monkeypatch.setattr(endings, "hold_line", hold_line)

    with time_machine.travel(days(12), tick=False):
        assert expire_licenses(actor=system_actor) == 0
    assert license_state(ana) == LicenseState.ACTIVE


def test_a_sign_in_after_the_end_gets_a_seat_of_another_pool(
    ending, make_pool, idp, seats_are_counted_right
):
    _old, ana = ending
    fresh = make_pool(seats=1, priority=200)

    with time_machine.travel(days(12), tick=False):
        assert assign_on_first_sso(user=ana, actor=idp) is SeatOutcome.GRANTED
        assert license_state(ana) == LicenseState.ACTIVE

    assert LicenseAssignment.objects.active().get().pool == fresh
    seats_are_counted_right()


def test_an_administrator_renews_a_lapsed_license(
    ending, make_pool, actor, seats_are_counted_right
):
    _old, ana = ending
    fresh = make_pool(seats=1)

    with time_machine.travel(days(12), tick=False):
        assert assign_license(user=ana, source=Source.ADMIN, actor=actor).pool == fresh
    seats_are_counted_right()


def test_bulk_renews_lapsed_licenses_before_the_sweep(
    ending, acme, make_pool, actor, history, seats_are_counted_right
):
    _old, ana = ending
    fresh = make_pool(seats=1, name="Fresh")

    with time_machine.travel(days(12), tick=False):
        result = assign_licenses(
            organization=acme, users=[ana.pk], source=Source.ADMIN, actor=actor
        )

    assert result == BulkResult(assigned=1)
    assert LicenseAssignment.objects.active().get().pool == fresh
    assert history(ana)[1:] == [
        (Action.LICENSE_EXPIRED, {"pool": "Old", "source": "expiry"}),
        (Action.LICENSE_ASSIGNED, {"pool": "Fresh", "source": "admin"}),
    ]
    seats_are_counted_right()


def test_bulk_puts_lapsed_licenses_in_line_when_no_seat_is_left(
    ending, acme, actor, seats_are_counted_right
):
    _old, ana = ending

    with time_machine.travel(days(12), tick=False):
        result = assign_licenses(
            organization=acme, users=[ana.pk], source=Source.ADMIN, actor=actor
        )

        assert result == BulkResult(waiting=1)
        assert queue_place(ana) == 1
    seats_are_counted_right()


def test_bulk_leaves_licenses_in_their_grace_days_alone(ending, acme, make_pool, actor):
    _old, ana = ending
    make_pool(seats=1)

    with time_machine.travel(days(5), tick=False):
        result = assign_licenses(
            organization=acme, users=[ana.pk], source=Source.ADMIN, actor=actor
        )

    assert result == BulkResult(unchanged=1)


def test_bulk_in_the_other_organization_ends_nobodys_license_here(
    ending, globex, make_pool, actor, history
):
    _old, ana = ending
    make_pool(organization=globex, seats=1)

    with time_machine.travel(days(12), tick=False):
        result = assign_licenses(
            organization=globex, users=[ana.pk], source=Source.ADMIN, actor=actor
        )

    assert result == BulkResult(unchanged=1)
    assert len(history(ana)) == 1


def test_everyone_includes_people_whose_license_has_lapsed(
    ending, acme, make_pool, make_user, idp, actor, seats_are_counted_right
):
    _old, ana = ending
    lasting = make_pool(seats=1, priority=200)
    holder = make_user()
    assign_on_first_sso(user=holder, actor=idp)
    lasting.seats = 9
    lasting.save(update_fields=["seats"])

    with time_machine.travel(days(5), tick=False):
        in_grace = count_without_license(acme)
    with time_machine.travel(days(12), tick=False):
        assert count_without_license(acme) == in_grace + 1
        result = assign_to_everyone(organization=acme, actor=actor)

        assert result == BulkResult(assigned=in_grace + 1)
        assert license_state(ana) == license_state(holder) == LicenseState.ACTIVE
        assert count_without_license(acme) == 0
    seats_are_counted_right()


def test_an_organization_whose_licenses_cannot_be_swept_keeps_no_other_from_it(
    generous, globex, make_pool, make_user, idp, monkeypatch
):
    """Of Globex one license ends and one person is served, whatever is wrong with Acme."""
    for organization in (None, globex):
        where = {} if organization is None else {"organization": organization}
        make_pool(seats=1, ends_at=days(1), grace_days=0, **where)
        make_pool(seats=1, starts_at=days(5), **where)
        for name in ("one", "two"):
            assign_on_first_sso(user=make_user(name, **where), actor=idp, auto_assign=True)
    hold = gate.hold_line

    def stumble(organization_id):
        if organization_id != globex.pk:
            raise ValueError("nobody foresaw this")
        return hold(organization_id)

    monkeypatch.setattr("licenses.services.endings.hold_line", stumble)
    monkeypatch.setattr("licenses.services.gate.hold_line", stumble)
    with time_machine.travel(days(6), tick=False), pytest.raises(FailedInPart) as failed:
        jobs.expire_licenses.func()

    assert (failed.value.failed, failed.value.done) == (2, 0)
    states = LicenseAssignment.objects.in_organization(globex).values_list("state", flat=True)
    assert sorted(states) == ["active", "expired"]


def test_the_sweep_is_a_command(ending, generous, globex, make_pool, make_user, idp):
    make_pool(seats=1, starts_at=days(11))
    make_pool(organization=globex, seats=1, starts_at=days(11))
    ben, gus = make_user("ben"), make_user("gus", organization=globex)
    for user in (make_user(), ben, gus):
        assign_on_first_sso(user=user, actor=idp, auto_assign=True)
    out = StringIO()

    with time_machine.travel(days(12), tick=False):
        call_command("expire_licenses", stdout=out)
        call_command("expire_licenses", "--json", stdout=out)

    assert out.getvalue() == (
        '1 license expired, 2 people in line got a seat.\n{"expired": 0, "served": 0}\n'
    )
    assert license_state(gus) == LicenseState.ACTIVE
    assert license_state(ben) == LicenseState.WAITING
