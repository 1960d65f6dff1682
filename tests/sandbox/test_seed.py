"""The demo's data are what the README promises, and stay what a visitor made of them."""

from __future__ import annotations

import base64
from urllib.parse import urlsplit

import pytest
from django.test import Client

from accounts.models import BindingPolicy, Organization, User
from accounts.roles import Role
from audit.models import AuditEvent
from licenses.models import LicensePool
from licenses.policies import LicenseState
from profiles.models import ProfileBinding
from sandbox.answers import answer
from sandbox.people import BOUND_MEMBER, IDENTITY_PROVIDERS
from sandbox.places import service_providers
from sandbox.saml_messages import parse_redirect_request
from sandbox.seed import CUSTOMERS, PASSWORD, STAFF_NAME, seed
from sso.models import SamlConnection, SignInTrace

pytestmark = pytest.mark.django_db


def silent(line):
    pass


def sign_in(slug, email):
    """What the portal answers when this person of the cast signs in."""
    provider = IDENTITY_PROVIDERS[slug]
    (service,) = service_providers(slug).values()
    client = Client()
    started = client.get(urlsplit(service.login_url).path)
    asked = parse_redirect_request(urlsplit(started.url).query)
    sent = answer(
        provider,
        provider.person(email),
        service,
        request_id=asked.id,
        relay_state=asked.relay_state,
    )
    return client.post(
        urlsplit(service.acs_url).path, {"SAMLResponse": base64.b64encode(sent.xml).decode()}
    )


def license_state(email):
    user = User.objects.present().get(email=email)
    current = user.licenses.current().first()
    return current.state if current else None


def test_the_customers_are_as_promised_and_a_second_run_changes_nothing(folder):
    seed(silent)

    acme, globex = Organization.objects.get(slug="acme"), Organization.objects.get(slug="globex")
    assert acme.users.count() == 250
    assert globex.users.count() == 20
    assert LicensePool.objects.get(organization=acme).seats_free == 40
    assert LicensePool.objects.get(organization=globex).seats_free == 2
    assert (acme.binding_policy, globex.binding_policy) == (
        BindingPolicy.OPTIONAL,
        BindingPolicy.REQUIRED,
    )
    assert acme.auto_assign
    assert globex.auto_assign
    assert set(SamlConnection.objects.active().values_list("preset", flat=True)) == {
        "okta",
        "entra",
    }
    for customer in CUSTOMERS:
        admin = User.objects.get_queryset().get(email=customer.admin)
        assert admin.role == Role.FULL_ADMIN
        assert admin.check_password(PASSWORD)
    staff = User.objects.get_queryset().get(user_name=STAFF_NAME)
    assert staff.is_platform_staff
    assert staff.check_password(PASSWORD)
    assert ProfileBinding.objects.active().filter(subject=BOUND_MEMBER.subject).count() == 1
    days = {moment.date() for moment in SignInTrace.objects.values_list("created_at", flat=True)}
    assert len(days) >= 28

    for organization in (acme, globex):
        events = AuditEvent.objects.in_organization(organization).order_by("id")
        moments = list(events.values_list("created_at", flat=True))
        assert moments == sorted(moments)

    User.objects.get_queryset().filter(email="mara.lindqvist@acme.example").update(title="Mine")
    before = AuditEvent.objects.count()
    seed(silent)

    assert AuditEvent.objects.count() == before
    assert User.objects.get_queryset().filter(title="Mine").count() == 1


def test_each_of_the_cast_meets_what_their_story_tells_with_lost_keys_too(folder):
    seed(silent)

    refused = {
        email: sign_in("acme", email).status_code
        for email in ("ines.carvalho@acme.example", "tom.becker@acme.example")
    }
    assert set(refused.values()) == {403}

    assert sign_in("acme", "jonas.weber@acme.example").status_code == 302
    assert license_state("jonas.weber@acme.example") == LicenseState.ACTIVE

    assert sign_in("acme", "zoe.angstrom@acme.example").status_code == 302
    assert User.objects.present().filter(first_name="Zoë").count() == 1

    for first_name in ("lena.hoffmann", "marco.rossi", "yuki.tanaka"):
        assert sign_in("globex", f"{first_name}@globex.example").status_code == 302
    assert license_state("lena.hoffmann@globex.example") == LicenseState.ACTIVE
    assert license_state("marco.rossi@globex.example") == LicenseState.ACTIVE
    assert license_state("yuki.tanaka@globex.example") == LicenseState.WAITING

    assert sign_in("globex", "nadia.haddad@globex.example").url == "/"

    # The sandbox's folder was deleted: new keys, trusted anew.
    (folder / "acme.pem").unlink()
    seed(silent)
    assert sign_in("acme", "mara.lindqvist@acme.example").status_code == 302
