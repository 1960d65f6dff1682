"""Recovery codes: how a full admin gets in when nothing else works."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.codes import CODES, letters_of, new_code
from accounts.emails import kept_form
from accounts.errors import RecoveryRefused
from accounts.models import Organization, RecoveryCode, User
from accounts.models.recovery import RecoveryCodeQuerySet
from accounts.names import name_key
from accounts.services.holding import hold_organization
from accounts.services.telling import have_told
from audit.actions import Action
from audit.actors import Actor
from audit.services import record


@dataclass(frozen=True, slots=True)
class Recovered:
    """Who may come in, and how many codes are left; new `codes` where this one was the last."""

    user: User
    left: int
    codes: Sequence[str] = ()


@transaction.atomic
def make_recovery_codes(*, organization: Organization, actor: Actor) -> list[str]:
    """Ten new codes, in place of all that were made before. Nothing can tell them again.

    Every full admin is told by mail.
    """
    # Of two who make codes at once, the second one's are valid.
    hold_organization(organization.pk)
    gone = RecoveryCode.objects.in_organization(organization)
    unused = gone.unused().count()
    gone.delete()
    codes = [new_code() for _number in range(CODES)]
    RecoveryCode.objects.bulk_create(
        RecoveryCode(organization=organization, digest=_digest(organization, code))
        for code in codes
    )
    event = record(
        Action.RECOVERY_CODES_MADE,
        organization=organization,
        actor=actor,
        target=organization,
        changes={"recovery_codes": [unused, CODES]},
    )
    have_told(event)
    return codes


def use_recovery_code(*, organization: Organization, name: str, code: str) -> Recovered:
    """Let a full admin of this organization in, by name or address and one unused code.

    The session begins with the caller. A code that opens nothing is recorded; a name that is
    nobody's uses up no code. Without a code that is good, every name costs the same statements:
    nobody learns by time who the full admins are. Raises `RecoveryRefused`.
    """
    admin = _full_admin(organization, name)
    is_good = _unused(organization, code).exists()
    recovered = _claim(organization, admin, code) if is_good and admin is not None else None
    if recovered is None:
        record(
            Action.SIGN_IN_FAILED,
            organization=organization,
            actor=Actor.system("Sign-in page"),
            target=admin,
            changes={"door": "recovery", "reason": "recovery"},
        )
        raise RecoveryRefused
    return recovered


@transaction.atomic
def _claim(organization: Organization, admin: User, code: str) -> Recovered | None:
    # Two who use the last two codes at once would each see one left, and leave none.
    hold_organization(organization.pk)
    # Held, since the last code's use shows ten others: whoever was a full admin a moment ago may
    # have been demoted or deactivated meanwhile.
    if not User.objects.in_organization(organization).full_admins().filter(pk=admin.pk).exists():
        return None
    # Claimed by the UPDATE: of two who send the same code one finds the row.
    if not _unused(organization, code).update(used_at=timezone.now(), used_by=admin):
        return None
    left = RecoveryCode.objects.in_organization(organization).unused().count()
    event = record(
        Action.RECOVERY_CODE_USED,
        organization=organization,
        actor=Actor.from_user(admin),
        target=admin,
        changes={"recovery_codes": [left + 1, left]},
    )
    have_told(event)
    if left:
        return Recovered(admin, left)
    # The way back in must not end with its own use.
    codes = make_recovery_codes(organization=organization, actor=Actor.from_user(admin))
    return Recovered(admin, len(codes), codes)


def _full_admin(organization: Organization, name: str) -> User | None:
    admins = User.objects.in_organization(organization).full_admins().order_by("created_at", "id")
    admins = admins.select_related("organization")
    key, email = name_key(name.strip()), kept_form(name)
    found = list(admins.filter(Q(user_name_key=key) | Q(email=email)))
    return next((admin for admin in found if admin.user_name_key == key), next(iter(found), None))


def _unused(organization: Organization, code: str) -> RecoveryCodeQuerySet:
    unused = RecoveryCode.objects.in_organization(organization).unused()
    return unused.filter(digest=_digest(organization, code))


def _digest(organization: Organization, code: str) -> str:
    """Without the portal's secret key: whoever changes that must not void every way back in."""
    return hashlib.sha256(f"{organization.pk}:{letters_of(code)}".encode()).hexdigest()
