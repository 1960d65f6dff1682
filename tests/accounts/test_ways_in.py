"""By which ways a person comes in, when each was last used, and which may go."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts import ways_in as registry
from accounts.models import Organization, User
from accounts.ways_in import WayIn, may_remove, ways_in
from sso.models import SamlConnection, SamlIdentity
from tests.factories import PASSWORD


@pytest.fixture
def ana(make_user: Any) -> User:
    user: User = make_user("ana", password=PASSWORD)
    return user


@pytest.fixture
def identity(acme: Organization, ana: User) -> SamlIdentity:
    okta = SamlConnection.objects.create(
        organization=acme,
        name="Okta",
        state=SamlConnection.State.ACTIVE,
        idp_entity_id="https://idp.acme.example",
        idp_certificates="one",
        idp_sso_redirect_url="https://idp.acme.example/sso",
    )
    return SamlIdentity.objects.create(
        connection=okta, user=ana, name_id="ana-7", last_used_at=timezone.now()
    )


@pytest.fixture
def made_up(monkeypatch: pytest.MonkeyPatch) -> list[WayIn]:
    """Ways that the registry answers for everybody, beside nothing else."""
    ways: list[WayIn] = []
    monkeypatch.setattr(registry, "_sources", [lambda _user: ways])
    return ways


def way(key: str, *, opens: bool = True) -> WayIn:
    return WayIn(kind="passkey", key=key, name=key, note="", icon="key", opens=opens)


def test_a_person_has_their_password_and_what_identity_providers_know_them_by(
    ana: User, identity: SamlIdentity
) -> None:
    ways = {each.kind: each for each in ways_in(ana)}

    assert set(ways) == {"password", "saml"}
    assert ways["saml"].name == "Okta"
    assert ways["saml"].last_used_at == identity.last_used_at
    assert ways["saml"].connection_id == identity.connection_id


def test_without_a_password_there_is_none(ana: User) -> None:
    ana.set_unusable_password()

    assert ways_in(ana) == []


def test_nobody_has_a_colleagues_ways_or_those_of_another_organization(
    ana: User, identity: SamlIdentity, make_user: Any, globex: Organization
) -> None:
    for other in (make_user("bo"), make_user("ana", organization=globex)):
        assert ways_in(other) == []


def test_platform_staff_have_no_identity_provider(make_staff: Any) -> None:
    assert [each.kind for each in ways_in(make_staff("ops", password=PASSWORD))] == ["password"]


def test_a_password_that_the_organization_closed_is_shown_and_opens_nothing(
    acme: Organization, ana: User, identity: SamlIdentity
) -> None:
    Organization.objects.update(sso_required_at=timezone.now())
    ana.refresh_from_db()

    sso, password = ways_in(ana)

    assert (sso.opens, password.opens, password.url) == (True, False, "")
    assert may_remove(ana, password)
    assert not may_remove(ana, sso)


def test_an_identity_of_a_connection_that_is_off_opens_nothing(
    ana: User, identity: SamlIdentity
) -> None:
    SamlConnection.objects.update(state="inactive")

    assert [(each.kind, each.opens) for each in ways_in(ana)] == [
        ("password", True),
        ("saml", False),
    ]


@pytest.mark.parametrize(
    ("others", "may"),
    [([], False), ([way("b", opens=False)], False), ([way("b")], True)],
)
def test_the_last_way_that_really_opens_stays(
    ana: User, made_up: list[WayIn], others: list[WayIn], may: bool
) -> None:
    made_up += [way("a"), *others]

    assert may_remove(ana, way("a")) is may


def test_registering_twice_is_registering_once(ana: User, made_up: list[WayIn]) -> None:
    def more(_user: User) -> list[WayIn]:
        return [way("a")]

    registry.register(more)
    registry.register(more)

    assert [each.key for each in ways_in(ana)] == ["a"]


def test_the_passwords_last_use_is_kept_with_the_sign_in(client: Client, ana: User) -> None:
    assert ana.password_used_at is None

    client.post("/login/", {"email": ana.email, "password": PASSWORD})

    ana.refresh_from_db()
    assert ana.password_used_at is not None
    assert ana.password_used_at == ana.last_login
    assert ways_in(ana)[0].last_used_at == ana.password_used_at
