"""The database's own refusal to change history, on both vendors."""

from __future__ import annotations

from django.db.backends.base.schema import BaseDatabaseSchemaEditor

TABLE = "audit_auditevent"

POSTGRESQL = (
    """
    CREATE OR REPLACE FUNCTION audit_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'audit events are append-only'
        USING ERRCODE = 'integrity_constraint_violation';
    END $$
    """,
    f"""
    CREATE TRIGGER audit_event_append_only BEFORE UPDATE OR DELETE ON {TABLE}
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change()
    """,
)
# Emptying a test database is TRUNCATE on PostgreSQL, which no row trigger sees, and DELETE on
# SQLite, where tests raise this flag. Nothing else sets it.
SQLITE_FLAG = "user_version"
SQLITE = (
    f"""
    CREATE TRIGGER audit_event_no_update BEFORE UPDATE ON {TABLE}
    BEGIN SELECT RAISE(ABORT, 'audit events are append-only'); END
    """,
    f"""
    CREATE TRIGGER audit_event_no_delete BEFORE DELETE ON {TABLE}
    WHEN (SELECT {SQLITE_FLAG} FROM pragma_{SQLITE_FLAG}) = 0
    BEGIN SELECT RAISE(ABORT, 'audit events are append-only'); END
    """,  # noqa: S608 - nothing in it comes from outside
)
DROP_POSTGRESQL = (
    f"DROP TRIGGER IF EXISTS audit_event_append_only ON {TABLE}",
    "DROP FUNCTION IF EXISTS audit_refuse_change()",
)
DROP_SQLITE = (
    "DROP TRIGGER IF EXISTS audit_event_no_update",
    "DROP TRIGGER IF EXISTS audit_event_no_delete",
)


def install(schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Put the triggers on the table; a migration that rebuilds it on SQLite must do so again."""
    remove(schema_editor)
    _run(schema_editor, {"postgresql": POSTGRESQL, "sqlite": SQLITE})


def remove(schema_editor: BaseDatabaseSchemaEditor) -> None:
    _run(schema_editor, {"postgresql": DROP_POSTGRESQL, "sqlite": DROP_SQLITE})


def _run(schema_editor: BaseDatabaseSchemaEditor, statements: dict[str, tuple[str, ...]]) -> None:
    for statement in statements[schema_editor.connection.vendor]:
        schema_editor.execute(statement)
