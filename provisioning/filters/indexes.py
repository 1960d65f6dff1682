"""The index by which PostgreSQL finds people by their e-mail addresses.

It answers containment, which is what `ElementExists` asks for where elements equal something.
SQLite has no such index, and reads the organization's records one by one.
"""

from __future__ import annotations

from django.db.backends.base.schema import BaseDatabaseSchemaEditor

EMAILS = "provisioning_record_by_email"


def install(schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            f"CREATE INDEX {EMAILS} ON provisioning_directoryrecord"
            # A list of entries that are not in the index yet would be read with every lookup, and
            # after a first cycle it is long.
            " USING gin ((search -> 'emails') jsonb_path_ops) WITH (fastupdate = off)"
        )


def remove(schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"DROP INDEX IF EXISTS {EMAILS}")
