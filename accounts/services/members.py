"""Accounts whose way in is the portal's own: made by invitation, mended by mail."""

from __future__ import annotations

from django.db import transaction

from accounts.errors import SecondFactorThere
from accounts.models import Authenticator, Invitation, Passkey, User
from accounts.relying_party import NewCredential
from accounts.services.access import set_password
from accounts.services.invitations import accept_invitation
from accounts.services.passkeys import add_passkey
from accounts.services.people import change_user
from audit.actors import Actor


@transaction.atomic
def create_member_account(
    *,
    invitation: Invitation,
    password: str,
    first_name: str | None = None,
    last_name: str | None = None,
) -> User:
    """Accept an invitation with a password. The caller begins the session.

    What a directory knows of the person stays as it is. Raises `InvitationClosed`, `SsoRequired`
    and `InvalidValue`; then the invitation is as good as before.
    """
    actor = Actor.from_user(invitation.user)
    user = _accept(invitation, actor, first_name=first_name, last_name=last_name)
    set_password(user=user, password=password, actor=actor)
    return user


@transaction.atomic
def create_passkey_account(
    *,
    invitation: Invitation,
    credential: NewCredential,
    passkey_name: str,
    first_name: str | None = None,
    last_name: str | None = None,
) -> User:
    """Accept an invitation with a passkey, as `create_member_account` does with a password.

    A mailbox is one proof: an account that has a second factor gets no passkey by it. Raises
    `SecondFactorThere`, `PasskeyKnown`, `InvitationClosed`, `SsoRequired` and `InvalidValue`; then
    the invitation is as good as before.
    """
    actor = Actor.from_user(invitation.user)
    user = _accept(invitation, actor, first_name=first_name, last_name=last_name)
    has_app = Authenticator.objects.filter(user=user).exists()
    if has_app or Passkey.objects.filter(user=user).exists():
        raise SecondFactorThere
    add_passkey(user=user, name=passkey_name, credential=credential, actor=actor)
    return user


def _accept(invitation: Invitation, actor: Actor, **names: str | None) -> User:
    user = accept_invitation(invitation=invitation, actor=actor)
    given = {name: value.strip() for name, value in names.items() if value is not None}
    if given and user.source != User.Source.SCIM:
        change_user(user=user, values=given, actor=actor)
    return user
