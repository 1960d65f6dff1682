"""Sessions that somebody ends or shortens: a person's own, or everybody's."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import timedelta

from django.db import transaction
from django.db.models import DateTimeField, ExpressionWrapper, F, QuerySet, Value

from accounts.models import Organization, Session, User
from audit.actions import Action
from audit.actors import Actor
from audit.services import record


@transaction.atomic
def end_sessions(
    *,
    user: User,
    actor: Actor,
    only: Collection[str] | None = None,
    keep: str | None = None,
) -> int:
    """Sign a person out everywhere, of the sessions `only` names, or of all but `keep`.

    Answers how many sessions ended. Effective on the next request of each.
    """
    sessions = Session.objects.filter(user=user)
    if only is not None:
        sessions = sessions.filter(session_key__in=only)
    ended = _end(sessions, keep)
    if ended:
        record(
            Action.SESSIONS_REVOKED,
            organization=user.organization,
            actor=actor,
            target=user,
            changes={"sessions": ended},
        )
    return ended


def shorten_sessions(
    *, hours: int, organization: Organization | None = None, connection_id: uuid.UUID | None = None
) -> int:
    """No session under way lasts longer than `hours` from its beginning; answers how many did.

    Of an organization's people, or of those who came through one connection. Part of whatever
    shortens them, and recorded there. One statement, however many sessions there are.
    """
    sessions = Session.objects.exclude(user=None)
    if organization is not None:
        sessions = sessions.filter(user__organization=organization)
    if connection_id is not None:
        sessions = sessions.filter(connection_id=connection_id)
    end = ExpressionWrapper(
        F("created_at") + Value(timedelta(hours=hours)), output_field=DateTimeField()
    )
    return sessions.alias(end=end).filter(expire_date__gt=F("end")).update(expire_date=end)


@transaction.atomic
def end_everybodys_sessions(
    *,
    organization: Organization,
    actor: Actor,
    connection_id: uuid.UUID | None = None,
    keep: str | None = None,
) -> int:
    """Sign everybody of an organization out, or everybody who came through one connection.

    `keep` is the key of the one session that stays: that of whoever asks. Answers how many ended.
    """
    sessions = Session.objects.filter(user__organization=organization)
    if connection_id is not None:
        sessions = sessions.filter(connection_id=connection_id)
    ended = _end(sessions, keep)
    if ended:
        record(
            Action.EVERYBODY_SIGNED_OUT,
            organization=organization,
            actor=actor,
            target=organization,
            changes={
                "sessions": ended,
                **({"connection_id": str(connection_id)} if connection_id else {}),
            },
        )
    return ended


def _end(sessions: QuerySet[Session], keep: str | None) -> int:
    if keep is not None:
        sessions = sessions.exclude(session_key=keep)
    ended, _per_model = sessions.delete()
    return ended
