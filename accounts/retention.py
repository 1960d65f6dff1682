"""Rows that are kept for a while and then dropped, by jobs and by commands."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import ActivationLink, Invitation, Session, SetupLink

# Rows of one statement: no lock is held for long, and a run that is stopped has done its part.
BATCH = 1_000
# After its end a link says who was let in and when, while *Activity* is being read about it; and
# whoever comes with it reads why it opens nothing.
SETUP_LINKS_KEPT_DAYS = 90
# Likewise.
INVITATIONS_KEPT_DAYS = SETUP_LINKS_KEPT_DAYS


def drop(rows: QuerySet[Any]) -> int:
    """Delete these rows, some at a time, in the queryset's order. Answers how many went."""
    return sum(drop_in_batches(rows))


def drop_in_batches(rows: QuerySet[Any]) -> Iterator[int]:
    """As `drop`, where somebody watches: how many went with each batch."""
    while batch := list(rows.values_list("pk", flat=True)[:BATCH]):
        yield rows.filter(pk__in=batch).delete()[0]


def forget_sessions() -> int:
    """Drop sessions that are over; answers how many. They open nothing, but take room."""
    return drop(Session.objects.filter(expire_date__lte=timezone.now()).order_by("expire_date"))


def forget_setup_links() -> int:
    """Drop set-up links whose end, by a date or by somebody's hand, is long past; answers how many.

    What was done with them stays in *Activity*, under their name.
    """
    horizon = timezone.now() - timedelta(days=SETUP_LINKS_KEPT_DAYS)
    ended = Q(expires_at__lte=horizon) | Q(revoked_at__lte=horizon)
    return drop(SetupLink.objects.filter(ended).order_by("expires_at"))


def forget_invitations() -> int:
    """Drop invitations, and activation links, whose end is long past; answers how many.

    Whoever was invited and never came stays in the list of people, and can be invited again.
    """
    horizon = timezone.now() - timedelta(days=INVITATIONS_KEPT_DAYS)
    ended = Q(expires_at__lte=horizon) | Q(revoked_at__lte=horizon) | Q(accepted_at__lte=horizon)
    closed = ActivationLink.objects.filter(closed_at__lte=horizon).order_by("closed_at")
    return drop(Invitation.objects.filter(ended).order_by("created_at")) + drop(closed)
