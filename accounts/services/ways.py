"""Whether a full admin could still come in."""

from __future__ import annotations

from django.db.models import Exists, OuterRef

from accounts.models import HAS_PASSWORD, Organization, Passkey, RecoveryCode, Session, User
from accounts.policies import is_door_closed


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
