"""Accounts whose way in is the portal's own: made by invitation, mended by mail."""

from __future__ import annotations

from django.db import transaction

from accounts.models import Invitation, User
from accounts.services.access import set_password
from accounts.services.invitations import accept_invitation
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
    user = accept_invitation(invitation=invitation, actor=actor)
    names = {"first_name": first_name, "last_name": last_name}
    given = {name: value.strip() for name, value in names.items() if value is not None}
    if given and user.source != User.Source.SCIM:
        change_user(user=user, values=given, actor=actor)
    set_password(user=user, password=password, actor=actor)
    return user
