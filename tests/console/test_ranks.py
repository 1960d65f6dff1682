"""A sub-admin with every ability there is does nothing to those who stand above."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.roles import Ability, Role
from licenses.models import LicenseAssignment
from licenses.policies import LicenseState, Source
from licenses.services import assign_license
from profiles.models import ProfileBinding, Provider, Via
from sso.models import IdentityClaim, SamlIdentity
from sso.services import create_connection

pytestmark = pytest.mark.django_db


@pytest.fixture
def helper(make_user: Any) -> User:
    return make_user("helper", role=Role.SUB_ADMIN, abilities=list(Ability))


@pytest.fixture
def console(client: Client, helper: User, sign_in: Any) -> Client:
    return sign_in(client, helper)


@pytest.fixture(params=[Role.FULL_ADMIN, Role.SUB_ADMIN])
def above(request: pytest.FixtureRequest, make_user: Any, make_admin: Any) -> User:
    make_admin("another")  # so that nobody is the last one, who is safe for another reason
    return make_user("above", role=request.param, abilities=[Ability.PEOPLE])


def test_no_identity_is_confirmed_as_theirs(console, acme, actor, above):
    connection = create_connection(organization=acme, name="Okta", preset="okta", actor=actor)
    claim = IdentityClaim.objects.create(
        organization=acme,
        connection=connection,
        user=above,
        name_id="mallory",
        last_seen_at=timezone.now(),
    )

    console.post(reverse("admin:sso_identityclaim_decide", args=[claim.pk]), {"answer": "same"})

    claim.refresh_from_db()
    assert claim.decided_at is None
    assert not SamlIdentity.objects.exists()


def test_their_license_stays(console, make_pool, actor, above):
    make_pool(seats=2)
    assign_license(user=above, source=Source.ADMIN, actor=actor)

    console.post(
        reverse("admin:licenses_licenseassignment_bulk", args=["revoke_license"]),
        {"ids": str(above.pk)},
    )

    assert LicenseAssignment.objects.get().state == LicenseState.ACTIVE


def test_their_profile_stays(console, above):
    binding = ProfileBinding.objects.create(
        organization=above.organization,
        user=above,
        provider=Provider.LINKEDIN,
        subject="member-1",
        via=Via.SSO,
        consent_version="1",
        consented_at=timezone.now(),
    )

    console.post(
        reverse("admin:profiles_profilebinding_bulk", args=["disconnect_profile"]),
        {"ids": str(above.pk)},
    )

    binding.refresh_from_db()
    assert binding.state == ProfileBinding.State.ACTIVE


@pytest.mark.parametrize("field", ["email", "first_name", "role"])
def test_their_record_stays(console, above, field):
    before = User.objects.get_queryset().filter(pk=above.pk).values().get()
    form = {
        "email": "mallory@acme.example",
        "first_name": "Mallory",
        "role": "learner",
        "abilities": list(Ability),
    }

    console.post(reverse("admin:accounts_user_change", args=[above.pk]), form | {field: "x"})

    assert User.objects.get_queryset().filter(pk=above.pk).values().get() == before


@pytest.mark.parametrize("verb", ["deactivate", "sign_out", "assign_license"])
def test_nothing_is_done_to_them(console, above, make_pool, sign_in, verb):
    make_pool(seats=1)
    theirs = sign_in(Client(), above)

    console.post(reverse("admin:accounts_user_do", args=[above.pk, verb]))
    console.post(reverse("admin:accounts_user_bulk", args=[verb]), {"ids": str(above.pk)})

    above.refresh_from_db()
    assert above.state == User.State.ACTIVE
    assert theirs.get("/api/v1/me").status_code == 200
    assert not LicenseAssignment.objects.exists()


def test_nobody_makes_themselves_more(console, helper):
    for role in Role:
        form = {"email": helper.email, "role": role, "abilities": list(Ability)}
        console.post(
            reverse("admin:accounts_user_change", args=[helper.pk]),
            form | {"is_superuser": "on", "is_staff": "on", "organization": ""},
        )
        console.post(reverse("admin:accounts_user_add"), form | {"user_name": f"new-{role}"})

    helper.refresh_from_db()
    assert helper.role == Role.SUB_ADMIN
    made = User.objects.get_queryset().filter(user_name__startswith="new-")
    assert {user.role for user in made} <= {Role.LEARNER, Role.CURATOR}
    assert {user.organization_id for user in made} == {helper.organization_id}
