"""What My account and the last-way rule know of a connected profile."""

from __future__ import annotations

import pytest
from django.utils import timezone

from accounts import doors
from accounts.doors import Door
from accounts.errors import LastWayIn
from accounts.models import BindingPolicy, Session
from accounts.ways_in import may_remove, ways_in
from profiles.services import disconnect_own_profile
from profiles.standing import is_bound
from tests.factories import PASSWORD


@pytest.fixture(autouse=True)
def no_sso(monkeypatch):
    monkeypatch.setattr(doors, "_sources", [])


def of(user):
    return [way for way in ways_in(user) if way.kind == "profile"]


def test_a_connected_profile_is_a_way_in_with_its_last_use(provider, ana, bind):
    used_at = timezone.now()
    bind(ana, name="Ana on LinkedIn", last_used_at=used_at)

    (way,) = of(ana)

    assert (way.name, way.note, way.opens) == ("LinkedIn", "Ana on LinkedIn", True)
    assert way.last_used_at == used_at
    assert way.url == "/connect/disconnect/"


def test_it_may_go_where_there_is_another(provider, make_user, bind):
    ana, ben = make_user("ana"), make_user("ben", password=PASSWORD)
    bind(ana)
    bind(ben)

    assert not may_remove(ana, of(ana)[0])
    assert may_remove(ben, of(ben)[0])


def test_it_opens_nothing_where_there_is_single_sign_on(provider, ana, bind, monkeypatch):
    bind(ana)
    okta = Door(name="Okta", url="/sso/okta/login", host="acme.okta.example")
    monkeypatch.setattr(doors, "_sources", [lambda organization: [okta]])

    assert not of(ana)[0].opens
    assert "single sign-on" in of(ana)[0].note


def test_it_opens_nothing_without_credentials(ana, bind, settings):
    settings.LINKEDIN_CLIENT_ID = settings.LINKEDIN_CLIENT_SECRET = ""
    bind(ana)

    assert not of(ana)[0].opens


def test_nothing_is_listed_without_one_where_it_is_off_and_for_staff(
    provider, ana, acme, bind, set_policy, make_staff
):
    assert of(ana) == []
    assert of(make_staff()) == []
    bind(ana)
    set_policy(acme, BindingPolicy.OFF)
    ana.organization = acme

    assert of(ana) == []


def test_the_only_way_in_stays_and_the_page_says_what_to_do(
    provider, client, make_user, sign_in, bind
):
    ana = make_user("ana")
    bind(ana)
    sign_in(client, ana, door=Session.Door.LINKEDIN)

    shown = client.get("/connect/disconnect/")
    posted = client.post("/connect/disconnect/")

    assert "LinkedIn is your only way in" in shown.content.decode()
    assert 'href="/account/passkeys/"' in shown.content.decode()
    assert posted.status_code == 409
    assert is_bound(ana)


def test_the_service_keeps_the_only_way_in_whoever_calls_it(provider, ana, bind):
    bind(ana)

    with pytest.raises(LastWayIn):
        disconnect_own_profile(user=ana)

    assert is_bound(ana)


def test_with_another_way_in_it_goes(provider, client, make_user, sign_in, bind):
    ana = make_user("ana", password=PASSWORD)
    bind(ana)
    sign_in(client, ana, door=Session.Door.LINKEDIN)

    client.post("/connect/disconnect/")

    assert not is_bound(ana)
