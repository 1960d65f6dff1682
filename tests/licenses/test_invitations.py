"""What an accepted invitation does about a license: as a first sign-in does."""

from __future__ import annotations

import pytest

from accounts.models import User
from accounts.services import accept_invitation
from audit.actors import Actor
from licenses.models import LicenseAssignment
from licenses.policies import LicenseState, Source
from licenses.services import assign_license, revoke_license
from licenses.standing import persons_license
from tests.accounts.invited import invited


@pytest.fixture
def mara(make_user):
    return make_user("mara", state=User.State.INVITED)


def accept(user):
    invitation, _secret = invited(user)
    return accept_invitation(invitation=invitation, actor=Actor.from_user(user))


def switch(organization, on):
    organization.auto_assign = on
    organization.save()


def test_with_the_switch_on_a_seat_comes_with_the_invitation(acme, mara, make_pool):
    make_pool(seats=1)
    switch(acme, True)

    accept(mara)

    seat = LicenseAssignment.objects.get(user=mara)
    assert (seat.state, seat.source) == (LicenseState.ACTIVE, Source.INVITATION)


def test_with_the_switch_off_none_does(acme, mara, make_pool):
    make_pool(seats=1)
    switch(acme, False)

    accept(mara)

    assert persons_license(mara).state == LicenseState.NONE


def test_without_a_seat_they_come_in_and_wait(acme, mara, make_pool):
    make_pool(seats=0)
    switch(acme, True)

    accept(mara)

    mara.refresh_from_db()
    assert mara.is_active
    assert persons_license(mara).state == LicenseState.WAITING


def test_what_an_administrator_took_away_stays_away(acme, make_user, make_pool, actor):
    make_pool(seats=1)
    switch(acme, True)
    ana = make_user("ana")
    assign_license(user=ana, source=Source.ADMIN, actor=actor)
    revoke_license(user=ana, actor=actor)

    accept(ana)

    assert persons_license(ana).state == LicenseState.REVOKED


def test_another_way_in_keeps_the_seat(acme, make_user, make_pool, actor):
    make_pool(seats=1)
    switch(acme, True)
    ana = make_user("ana")
    before = assign_license(user=ana, source=Source.ADMIN, actor=actor)

    accept(ana)

    assert LicenseAssignment.objects.get(user=ana) == before


def test_the_other_organization_s_switch_gives_nothing(acme, globex, mara, make_pool):
    make_pool(seats=1)
    make_pool(seats=1, organization=globex)
    switch(globex, True)

    accept(mara)

    assert persons_license(mara).state == LicenseState.NONE
