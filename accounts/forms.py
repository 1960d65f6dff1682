"""What people type at the doors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.emails import MAX_LENGTH
from accounts.models import User

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


def _big(**attrs: str) -> dict[str, Any]:
    return {"class": "input input-big", **attrs}


class DoorForm(forms.Form):
    """The cursor waits where something is to be typed: the first mistake, else the first gap."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.is_bound:
            self._wait_in([name for name in self.fields if not self[name].initial])

    def full_clean(self) -> None:
        super().full_clean()
        if not self.is_bound:
            return
        # What is wrong with the whole of it, a password that opens nothing, is typed last.
        self._wait_in([name for name in self.fields if name in self.errors] or [*self.fields][-1:])

    def _wait_in(self, names: list[str]) -> None:
        for name in names[:1]:
            self.fields[name].widget.attrs["autofocus"] = True


def _email_field(label: str | _StrPromise, *, autocomplete: str = "username") -> forms.EmailField:
    return forms.EmailField(
        label=label,
        max_length=MAX_LENGTH,
        widget=forms.EmailInput(attrs=_big(autocomplete=autocomplete, inputmode="email")),
        error_messages={
            "required": _("Enter your e-mail address."),
            "invalid": _("Enter a full address, as in mara@acme.example."),
        },
    )


class EmailForm(DoorForm):
    """The first step: one field leads to the right door."""

    email = _email_field(_("Work e-mail"))


class AddressForm(EmailForm):
    """One's own address. A directory's is not asked for."""

    email = _email_field(_("New e-mail address"), autocomplete="email")


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


class NameForm(DoorForm):
    """Within one organization, people are known by their user name too."""

    name = forms.CharField(
        label=_("E-mail or user name"),
        max_length=255,
        widget=forms.TextInput(
            attrs=_big(autocomplete="username", autocapitalize="none", spellcheck="false")
        ),
        error_messages={"required": _("Enter your e-mail address or user name.")},
    )


class NamePasswordForm(NameForm):
    password = _password_field()


def _new_password_field() -> forms.CharField:
    field = _password_field()
    field.widget.attrs["autocomplete"] = "new-password"
    field.error_messages["required"] = _("Choose a password.")
    return field


class NewPersonForm(DoorForm):
    """What somebody who was invited says of themselves. A directory's people are known already."""

    first_name = forms.CharField(
        label=_("First name"),
        max_length=255,
        required=False,
        widget=forms.TextInput(attrs=_big(autocomplete="given-name")),
    )
    last_name = forms.CharField(
        label=_("Last name"),
        max_length=255,
        required=False,
        widget=forms.TextInput(attrs=_big(autocomplete="family-name")),
    )

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        names = {"first_name": person.first_name, "last_name": person.last_name}
        super().__init__(*args, initial=names, **kwargs)
        if person.source == User.Source.SCIM:
            for name in names:
                del self.fields[name]


class NewAccountForm(NewPersonForm):
    password = _new_password_field()


class NewPasswordForm(DoorForm):
    password = _new_password_field()


class RecoveryForm(NameForm):
    code = forms.CharField(
        label=_("Recovery code"),
        max_length=64,
        widget=forms.TextInput(
            attrs=_big(
                autocomplete="one-time-code", autocapitalize="characters", spellcheck="false"
            )
        ),
        error_messages={"required": _("Enter one of the codes, as in K7QF-4M2X-9TRD-0VHB.")},
    )
