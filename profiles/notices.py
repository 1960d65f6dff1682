"""Mail to people about their profile."""

from __future__ import annotations

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import BindingPolicy, User


def disconnected(user: User) -> None:
    """An administrator ended the connection."""
    organization = user.organization
    assert organization is not None  # a binding names one, so its user has one
    may_return = user.is_active and organization.binding_policy != BindingPolicy.OFF
    send_mail(
        subject=_("Your LinkedIn profile was disconnected"),
        message=render_to_string(
            "profiles/disconnected_mail.txt",
            {
                "person": user,
                "organization": organization,
                "connect_url": settings.PORTAL_BASE_URL + reverse("profiles:connect"),
                "may_return": may_return,
            },
        ),
        from_email=None,
        recipient_list=[user.email],
    )
