"""What directories, identity providers, LinkedIn and people write never becomes part of a page."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import DirectoryGroup, Organization, User
from audit.actions import Action
from audit.actors import Actor
from audit.services import record
from licenses.models import LicenseAssignment
from licenses.policies import LicenseState, Source
from profiles.models import ProfileBinding, Provider, Via
from sso.causes import Cause
from sso.models import IdentityClaim, SamlConnection, SamlIdentity, SignInTrace
from sso.services import create_connection
from tests.factories import sign_in

MARKUP = "<i title=\"x\" class='y'>mark</i>"
# Two addresses of one kind show the same page: ids and values of parameters are left out.
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|(?<==)[^&]*")


@pytest.fixture
def marked(acme: Organization, make_user: Callable[..., User], make_pool: Any) -> User:
    """Acme, with markup in every text that comes from outside; answers its full admin."""
    acme.name = MARKUP
    acme.save()
    text = dict.fromkeys(
        ("user_name", "first_name", "last_name", "title", "department", "location", "manager_name"),
        MARKUP,
    )
    names = {name: value for name, value in text.items() if name != "user_name"}
    admin = make_user("admin", role="full_admin", attributes={MARKUP: [MARKUP]}, **names)
    learner = make_user(MARKUP, attributes={MARKUP: [MARKUP]}, **names)
    make_user(f"{MARKUP}2", role="sub_admin", abilities=["sso"], **names)
    actor = Actor.from_user(learner)
    pool = make_pool(name=MARKUP, seats=5, seats_taken=1)
    LicenseAssignment.objects.create(
        organization=acme,
        user=learner,
        pool=pool,
        state=LicenseState.ACTIVE,
        source=Source.ADMIN,
        reason=MARKUP,
        requested_at=timezone.now(),
        assigned_at=timezone.now(),
    )
    group = DirectoryGroup.objects.create(organization=acme, display_name=MARKUP)
    group.members.add(learner, admin)
    ProfileBinding.objects.create(
        organization=acme,
        user=learner,
        provider=Provider.LINKEDIN,
        subject=MARKUP,
        name=MARKUP,
        via=Via.SSO,
        consent_version="1",
        consented_at=timezone.now(),
    )
    connection = create_connection(organization=acme, name=MARKUP, preset="okta", actor=actor)
    SamlConnection.objects.filter(pk=connection.pk).update(
        state="active",
        idp_entity_id=MARKUP,
        idp_sso_redirect_url=f"https://idp.example/{MARKUP}",
        idp_sso_post_url=f"https://idp.example/{MARKUP}",
        idp_certificates=connection.sp_certificate,
        attribute_map={"email": MARKUP},
        subject_attribute=MARKUP,
        name_id_format=MARKUP,
        requested_authn_context=MARKUP,
    )
    SamlIdentity.objects.create(
        connection=connection, user=learner, name_id=MARKUP, last_used_at=timezone.now()
    )
    IdentityClaim.objects.create(
        organization=acme,
        connection=connection,
        user=learner,
        name_id=MARKUP,
        evidence={"email": MARKUP, MARKUP: MARKUP},
        last_seen_at=timezone.now(),
    )
    SignInTrace.objects.create(
        organization=acme,
        connection=connection,
        user=learner,
        outcome="refused",
        cause=Cause.WRONG_ISSUER,
        subject_hint=MARKUP,
        client=MARKUP,
        checks=[{"name": MARKUP, "passed": False, "seen": MARKUP, "expected": MARKUP}],
    )
    record(
        Action.USER_CHANGED,
        organization=acme,
        actor=actor,
        target=learner,
        changes={MARKUP: [MARKUP, MARKUP], "list": [MARKUP] * 3, "map": {MARKUP: MARKUP}},
    )
    return admin


def pages(client: Client, *starts: str) -> dict[str, str]:
    """A page of every kind that can be reached by following links, with its source."""
    found: dict[str, str] = {}
    kinds: set[str] = set()
    waiting = list(starts)
    while waiting:
        address = waiting.pop()
        kind = _ID.sub("", address)
        if kind in kinds or kind.count("&") > 0:  # filters are tried one by one
            continue
        kinds.add(kind)
        response = client.get(address)
        found[address] = response.content.decode() if not response.streaming else ""
        if 300 <= response.status_code < 400:
            waiting.append(response.headers["Location"])
            continue
        for href in re.findall(r'href="([^"]+)"', found[address]):
            target = unescape(href).partition("#")[0]
            if target.startswith("?"):
                target = address.partition("?")[0] + target
            if target.startswith("/") and not target.startswith(("/static/", "//")):
                waiting.append(target)
        waiting = [each for each in waiting if each.startswith("/")]
    return found


def with_markup(found: dict[str, str]) -> list[str]:
    return sorted(
        address for address, source in found.items() if MARKUP in source or "<i title" in source
    )


@pytest.mark.parametrize("is_staff", [False, True])
def test_no_console_page_repeats_markup(
    client: Client,
    marked: User,
    acme: Organization,
    make_staff: Callable[..., User],
    is_staff: bool,
) -> None:
    sign_in(client, make_staff() if is_staff else marked)
    policies = reverse("admin:policies") + ("?organization=acme" if is_staff else "")

    found = pages(client, reverse("admin:index"), policies)

    assert len(found) > 30
    assert with_markup(found) == []


def test_no_learner_page_repeats_markup(client: Client, marked: User, acme: Organization) -> None:
    learner = User.objects.get_queryset().get(user_name=MARKUP)
    stranger = Client(headers={"User-Agent": MARKUP})
    sign_in(client, learner)

    found = pages(client, "/", reverse("account"), reverse("profiles:connect"))
    found |= pages(stranger, reverse("accounts:organization_login", args=["acme"]), "/login/")

    assert len(found) > 5
    assert with_markup(found) == []


def test_what_becomes_of_a_bulk_action_is_said_without_markup(client: Client, marked: User) -> None:
    sign_in(client, marked)
    everybody = [str(pk) for pk in User.objects.get_queryset().values_list("pk", flat=True)]
    verbs = ["assign_license", "revoke_license", "sign_out", "disconnect_profile", "deactivate"]

    for verb in verbs:
        asked = client.post(
            reverse("admin:accounts_user_changelist"),
            {"action": verb, "index": "0", "_selected_action": everybody},
        )
        done = client.post(
            reverse("admin:accounts_user_bulk", args=[verb]),
            {"ids": ",".join(everybody)},
            follow=True,
        )

        assert MARKUP not in asked.content.decode()
        assert MARKUP not in done.content.decode()


def test_a_refused_sign_in_is_explained_without_markup(client: Client, marked: User) -> None:
    connection = SamlConnection.objects.get()

    response = client.post(reverse("sso:acs", args=[connection.pk]), {"SAMLResponse": MARKUP})

    assert response.status_code == 403
    assert MARKUP not in response.content.decode()
    assert timezone.now() - SignInTrace.objects.latest("created_at").created_at < timedelta(hours=1)
