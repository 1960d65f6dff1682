"""What people type at the doors."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


def _big(**attrs: str) -> dict[str, Any]:
    return {"class": "input input-big", **attrs}


class EmailForm(forms.Form):
    """The first step: one field leads to the right door."""

    email = forms.EmailField(
        label=_("Work e-mail"),
        max_length=254,
        widget=forms.EmailInput(attrs=_big(autocomplete="username", inputmode="email")),
        error_messages={
            "required": _("Enter your e-mail address."),
            "invalid": _("Enter a full address, as in mara@acme.example."),
        },
    )


def _password_field() -> forms.CharField:
    return forms.CharField(
        label=_("Password"),
        strip=False,
        # Hashing takes its time with whatever it is given.
        max_length=1024,
        widget=forms.PasswordInput(attrs=_big(autocomplete="current-password")),
        error_messages={"required": _("Enter your password.")},
    )


class EmailPasswordForm(EmailForm):
    password = _password_field()


class NamePasswordForm(forms.Form):
    """Within one organization, people are known by their user name too."""

    name = forms.CharField(
        label=_("E-mail or user name"),
        max_length=255,
        widget=forms.TextInput(
            attrs=_big(autocomplete="username", autocapitalize="none", spellcheck="false")
        ),
        error_messages={"required": _("Enter your e-mail address or user name.")},
    )
    password = _password_field()
