"""The session engine: Django's database sessions that know whose they are.

`SESSION_ENGINE` names this module. Ending somebody's sessions is one statement,
`Session.objects.filter(user=…).delete()`, and starting one is one `INSERT`.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import VALID_KEY_CHARS, CreateError
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db import IntegrityError
from django.utils import timezone
from django.utils.crypto import get_random_string

from accounts.models import Session

# Keys in the session's data that become columns of its row.
DOOR = "door"
CONNECTION = "connection"
ADDRESS = "address"
CLIENT = "client"
STARTED_AT = "started_at"
# When the person last proved who they are, in seconds since the epoch.
AUTHENTICATED_AT = "authenticated_at"


class SessionStore(DatabaseStore):
    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def _get_new_session_key(self) -> str:
        """Without Django's look-up: the INSERT refuses a key that exists, and is then repeated."""
        return get_random_string(32, VALID_KEY_CHARS)

    def cycle_key(self) -> None:
        """Take a new key, keep the data.

        Django inserts the new row here and updates it when the response leaves. The row is
        written once, then, with everything in it; the old one goes at once.
        """
        old_key = self.session_key
        self._get_session()  # type: ignore[attr-defined]  # django-stubs leave it out
        self._session_key = None
        self.modified = True
        if old_key:
            self.delete(old_key)

    def save(self, must_create: bool = False) -> None:
        """As Django's, but a new row is one INSERT: it needs no transaction around it."""
        if not must_create:
            super().save()
            return
        row = self.create_model_instance(self._get_session(no_load=True))  # type: ignore[attr-defined]
        try:
            row.save(force_insert=True)
        except IntegrityError as error:
            raise CreateError from error

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        user_id = data.get(SESSION_KEY)
        connection_id = data.get(CONNECTION)
        started_at = data.get(STARTED_AT)
        # Read before the key exists: asking for it afterwards would be a second look-up.
        session_key = self._get_or_create_session_key()  # type: ignore[attr-defined]
        return Session(
            session_key=session_key,
            session_data=self.encode(data),
            expire_date=self.get_expiry_date(expiry=data.get("_session_expiry")),
            user_id=uuid.UUID(user_id) if user_id else None,
            door=data.get(DOOR, ""),
            connection_id=uuid.UUID(connection_id) if connection_id else None,
            address=data.get(ADDRESS),
            client=data.get(CLIENT, ""),
            created_at=datetime.fromisoformat(started_at) if started_at else timezone.now(),
        )
