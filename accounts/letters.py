"""Mail to people about their own account."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.emails import masked
from accounts.mail import portal_address, send_mail_to
from accounts.models import ActivationLink, Invitation, User
from accounts.names import possessive
from accounts.resets import reset_address
from accounts.services import address_ticket, ticket_for


def invited(invitation: Invitation, secret: str) -> None:
    """Who asks them in, until when, and the link."""
    organization = invitation.organization
    names = {
        "who": invitation.made_by,
        "organization": organization,
        "whose": possessive(organization.name),
    }
    send_mail_to(
        invitation.email,
        _("Your invitation to %(whose)s learning portal") % names,
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


def forgot_password(email: str, accounts: Sequence[User]) -> None:
    """A link for each account of this address, with the organization it is at."""
    send_mail_to(
        email,
        _("Choose another password"),
        "accounts/forgot_password_mail",
        why=_(
            "You get this mail because somebody gave this address on our sign-in page and said "
            "that the password is forgotten."
        ),
        links=[
            {"at": user.organization or _("Platform staff"), "address": reset_address(user)}
            for user in accounts
        ],
    )


def password_reset(user: User) -> None:
    send_mail_to(
        user,
        _("Your password was changed"),
        "accounts/password_reset_mail",
        why=_(
            "You get this mail because a password was changed by a link that went to this address."
        ),
        contact=user.organization.contact_email if user.organization else "",
        address=portal_address(reverse("accounts:forgot")),
    )


def may_join(link: ActivationLink, email: str) -> None:
    """Somebody new asked for an account by the organization's activation link."""
    organization = link.organization
    send_mail_to(
        email,
        _("Your account in %(whose)s learning portal") % {"whose": possessive(organization.name)},
        "accounts/may_join_mail",
        why=_(
            "You get this mail because somebody gave this address on the activation page of "
            "%(organization)s."
        )
        % {"organization": organization},
        organization=organization,
        address=portal_address(reverse("accounts:join_link", args=[ticket_for(link, email)])),
    )


def prove_address(user: User, email: str) -> None:
    """To the address that somebody says is theirs."""
    send_mail_to(
        email,
        _("Is this your address?"),
        "accounts/prove_address_mail",
        why=_(
            "You get this mail because somebody gave this address as their own in the learning "
            "portal."
        ),
        organization=user.organization,
        address=portal_address(reverse("account_email_link", args=[address_ticket(user, email)])),
    )


def address_changed(user: User, former: str) -> None:
    """To the address that was the account's."""
    send_mail_to(
        former,
        _("Your e-mail address was changed"),
        "accounts/address_changed_mail",
        why=_("You get this mail because this was the address of your account."),
        person=user,
        organization=user.organization,
        now=masked(user.email),
        contact=user.organization.contact_email if user.organization else "",
    )
