"""Mail to people about their profile."""

from __future__ import annotations

import zoneinfo
from datetime import datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.mail import portal_address, send_mail_to
from accounts.models import BindingPolicy, User
from profiles import linkedin


def disconnected(user: User) -> None:
    """An administrator ended the connection."""
    organization = user.organization
    assert organization is not None  # a binding names one, so its user has one
    may_return = user.is_active and organization.binding_policy != BindingPolicy.OFF
    send_mail_to(
        user,
        _("Your %(provider)s profile was disconnected") % {"provider": linkedin.name()},
        "profiles/disconnected_mail",
        why=_("You get this mail because the profile was connected to your account at %(at)s.")
        % {"at": organization},
        provider=linkedin.name(),
        connect_url=portal_address(reverse("profiles:connect")),
        may_return=may_return,
    )


def gate_closes(user: User, until: datetime) -> None:
    """A profile is required of them before long, and they have none."""
    organization = user.organization
    assert organization is not None  # a grace is an organization's
    with timezone.override(zoneinfo.ZoneInfo(organization.time_zone)):
        day = date_format(timezone.localtime(until), _("j F Y"))
    send_mail_to(
        user,
        _("Connect your %(provider)s profile by %(day)s")
        % {"provider": linkedin.name(), "day": day},
        "profiles/gate_mail",
        why=_(
            "You get this mail because %(at)s requires a connected profile before long and your "
            "account has none."
        )
        % {"at": organization},
        provider=linkedin.name(),
        day=day,
        connect_url=portal_address(reverse("profiles:connect")),
    )
