"""Another password for whoever forgot theirs."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from accounts.errors import ResetClosed
from accounts.languages import page_language
from accounts.models import User
from accounts.resets import user_of_reset
from accounts.services.access import set_password
from accounts.services.holding import hold_person
from accounts.services.sessions import end_sessions
from audit.actions import Action
from audit.actors import Actor
from audit.services import record


@transaction.atomic
def reset_password(*, user_id: UUID, token: str, password: str) -> User:
    """Set the password that a mail's link asked for; it works once. Nobody is signed in.

    Every session of the account ends, and the person is told by mail. Raises `ResetClosed` and
    `InvalidValue`.
    """
    from accounts.jobs import tell_password_reset  # the job calls the services

    user = user_of_reset(user_id, token)
    # Held, then looked at again: of two who use it at once one finds it used.
    if user is None or user_of_reset(hold_person(user).pk, token) is None:
        raise ResetClosed
    actor = Actor.from_user(user)
    set_password(user=user, password=password, actor=actor)
    end_sessions(user=user, actor=actor)
    tell_password_reset.enqueue(str(user.pk), page_language())
    return user


def note_reset_sent(user: User) -> None:
    record(
        Action.PASSWORD_RESET_SENT,
        organization=user.organization,
        actor=Actor.system("Sign-in page"),
        target=user,
    )
