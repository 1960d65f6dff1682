"""Rows that tests start from. Each takes only what the test is about.

They write rows and no history, so that a test about audit events finds none but its own.
`tests/conftest.py` offers them as fixtures.
"""

from __future__ import annotations

import itertools
import time
from typing import Any

from django.test import Client
from django.utils import timezone

from accounts import sessions
from accounts.models import Organization, Session, User
from accounts.policies import needs_second_factor
from accounts.roles import Role

_numbers = itertools.count(1)

PASSWORD = "correct horse battery staple"
CLOSED = {User.State.DEACTIVATED, User.State.DELETED}


def make_organization(slug: str | None = None, **fields: Any) -> Organization:
    slug = slug or f"organization-{next(_numbers)}"
    fields.setdefault("name", slug.capitalize())
    return Organization.objects.create(slug=slug, **fields)


def make_user(
    user_name: str | None = None,
    *,
    organization: Organization,
    password: str | None = None,
    **fields: Any,
) -> User:
    """An active learner of `organization`, called Ana Test when `user_name` is "ana"."""
    user_name = user_name or f"person-{next(_numbers)}"
    fields.setdefault("first_name", user_name.partition("@")[0].capitalize())
    fields.setdefault("last_name", "Test")
    fields.setdefault("email", f"{user_name}@{organization.slug}.example")
    fields.setdefault("source", User.Source.CONSOLE)
    if fields.get("state") in CLOSED:
        fields.setdefault("deactivated_at", timezone.now())
    return _save_user(User(organization=organization, user_name=user_name, **fields), password)


def make_staff(user_name: str | None = None, *, password: str | None = None, **fields: Any) -> User:
    """A member of platform staff: in no organization."""
    user_name = user_name or f"staff-{next(_numbers)}"
    fields.setdefault("first_name", user_name.capitalize())
    fields.setdefault("last_name", "Staff")
    fields.setdefault("source", User.Source.COMMAND)
    return _save_user(
        User(organization=None, role=Role.STAFF, user_name=user_name, **fields), password
    )


def _save_user(user: User, password: str | None) -> User:
    if password is None:
        user.set_unusable_password()
    else:
        user.set_password(password)
    user.save(force_insert=True)
    return user


def make_pool(*, organization: Organization, seats: int = 1, **fields: Any) -> Any:
    from licenses.models import LicensePool

    fields.setdefault("name", f"Pool {next(_numbers)}")
    return LicensePool.objects.create(organization=organization, seats=seats, **fields)


def sign_in(
    client: Client,
    user: User,
    *,
    door: str = Session.Door.PASSWORD,
    connection_id: Any = None,
    authenticated_at: float | None = None,
) -> Client:
    """Sign `user` in as the doors do, with the session's own columns filled."""
    client.force_login(user)
    session = client.session
    session[sessions.DOOR] = str(door)
    if needs_second_factor(door=str(door), role=user.role, has_authenticator=False):
        session[sessions.SECOND_FACTOR] = str(Session.SecondFactor.CODE)
    session[sessions.CONNECTION] = str(connection_id) if connection_id else None
    session[sessions.ADDRESS] = "127.0.0.1"
    session[sessions.CLIENT] = "Test client"
    session[sessions.AUTHENTICATED_AT] = int(
        time.time() if authenticated_at is None else authenticated_at
    )
    session.save()
    # The columns are written with the first INSERT alone, which `force_login` has made.
    Session.objects.filter(session_key=session.session_key).update(
        door=str(door), connection_id=connection_id, address="127.0.0.1", client="Test client"
    )
    return client
