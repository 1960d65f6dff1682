"""Which person an identity provider's name stands for, where somebody has to say."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.errors import RoleNotGrantable
from accounts.models import User
from accounts.roles import Role, may_grant
from accounts.services import keeping_a_way_in
from audit.actions import Action
from audit.actors import Actor
from audit.services import record
from sso.errors import ClaimDecided, NameIdTaken
from sso.models import IdentityClaim, SamlIdentity


@transaction.atomic
def confirm_identity(
    *, claim: IdentityClaim, actor: Actor, granter_role: str = Role.STAFF
) -> SamlIdentity:
    """It is the same person: from now on this connection knows them by the claimed name.

    The name they had at this connection before is let go of. `granter_role` is the role of the
    person who decides; who could not give a role opens no account that has it. Raises
    `RoleNotGrantable`, `ClaimDecided`, `NameIdTaken`, and `NobodyGetsIn`: before somebody has come
    in by the claimed name, nobody knows that it is theirs.
    """
    user = claim.user
    if not may_grant(granter_role, user.role):
        raise RoleNotGrantable
    is_guarded = user.role == Role.FULL_ADMIN
    with keeping_a_way_in(claim.organization if is_guarded else None, actor=actor):
        return _link(claim, actor)


def _link(claim: IdentityClaim, actor: Actor) -> SamlIdentity:
    user, connection = claim.user, claim.connection
    _decide(claim)
    SamlIdentity.objects.filter(connection=connection, user=user).delete()
    try:
        with transaction.atomic():
            identity = SamlIdentity.objects.create(
                connection=connection, user=user, name_id=claim.name_id
            )
    except IntegrityError as error:  # the constraint: a name names one person
        raise NameIdTaken from error
    record(
        Action.IDENTITY_LINKED,
        organization=claim.organization,
        actor=actor,
        target=user,
        changes={"connection": connection.name, "confirmed": True},
    )
    return identity


@transaction.atomic
def dismiss_identity(*, claim: IdentityClaim, actor: Actor) -> None:
    """It is somebody else: nothing is tied together. Raises `ClaimDecided`."""
    _decide(claim)
    record(
        Action.IDENTITY_DISMISSED,
        organization=claim.organization,
        actor=actor,
        target=claim.user,
        changes={"connection": claim.connection.name},
    )


def _decide(claim: IdentityClaim) -> None:
    decided = IdentityClaim.objects.filter(pk=claim.pk, decided_at=None)
    if not decided.update(decided_at=timezone.now()):
        raise ClaimDecided


def forget_identities(*, user: User) -> None:
    """A deleted account lets go of its names, so that its successor can sign in with them."""
    SamlIdentity.objects.filter(user=user).delete()
