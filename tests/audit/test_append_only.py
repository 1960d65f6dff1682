"""History is only added to, and the database sees to it."""

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.utils.module_loading import import_string

from audit import append_only
from audit.actions import Action
from audit.errors import HistoryIsAppendOnly
from audit.models import AuditEvent
from audit.services import record


@pytest.fixture
def event(acme, system_actor):
    record(Action.ORGANIZATION_CREATED, organization=acme, actor=system_actor, target=acme)
    return AuditEvent.objects.get()


@pytest.fixture
def as_in_production():
    """Outside of tests nobody raises the flag that lets SQLite empty a test database."""
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA {append_only.SQLITE_FLAG} = 0")
        yield
        cursor.execute(f"PRAGMA {append_only.SQLITE_FLAG} = 1")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_auditevent SET actor_name = 'somebody else'",
        "DELETE FROM audit_auditevent",
        "DELETE FROM audit_auditevent WHERE id > 0",
    ],
)
def test_plain_sql_cannot_change_history(event, as_in_production, statement):
    with (
        pytest.raises(IntegrityError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)

    assert AuditEvent.objects.get().actor_name == "tests"


def test_an_event_cannot_be_saved_or_deleted_again(event):
    event.actor_name = "somebody else"

    with pytest.raises(HistoryIsAppendOnly):
        event.save()
    with pytest.raises(HistoryIsAppendOnly):
        event.delete()


@pytest.mark.parametrize("change", ["update", "delete", "bulk_update"])
def test_no_queryset_changes_history(event, change):
    events = AuditEvent.objects.all()
    event.actor_name = "somebody else"
    attempts = {
        "update": lambda: events.update(actor_name="x"),
        "delete": lambda: events.delete(),
        "bulk_update": lambda: events.bulk_update([event], ["actor_name"]),
    }

    with pytest.raises(HistoryIsAppendOnly):
        attempts[change]()


def test_no_foreign_key_lets_history_go_with_what_it_tells_of():
    """Except `PROTECT`, every rule of deletion would take events along or change them."""
    from django.db.models import PROTECT

    relations = [
        field for field in AuditEvent._meta.get_fields() if getattr(field, "remote_field", None)
    ]

    assert relations
    assert {field.remote_field.on_delete for field in relations} == {PROTECT}


def test_the_triggers_can_be_taken_off_and_put_on_again(event, as_in_production):
    migration = import_string("audit.migrations.0002_append_only.Migration")
    operation = migration.operations[0]

    editor = connection.schema_editor()  # not entered: that wants to be outside a transaction
    operation.reverse_code(apps, editor)
    editor.execute("UPDATE audit_auditevent SET actor_name = 'changed'")
    operation.code(apps, editor)

    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE audit_auditevent SET actor_name = 'changed again'")
