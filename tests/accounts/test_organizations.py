"""Organizations, their policies and their domains."""

from functools import partial

import pytest
from django.db import IntegrityError, transaction

from accounts.errors import DomainTaken, InvalidValue, SlugTaken, TooManyDomains
from accounts.models import BindingPolicy, Domain, Organization
from accounts.services import (
    add_domain,
    create_organization,
    domains,
    mark_domain_verified,
    remove_domain,
    set_policies,
)
from accounts.signals import policies_changed
from audit.actions import Action
from audit.models import AuditEvent
from tests.at_once import at_once, refusals


@pytest.fixture
def announced():
    """What `policies_changed` said."""
    heard = []

    def listen(**kwargs):
        heard.append(kwargs)

    policies_changed.connect(listen)
    yield heard
    policies_changed.disconnect(listen)


def actions():
    return [event.action for event in AuditEvent.objects.order_by("id")]


def test_a_new_organization_is_recorded(system_actor, db):
    acme = create_organization(slug="acme", name="Acme", actor=system_actor)

    event = AuditEvent.objects.get()
    assert (event.action, event.organization) == (Action.ORGANIZATION_CREATED, acme)


def test_a_short_name_is_given_once(acme, system_actor):
    with pytest.raises(SlugTaken):
        create_organization(slug="acme", name="Other", actor=system_actor)


def test_a_short_name_taken_in_a_race_is_taken(acme, system_actor, monkeypatch):
    monkeypatch.setattr("django.db.models.query.QuerySet.exists", lambda self: False)

    with pytest.raises(SlugTaken), transaction.atomic():
        create_organization(slug="acme", name="Other", actor=system_actor)


@pytest.mark.parametrize(
    "slug", ["Acme", "acme_robotics", "-acme", "acme-", "a b", "acme\n", "", "a" * 64]
)
def test_a_short_name_that_is_no_address_is_refused(slug, system_actor, db):
    with pytest.raises(InvalidValue) as refused:
        create_organization(slug=slug, name="Acme", actor=system_actor)

    assert refused.value.field == "slug"


def test_a_time_zone_that_does_not_exist_is_refused(system_actor, db):
    with pytest.raises(InvalidValue, match="time_zone"):
        create_organization(slug="acme", name="Acme", time_zone="Mars/Olympus", actor=system_actor)


def test_a_change_of_policies_is_stored_recorded_and_announced(acme, system_actor, announced):
    changed = set_policies(
        organization=acme,
        changes={"auto_assign": True, "binding_policy": BindingPolicy.OFF, "jit_enabled": True},
        actor=system_actor,
    )

    assert changed == {
        "auto_assign": [False, True],
        "binding_policy": ["optional", "off"],
    }
    acme.refresh_from_db()
    assert (acme.auto_assign, acme.binding_policy) == (True, "off")
    assert AuditEvent.objects.get().changes == changed
    assert announced[0]["before"] == {"auto_assign": False, "binding_policy": "optional"}
    assert announced[0]["organization"] == acme


def test_setting_what_is_set_already_leaves_no_trace(acme, system_actor, announced):
    assert not set_policies(organization=acme, changes={"auto_assign": False}, actor=system_actor)
    assert actions() == []
    assert announced == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("session_hours", 0),
        ("session_hours", 180 * 24 + 1),
        ("binding_policy", "sometimes"),
        ("slug", "other"),
    ],
)
def test_a_policy_out_of_bounds_changes_nothing(acme, system_actor, field, value):
    with pytest.raises(InvalidValue):
        set_policies(organization=acme, changes={field: value}, actor=system_actor)

    assert Organization.objects.get().session_hours == 12
    assert actions() == []


