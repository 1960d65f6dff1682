"""*Domains* in the console: added, explained, and removed while unproved."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from accounts.models import Domain, Organization, User
from accounts.services import add_domain, mark_domain_verified
from audit.actors import Actor


@pytest.fixture
def console(client: Client, sign_in: Callable[..., Client], admin: User) -> Client:
    return sign_in(client, admin)


def delete(console: Client, domain: Domain) -> list[str]:
    address = reverse("admin:accounts_domain_delete", args=[domain.pk])
    response = console.post(address, {"post": "yes"})
    return [str(message) for message in get_messages(response.wsgi_request)]


def test_what_was_added_opens_with_the_record_and_whom_to_write_to(console: Client) -> None:
    response = console.post(
        reverse("admin:accounts_domain_add"), {"name": "acme.example"}, follow=True
    )

    domain = Domain.objects.get()
    page = response.content.decode()
    assert response.request["PATH_INFO"] == reverse(
        "admin:accounts_domain_change", args=[domain.pk]
    )
    assert domain.txt_record in page
    assert "write to your contact at the learning portal" in page


def test_an_unproved_domain_is_removed(console: Client, acme: Organization, actor: Actor) -> None:
    domain = add_domain(organization=acme, name="acme.example", actor=actor)

    assert delete(console, domain) == ["Deleted acme.example."]
    assert not Domain.objects.exists()


def test_a_proved_domain_stays(console: Client, acme: Organization, actor: Actor) -> None:
    domain = add_domain(organization=acme, name="acme.example", actor=actor)
    mark_domain_verified(domain=domain, actor=actor)

    assert "Deleted acme.example." not in delete(console, domain)
    assert Domain.objects.exists()


def test_another_organization_s_domain_stays(
    console: Client, globex: Organization, actor: Actor
) -> None:
    domain = add_domain(organization=globex, name="globex.example", actor=actor)

    assert "Deleted globex.example." not in delete(console, domain)
    assert Domain.objects.exists()


def test_the_portal_s_own_words_follow_what_was_done(console: Client, acme: Organization) -> None:
    group = reverse("admin:accounts_directorygroup_add")
    response = console.post(group, {"display_name": "Pilots"})
    assert [str(message) for message in get_messages(response.wsgi_request)] == ["Added Pilots."]

    listed = console.get(reverse("admin:accounts_user_changelist")).content.decode()
    assert f"<title>People · {acme.name} · Learning portal</title>" in listed
    assert "---------" not in listed


def test_the_form_says_what_a_domain_is(console: Client) -> None:
    page = console.get(reverse("admin:accounts_domain_add")).content.decode()

    assert "behind the @ of your people’s addresses, such as acme.example" in page
