"""*Domains* in the console: added, looked up in DNS, proved, and removed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Domain, Organization, User
from accounts.roles import Ability, Role
from accounts.services import add_domain, ask_dns, mark_domain_verified
from audit.actors import Actor
from tests.accounts.zones import Zone


def change_page(domain: Domain) -> str:
    return reverse("admin:accounts_domain_change", args=[domain.pk])


def delete(console: Client, domain: Domain) -> list[str]:
    address = reverse("admin:accounts_domain_delete", args=[domain.pk])
    response = console.post(address, {"post": "yes"})
    return [str(message) for message in get_messages(response.wsgi_request)]


def test_what_was_added_opens_with_the_record_to_copy(console: Client) -> None:
    response = console.post(
        reverse("admin:accounts_domain_add"), {"name": "acme.example"}, follow=True
    )

    domain = Domain.objects.get()
    page = response.content.decode()
    assert response.request["PATH_INFO"] == reverse(
        "admin:accounts_domain_change", args=[domain.pk]
    )
    assert domain.txt_record in page
    assert "Nobody has asked yet." in page


def test_its_page_begins_with_the_state_and_says_its_name_where_it_is_to_be_copied(
    console: Client, acme: Organization, actor: Actor
) -> None:
    domain = add_domain(organization=acme, name="acme.example", actor=actor)

    main = console.get(change_page(domain)).content.decode().partition("<main")[2]

    assert main.count("Waiting for proof") == 1
    assert main.index("Waiting for proof") < main.index("What DNS said")
    assert "What stands behind the @" not in main


def test_an_unproved_domain_is_removed(console: Client, acme: Organization, actor: Actor) -> None:
    domain = add_domain(organization=acme, name="acme.example", actor=actor)

    assert delete(console, domain) == ["Deleted acme.example."]
    assert not Domain.objects.exists()


def test_a_proved_domain_goes_after_a_page_that_counts_whom_it_touches(
    console: Client, acme: Organization, actor: Actor, admin: User
) -> None:
    domain = add_domain(organization=acme, name="acme.example", actor=actor)
    mark_domain_verified(domain=domain, actor=actor)
    address = reverse("admin:accounts_domain_delete", args=[domain.pk])

    assert "1 person has an address of acme.example." in console.get(address).content.decode()
    assert delete(console, domain) == ["Deleted acme.example."]
    assert not Domain.objects.exists()


class TestCheckNow:
    @pytest.fixture
    def domain(self, acme: Organization, actor: Actor) -> Domain:
        return add_domain(organization=acme, name="acme.example", actor=actor)

    def check(self, console: Client, domain: Domain) -> str:
        address = reverse("admin:accounts_domain_check", args=[domain.pk])
        return console.post(address, follow=True).content.decode()

    def test_a_worker_asks_dns_and_the_page_says_so_until_then(
        self, console: Client, domain: Domain, zone: Zone
    ) -> None:
        page = self.check(console, domain)

        assert "DNS is being asked." in page
        assert "Check now" not in page
        assert zone.asked == []
        assert console.get(change_page(domain)).headers["Refresh"] == "3"

        zone.work()

        answered = console.get(change_page(domain))
        page = answered.content.decode()
        assert "No such domain" in page
        assert "Check now" in page
        assert "Refresh" not in answered.headers

    def test_where_no_worker_runs_the_page_says_so_and_stops_waiting(
        self, console: Client, domain: Domain, zone: Zone
    ) -> None:
        self.check(console, domain)
        Domain.objects.update(asked_at=timezone.now() - timedelta(minutes=3))

        answer = console.get(change_page(domain))

        assert "its background work seems to stand still" in answer.content.decode()
        assert "Check now" in answer.content.decode()
        assert "Refresh" not in answer.headers

    def test_the_page_shows_what_stands_there_instead(
        self, console: Client, domain: Domain, zone: Zone
    ) -> None:
        zone.records["acme.example"] = ["v=spf1 -all", "<script>x</script>"]
        self.check(console, domain)
        zone.work()

        page = console.get(change_page(domain)).content.decode()

        assert "Other TXT records, not this one" in page
        assert "v=spf1 -all" in page
        assert "&lt;script&gt;x&lt;/script&gt;" in page

    def test_an_old_answer_is_not_shown_while_dns_is_asked_anew(
        self, console: Client, domain: Domain, zone: Zone
    ) -> None:
        zone.records["acme.example"] = ["v=spf1 -all"]
        self.check(console, domain)
        zone.work()
        before = console.get(change_page(domain)).content.decode()
        assert "Other TXT records, not this one" in before
        Domain.objects.update(asked_at=timezone.now() - timedelta(minutes=3))

        page = self.check(console, domain)

        assert "DNS is being asked." in page
        assert "Other TXT records, not this one" not in page

    def test_the_record_proves_the_domain(
        self, console: Client, domain: Domain, zone: Zone
    ) -> None:
        zone.records["acme.example"] = [domain.txt_record]
        self.check(console, domain)
        zone.work()

        page = console.get(change_page(domain)).content.decode()

        domain.refresh_from_db()
        assert domain.verified_at is not None
        assert "Everything is in place." in page

    def test_asking_twice_within_seconds_is_asking_once(
        self, console: Client, domain: Domain, zone: Zone
    ) -> None:
        self.check(console, domain)
        assert "DNS was asked a moment ago." in self.check(console, domain)

        assert zone.work() == 1

    def test_an_organization_has_dns_asked_so_often_in_an_hour(
        self,
        console: Client,
        domain: Domain,
        zone: Zone,
        globex: Organization,
        actor: Actor,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """However many domains it has: a name server that says nothing takes a worker's time."""
        monkeypatch.setattr("accounts.services.domains.LOOK_UPS_AN_HOUR", 1)
        other = add_domain(organization=domain.organization, name="other.example", actor=actor)
        theirs = add_domain(organization=globex, name="globex.example", actor=actor)
        start = timezone.now().replace(minute=20, second=30) + timedelta(hours=1)
        with time_machine.travel(start, tick=False) as clock:
            self.check(console, domain)

            assert "Check again in 40 minutes" in self.check(console, other)
            other.refresh_from_db()
            assert other.asked_at is None
            assert ask_dns(domain=theirs)
            assert zone.work() == 2

            clock.shift(timedelta(minutes=40))
            assert ask_dns(domain=other)

    def test_it_takes_a_full_admin(
        self, client: Client, sign_in: Callable[..., Client], make_user: Any, domain: Domain
    ) -> None:
        sub_admin = make_user("sub", role=Role.SUB_ADMIN, abilities=[Ability.SSO])
        console = sign_in(client, sub_admin)
        check = reverse("admin:accounts_domain_check", args=[domain.pk])
        removal = reverse("admin:accounts_domain_delete", args=[domain.pk])

        assert "Check now" not in console.get(change_page(domain)).content.decode()
        assert console.post(check).status_code == 403
        assert console.get(reverse("admin:accounts_domain_add")).status_code == 403
        assert console.post(removal, {"post": "yes"}).status_code == 403
        domain.refresh_from_db()
        assert domain.asked_at is None

    def test_another_organization_s_is_not_there(
        self, console: Client, globex: Organization, actor: Actor
    ) -> None:
        theirs = add_domain(organization=globex, name="globex.example", actor=actor)
        address = reverse("admin:accounts_domain_check", args=[theirs.pk])

        assert console.post(address).url == reverse("admin:index")
        theirs.refresh_from_db()
        assert theirs.asked_at is None

    def test_the_page_costs_few_statements(
        self, console: Client, domain: Domain, django_assert_max_num_queries: Any
    ) -> None:
        with django_assert_max_num_queries(6):
            assert console.get(change_page(domain)).status_code == 200


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
