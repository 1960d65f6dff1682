"""Records of people whom no directory has spoken of, or of whom somebody else spoke since."""

from __future__ import annotations

from collections.abc import Collection

from accounts.models import User
from database.inserts import insert
from provisioning.documents import search_form
from provisioning.mapping import ATTRIBUTE_OF_FIELD, document_of, mirrored
from provisioning.models import DirectoryRecord
from provisioning.schema import USER


def start_record(*, user: User) -> None:
    """A record of what the row says, so that filters find people whatever door they came by."""
    assert user.organization_id is not None  # staff have no record
    document = document_of(user)
    insert(
        DirectoryRecord(
            user=user,
            organization_id=user.organization_id,
            document=document,
            search=search_form(document, USER),
        )
    )


def update_record(*, user: User, fields: Collection[str]) -> None:
    """Let the record say what these fields of the row say now."""
    if not set(fields) & ATTRIBUTE_OF_FIELD.keys():
        return
    record = DirectoryRecord.objects.filter(user=user).first()
    if record is None:
        start_record(user=user)
        return
    record.document = mirrored(record.document, user, fields)
    record.search = search_form(record.document, USER)
    record.save(update_fields=["document", "search"])
