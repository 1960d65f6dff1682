"""The session engine: Django's database sessions that know whose they are.

`SESSION_ENGINE` names this module. Ending somebody's sessions is one statement,
`Session.objects.filter(user=…).delete()`, and starting one is one `INSERT`.
"""

from __future__ import annotations

import secrets
import time
import uuid
from datetime import datetime
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import CreateError, SessionBase, UpdateError
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.core import signing
from django.db import IntegrityError
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.models import Session, User
from database.inserts import insert_values

# Keys in the session's data that become columns of its row.
DOOR = "door"
SECOND_FACTOR = "second_factor"
CONNECTION = "connection"
SUBJECT = "subject"
ADDRESS = "address"
CLIENT = "client"
STARTED_AT = "started_at"
# What the identity provider called this session: plain values, for whoever put them there.
IDP_SESSION = "idp_session"
# When the person last proved who they are, in seconds since the epoch.
AUTHENTICATED_AT = "authenticated_at"
FRESH_SECONDS = 10 * 60


def is_fresh(session: SessionBase) -> bool:
    """Whether the person proved who they are within ten minutes: what delicate acts ask for.

    Through single sign-on that is when the identity provider asked them, not when it sent them.
    """
    proved_at = session.get(AUTHENTICATED_AT, 0)
    return bool(time.time() - proved_at <= FRESH_SECONDS)


def keep_from_a_mail(request: HttpRequest, name: str, value: Any) -> None:
    """Keep what a mail's link brought, under a key that this browser alone has from now on.

    Whoever used a shared computer before may know its session's key, signed in or not: what comes
    by somebody else's mail must not land in a session that they can open from elsewhere.
    """
    request.session.cycle_key()
    request.session[name] = value


def digest_of(session_key: str) -> str:
    """What stands for a session where its key must not be: a digest, in hex, of 64 letters."""
    return salted_hmac("accounts.sessions", session_key, algorithm="sha256").hexdigest()


def end_replaced(user: User, digest: str) -> None:
    """End the one session of this person that `digest` stands for, if it is still there."""
    keys = Session.objects.filter(user=user).values_list("session_key", flat=True)
    Session.objects.filter(
        session_key__in=[key for key in keys if digest_of(key) == digest]
    ).delete()


class SessionStore(DatabaseStore):
    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def _validate_session_key(self, key: str | None) -> bool:
        """Whether it could be one of ours. A cookie may hold anything, a zero byte too."""
        is_one = super()._validate_session_key(key)  # type: ignore[misc]  # the stubs leave it out
        return bool(is_one) and key is not None and key.isascii() and key.isprintable()

    def _get_new_session_key(self) -> str:
        """192 random bits in 32 letters, without Django's look-up.

        The INSERT refuses a key that exists, and is then repeated.
        """
        return secrets.token_urlsafe(24)

    def encode(self, session_dict: dict[str, Any]) -> str:
        """As Django's, not compressed: on a kilobyte that takes longer than it saves.

        Reading takes either kind.
        """
        return signing.dumps(session_dict, salt=self.key_salt, serializer=self.serializer)

    def cycle_key(self) -> None:
        """Take a new key, keep the data; the old one opens nothing from here on.

        A person's row keeps its place under the new key, and with it what its columns alone know:
        an end that came nearer (`accounts.services.shorten_sessions`) stays near. For a stranger,
        Django inserts the new row here and updates it when the response leaves. It is written
        once, then, with everything in it.
        """
        old_key = self.session_key
        data = self._get_session()  # type: ignore[attr-defined]  # django-stubs leave it out
        self.modified = True
        if old_key and data.get(SESSION_KEY):
            self._session_key = self._get_new_session_key()
            Session.objects.filter(session_key=old_key).update(session_key=self._session_key)
            return
        self._session_key = None
        if old_key:
            self.delete(old_key)

    def save(self, must_create: bool = False) -> None:
        """As Django's, but a new row is one INSERT: it needs no transaction around it.

        When a person's session ends was settled when it began and may only come nearer
        (`accounts.services.shorten_sessions`), so writing its data again doesn't move the end.
        """
        if not must_create:
            self._write_again()
            return
        data = self._get_session(no_load=True)  # type: ignore[attr-defined]
        try:
            insert_values(Session, **self._columns(data))
        except IntegrityError as error:
            raise CreateError from error

    def _write_again(self) -> None:
        if self.session_key is None:
            self.create()
            return
        row = self.create_model_instance(self._get_session())  # type: ignore[attr-defined]
        changed: dict[str, Any] = {"session_data": row.session_data}
        if row.user_id is None:
            changed["expire_date"] = row.expire_date
        if not Session.objects.filter(session_key=row.session_key).update(**changed):
            raise UpdateError

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        return Session(**self._columns(data))

    def _columns(self, data: dict[str, Any]) -> dict[str, Any]:
        user_id = data.get(SESSION_KEY)
        connection_id = data.get(CONNECTION)
        started_at = data.get(STARTED_AT)
        # Read before the key exists: asking for it afterwards would be a second look-up.
        session_key = self._get_or_create_session_key()  # type: ignore[attr-defined]
        return {
            "session_key": session_key,
            "session_data": self.encode(data),
            "expire_date": self.get_expiry_date(expiry=data.get("_session_expiry")),
            "user_id": uuid.UUID(user_id) if user_id else None,
            "door": data.get(DOOR, ""),
            "second_factor": data.get(SECOND_FACTOR, ""),
            "connection_id": uuid.UUID(connection_id) if connection_id else None,
            "subject": data.get(SUBJECT, ""),
            "address": data.get(ADDRESS),
            "client": data.get(CLIENT, ""),
            "created_at": datetime.fromisoformat(started_at) if started_at else timezone.now(),
        }
