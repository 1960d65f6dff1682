"""What an event keeps of the moment in which it happens."""

import pytest
from django.db import transaction

from audit.actions import Action
from audit.actors import Actor, ActorKind
from audit.context import RequestContext, current_context, request_context
from audit.models import AuditEvent
from audit.services import one_statement, record


def test_an_event_keeps_who_what_and_the_request(acme, make_user):
    ana = make_user("ana")
    context = RequestContext(request_id="r" * 32, address="192.0.2.7", source="web")

    with request_context(context):
        record(
            Action.USER_CHANGED,
            organization=acme,
            actor=Actor.from_user(ana),
            target=ana,
            changes={"title": ["Buyer", "Planner"]},
        )

    event = AuditEvent.objects.get()
    assert (event.actor_kind, event.actor_id) == (ActorKind.PERSON, str(ana.pk))
    assert (event.actor_name, event.target_name) == ("Ana Test", "Ana Test")
    assert (event.target_type, event.target_id) == ("accounts.user", str(ana.pk))
    assert (event.request_id, event.address, event.source) == ("r" * 32, "192.0.2.7", "web")
    assert event.changes == {"title": ["Buyer", "Planner"]}
    assert str(event) == "Person changed: Ana Test"


def test_the_name_of_the_actor_outlives_a_change_of_name(acme, make_user):
    ana = make_user("ana")
    record(Action.USER_CHANGED, organization=acme, actor=Actor.from_user(ana))
    ana.last_name = "Oak"
    ana.save()

    assert AuditEvent.objects.get().actor_name == "Ana Test"


def test_a_name_longer_than_its_column_is_cut_and_not_refused(acme):
    record(Action.USER_CHANGED, organization=acme, actor=Actor.system("a" * 300))

    assert AuditEvent.objects.get().actor_name == "a" * 255


def test_outside_of_a_request_the_system_acts(acme, system_actor):
    record(Action.ORGANIZATION_CREATED, organization=acme, actor=system_actor)

    event = AuditEvent.objects.get()
    assert (event.source, event.address, event.request_id) == ("system", None, "")
    assert str(event) == "Organization created: tests"


def test_an_event_of_a_transaction_that_fails_never_was(acme, system_actor):
    @transaction.atomic
    def change():
        record(Action.ORGANIZATION_CREATED, organization=acme, actor=system_actor)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        change()

    assert not AuditEvent.objects.exists()


def test_events_of_one_organization_are_not_those_of_another(acme, globex, system_actor):
    for organization in (acme, globex):
        record(Action.ORGANIZATION_CREATED, organization=organization, actor=system_actor)

    assert [event.organization for event in AuditEvent.objects.in_organization(acme)] == [acme]


def test_a_context_ends_where_it_began_even_after_an_error():
    @request_context(RequestContext(request_id="x"))
    def fail():
        assert current_context().request_id == "x"
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    assert current_context().request_id == ""


def test_only_people_are_people(make_user):
    assert Actor.from_user(make_user("ana")).is_person
    assert not Actor.system().is_person


def test_events_collected_are_stored_by_one_statement(acme, django_assert_num_queries):
    with django_assert_num_queries(1), one_statement(), one_statement():
        for action in (Action.USER_CREATED, Action.USER_CHANGED):
            record(action, organization=acme, actor=Actor.system())

    assert AuditEvent.objects.count() == 2


def test_events_collected_are_lost_with_the_transaction_they_belong_to(acme):
    def breaks():
        with transaction.atomic(), one_statement():
            record(Action.USER_CREATED, organization=acme, actor=Actor.system())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        breaks()

    assert not AuditEvent.objects.exists()
