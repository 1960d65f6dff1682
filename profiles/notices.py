"""Mail to people about their profile."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.mail import portal_address, send_mail_to
from accounts.models import BindingPolicy, User


def disconnected(user: User) -> None:
    """An administrator ended the connection."""
    organization = user.organization
    assert organization is not None  # a binding names one, so its user has one
    may_return = user.is_active and organization.binding_policy != BindingPolicy.OFF
    send_mail_to(
        user,
        _("Your LinkedIn profile was disconnected"),
        "profiles/disconnected_mail",
        why=_("You get this mail because the profile was connected to your account at %(at)s.")
        % {"at": organization},
        connect_url=portal_address(reverse("profiles:connect")),
        may_return=may_return,
    )
