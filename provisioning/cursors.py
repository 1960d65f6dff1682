"""Cursors: RFC 9865. Where a page ends, in a text that only we can make.

A cursor names the last resource that was seen, and how it was sorted, so that the next page costs
the same wherever it is and changes in between neither repeat nor hide what they don't touch.
Nothing is kept here: the text is signed, and bound to the token and to the query it was made for.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core import signing

from provisioning.errors import ExpiredCursor, InvalidCount, InvalidCursor
from provisioning.limits import CURSOR_SECONDS
from provisioning.ordering import Key

# Letters, digits and - . _ ~ need no escape in a URL (RFC 9865, section 2): the signer's own
# separator, a colon, would.
_signer = signing.TimestampSigner(salt="provisioning.cursors", sep="~")


@dataclass(frozen=True)
class Scope:
    """The query that a cursor belongs to. Its next page has the same one."""

    token_id: uuid.UUID
    resource_types: tuple[str, ...]
    filter: str | None
    sort_by: str | None
    sort_order: str | None
    count: int

    @property
    def digest(self) -> str:
        """A fingerprint of everything but the count, which has an error of its own."""
        parts = [
            str(self.token_id),
            self.resource_types,
            self.filter,
            self.sort_by,
            self.sort_order,
        ]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Cursor:
    """The resource at an end of a page, and in which direction it goes on from there.

    `total` is how many the query found when its first page was read.
    """

    id: uuid.UUID
    total: int
    key: Key = None
    is_backward: bool = False


def write(cursor: Cursor, scope: Scope) -> str:
    key = ["at", cursor.key.isoformat()] if isinstance(cursor.key, datetime) else cursor.key
    content = [scope.digest, scope.count, cursor.id.hex, cursor.total, key, cursor.is_backward]
    return _signer.sign_object(content, compress=True)


def read(text: str, scope: Scope) -> Cursor:
    """The cursor in `text`.

    Raises `InvalidCursor` if we didn't write it for this query, `ExpiredCursor` if that is longer
    ago than cursors are valid, and `InvalidCount` if the query asks for pages of another size.
    """
    try:
        content: list[Any] = _signer.unsign_object(text, max_age=CURSOR_SECONDS)
    except signing.SignatureExpired as error:
        raise ExpiredCursor(
            f"A cursor is valid for {CURSOR_SECONDS} s. Start again with an empty one."
        ) from error
    # In a body, a text can hold half a surrogate pair: nothing that anybody could sign.
    except (signing.BadSignature, UnicodeEncodeError) as error:
        raise InvalidCursor(
            "This is no cursor of this query. Start again with an empty one."
        ) from error
    digest, count, id, total, key, is_backward = content
    if digest != scope.digest:
        raise InvalidCursor("This is no cursor of this query. Start again with an empty one.")
    if count != scope.count:
        raise InvalidCount(f"count must stay as it was on the first page: {count}.")
    if isinstance(key, list):
        key = datetime.fromisoformat(key[1])
    return Cursor(uuid.UUID(id), total, key, is_backward)
