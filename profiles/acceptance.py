"""Accepting an invitation by connecting a profile, which then is the way in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.acceptance import Way, register
from accounts.models import Invitation, User
from accounts.services import accept_invitation, hold_organization, hold_person
from audit.actors import Actor
from profiles import linkedin
from profiles.doors import closed_by
from profiles.errors import BindingNotAllowed
from profiles.models import Provider, Via
from profiles.services import bind_profile


@register
def ways(invitation: Invitation) -> Sequence[Way]:
    if not linkedin.is_configured() or closed_by(invitation.organization) is not None:
        return []
    return [
        Way(
            label=_("Connect your %(provider)s account") % {"provider": linkedin.name()},
            text=_(
                "You sign in with it from then on, and need no password here. The next page says "
                "who learns what."
            ),
            url=reverse("profiles:accept"),
            profile_of=linkedin.name(),
        )
    ]


def is_open(invitation: Invitation) -> bool:
    """Whether this invitation may be accepted so at this moment."""
    return bool(ways(invitation))


@transaction.atomic
def accept_with_profile(
    *,
    invitation: Invitation,
    profile: linkedin.LinkedInProfile,
    consent_version: str,
    consented_at: datetime,
) -> User:
    """Use the invitation up and tie the profile to its account: both, or neither.

    Raises `InvitationClosed`, `BindingNotAllowed`, `AlreadyBound` and `ProfileBoundToColleague`;
    then the invitation is as good as before. The caller begins the session in its transaction.
    """
    actor = Actor.from_user(invitation.user)
    # In the order in which everybody holds them.
    hold_person(invitation.user)
    invitation.organization = hold_organization(invitation.organization_id)
    user = accept_invitation(invitation=invitation, actor=actor)
    if not is_open(invitation):
        raise BindingNotAllowed
    bind_profile(
        user=user,
        provider=Provider.LINKEDIN,
        subject=profile.subject,
        name=profile.name,
        consent_version=consent_version,
        consented_at=consented_at,
        via=Via.SIGN_IN,
        actor=actor,
    )
    return user
