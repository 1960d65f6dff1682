"""What people type to prove themselves a second time, and how they call their passkeys."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import DoorForm
from accounts.models import LONGEST_PASSKEY_NAME


class AppCodeForm(DoorForm):
    """Six digits, and a space wherever the app shows one."""

    code = forms.CharField(
        label=_("Code from your app"),
        max_length=64,
        widget=forms.TextInput(
            attrs={
                "class": "input input-big",
                "autocomplete": "one-time-code",
                "inputmode": "numeric",
                "spellcheck": "false",
            }
        ),
        error_messages={"required": _("Enter the six digits that your app shows.")},
    )


class FirstCodeForm(AppCodeForm):
    """The first code of an app. What is to be scanned stands above: the cursor waits down here only
    for whoever mistyped."""

    def _wait_in(self, names: list[str]) -> None:
        if self.is_bound:
            super()._wait_in(names)


class PersonalCodeForm(DoorForm):
    code = forms.CharField(
        label=_("Recovery code"),
        max_length=64,
        widget=forms.TextInput(
            attrs={
                "class": "input input-big",
                "autocomplete": "off",
                "autocapitalize": "characters",
                "spellcheck": "false",
            }
        ),
        error_messages={"required": _("Enter one of your codes, as in K7QF-4M2X-9TRD-0VHB.")},
    )


class PasskeyNameForm(forms.Form):
    name = forms.CharField(
        label=_("Name"),
        max_length=LONGEST_PASSKEY_NAME,
        widget=forms.TextInput(attrs={"class": "input", "autocomplete": "off"}),
        error_messages={"required": _("Give it a name that you will recognize.")},
    )
