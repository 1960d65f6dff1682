"""Whether a full admin could still come in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from django.db.models import Exists, OuterRef

from accounts.doors import have_come_in
from accounts.errors import NobodyGetsIn
from accounts.models import HAS_PASSWORD, Organization, Passkey, RecoveryCode, Session, User
from accounts.policies import is_door_closed
from accounts.services.holding import hold_organization
from audit.actors import Actor, ActorKind


def has_other_way_in(organization: Organization, *, without: User | None = None) -> bool:
    """Other than through single sign-on: by a recovery code, or by a password or passkey where
    those open.

    `without` is a full admin who is about to be none.
    """
    if RecoveryCode.objects.in_organization(organization).unused().exists():
        return True
    if is_door_closed(organization, Session.Door.PASSWORD):
        return False
    admins = User.objects.in_organization(organization).full_admins()
    if without is not None:
        admins = admins.exclude(pk=without.pk)
    has_passkey = Exists(Passkey.objects.filter(user=OuterRef("pk")))
    return admins.filter(HAS_PASSWORD | has_passkey).exists()


def gets_in(organization: Organization, *, without: User | None = None) -> bool:
    """Whether a full admin is sure to come in, by whichever door; `without` as above."""
    admins = User.objects.in_organization(organization).full_admins()
    if without is not None:
        admins = admins.exclude(pk=without.pk)
    return have_come_in(admins) or has_other_way_in(organization, without=without)


@contextmanager
def keeping_a_way_in(organization: Organization | None, *, actor: Actor) -> Iterator[None]:
    """What is done inside takes no full admins' last way in: it is undone, and `NobodyGetsIn`
    raised.

    Where nobody got in before there is nothing to lose, and command lines mend what others can't.
    The organization's row is held, so that two ways can't go at once.
    """
    if organization is None or actor.kind is ActorKind.SYSTEM:
        yield
        return
    with transaction.atomic():
        had_one = gets_in(hold_organization(organization.pk))
        yield
        if had_one and not gets_in(Organization.objects.get(pk=organization.pk)):
            raise NobodyGetsIn


def is_by_staff(actor: Actor) -> bool:
    staff = User.objects.active().filter(organization=None)
    return actor.is_person and staff.filter(pk=actor.id).exists()