def test_the_database_refuses_what_the_service_would(acme):
    for change in ({"session_hours": 0}, {"binding_policy": "sometimes"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Organization.objects.update(**change)


def test_a_domain_is_added_unproved_with_a_proof_of_its_own(acme, globex, system_actor):
    mine = add_domain(organization=acme, name=" Acme.Example ", actor=system_actor)
    theirs = add_domain(organization=globex, name="acme.example", actor=system_actor)

    assert mine.name == "acme.example"
    assert mine.verified_at is None
    assert mine.txt_record == f"learning-portal-verify={mine.token}"
    assert mine.token != theirs.token
    assert str(mine) == "acme.example"


def test_so_many_domains_may_wait_for_their_proof(acme, globex, system_actor, monkeypatch):
    monkeypatch.setattr(domains, "MOST_UNPROVED", 2)
    first = add_domain(organization=acme, name="one.example", actor=system_actor)
    add_domain(organization=acme, name="two.example", actor=system_actor)
    add_domain(organization=globex, name="theirs.example", actor=system_actor)

    with pytest.raises(TooManyDomains):
        add_domain(organization=acme, name="three.example", actor=system_actor)

    mark_domain_verified(domain=first, actor=system_actor)
    add_domain(organization=acme, name="three.example", actor=system_actor)


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_of_two_who_take_the_last_free_place_for_a_domain_one_does(acme, system_actor, monkeypatch):
    monkeypatch.setattr(domains, "MOST_UNPROVED", 1)

    answers = at_once(
        *[
            partial(add_domain, organization=acme, name=name, actor=system_actor)
            for name in ("one.example", "two.example")
        ]
    )

    assert refusals(answers) == ["TooManyDomains"]
    assert Domain.objects.in_organization(acme).count() == 1


def test_a_domain_is_listed_once(acme, system_actor):
    add_domain(organization=acme, name="acme.example", actor=system_actor)

    with pytest.raises(DomainTaken):
        add_domain(organization=acme, name="ACME.example", actor=system_actor)


def test_a_domain_listed_in_a_race_is_listed_once(acme, system_actor, monkeypatch):
    add_domain(organization=acme, name="acme.example", actor=system_actor)
    monkeypatch.setattr("django.db.models.query.QuerySet.exists", lambda self: False)

    with pytest.raises(DomainTaken), transaction.atomic():
        add_domain(organization=acme, name="acme.example", actor=system_actor)


def test_a_domain_that_another_organization_proved_cannot_be_added(acme, globex, system_actor):
    theirs = add_domain(organization=globex, name="shared.example", actor=system_actor)
    mark_domain_verified(domain=theirs, actor=system_actor)

    with pytest.raises(DomainTaken):
        add_domain(organization=acme, name="shared.example", actor=system_actor)


def test_the_first_organization_to_prove_a_domain_keeps_it(acme, globex, system_actor):
    mine = add_domain(organization=acme, name="shared.example", actor=system_actor)
    theirs = add_domain(organization=globex, name="shared.example", actor=system_actor)
    mark_domain_verified(domain=mine, actor=system_actor)

    with pytest.raises(DomainTaken):
        mark_domain_verified(domain=theirs, actor=system_actor)

    assert list(Domain.objects.verified()) == [mine]


def test_a_domain_is_removed_once_and_on_record(acme, system_actor):
    domain = add_domain(organization=acme, name="acme.example", actor=system_actor)

    remove_domain(domain=domain, actor=system_actor)
    remove_domain(domain=domain, actor=system_actor)

    assert not Domain.objects.exists()
    assert actions().count(Action.DOMAIN_REMOVED) == 1


def test_proving_a_domain_twice_is_proving_it_once(acme, system_actor):
    domain = add_domain(organization=acme, name="acme.example", actor=system_actor)
    mark_domain_verified(domain=domain, actor=system_actor)
    first = domain.verified_at

    mark_domain_verified(domain=domain, actor=system_actor)

    domain.refresh_from_db()
    assert domain.verified_at == first
    assert actions() == [Action.DOMAIN_ADDED, Action.DOMAIN_VERIFIED]
