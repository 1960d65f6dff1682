"""Mail to people about their own account."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.mail import portal_address, send_mail_to
from accounts.models import Invitation, User


def invited(invitation: Invitation, secret: str) -> None:
    """Who asks them in, until when, and the link."""
    organization = invitation.organization
    names = {"who": invitation.made_by, "organization": organization}
    send_mail_to(
        invitation.email,
        _("Your invitation to %(organization)s’s learning portal") % names,
        "accounts/invitation_mail",
        why=_(
            "You get this mail because %(who)s gave this address to invite you to %(organization)s."
        )
        % names,
        person=invitation.user,
        organization=organization,
        who=invitation.made_by,
        address=portal_address(reverse("accounts:invitation_link", args=[secret])),
        expires_at=invitation.expires_at,
        is_known=invitation.user.state != User.State.INVITED,
    )
