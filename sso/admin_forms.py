"""Forms of the console's single sign-on pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.session_length import session_length_choices
from accounts.widgets import VERBATIM, Switch
from sso.models import SamlConnection
from sso.saml import IdpMetadata, MetadataUnreadable, read_metadata

METADATA_MAX_BYTES = 1_000_000
FILE_TOO_LARGE = _("The file is larger than 1 MB. Metadata is a few kilobytes.")
NAME_HELP = _("Learners read it, as in “Continue to Okta”.")


class OptionsForm(forms.ModelForm[SamlConnection]):
    """How a connection asks, what it accepts, whom it gives a license."""

    auto_assign = forms.TypedChoiceField(
        label=_("Automatically assign licenses"),
        required=False,
        choices=(("", _("As the policy says")), ("on", _("On")), ("off", _("Off"))),
        coerce=lambda value: {"on": True, "off": False}[value],
        empty_value=None,
        help_text=_("At the first sign-in through this connection."),
    )

    session_hours = forms.TypedChoiceField(
        label=_("Session length"),
        required=False,
        coerce=int,
        empty_value=None,
        help_text=_(
            "After this, people sign in again. The organization’s policy counts where it is "
            "shorter, and so does the identity provider. Shorter counts at once, longer from the "
            "next sign-in on."
        ),
    )

    class Meta:
        model = SamlConnection
        exclude = ()  # noqa: DJ006 - the admin page names its fields
        labels = {"clock_skew_seconds": _("Clock skew, in seconds")}
        help_texts = {
            "name": NAME_HELP,
            "idp_metadata_url": _(
                "Begins with https://. What is new there waits until you look at it, except for "
                "a certificate that joins one you trust."
            ),
            "clock_skew_seconds": _("How far the two clocks may differ, at most 300."),
            "pool": "",
        }
        widgets = {
            "idp_metadata_url": forms.TextInput(attrs={**VERBATIM, "inputmode": "url"}),
            "idp_initiated": Switch(
                if_on=_("On: people may start from their identity provider’s portal."),
                if_off=_("Off: people start here. An answer nobody asked for is refused."),
            ),
            "single_logout": Switch(
                if_on=_(
                    "On: whoever signs out here is signed out at the identity provider too, and "
                    "the other way round. Give it our metadata once more: our address for "
                    "sign-outs is in it."
                ),
                if_off=_("Off: signing out here leaves the identity provider’s session open."),
            ),
            "sign_requests": Switch(
                if_on=_("On: our requests carry a signature, RSA with SHA-256."),
                if_off=_(
                    "Off: our requests are not signed, unless the identity provider wants it."
                ),
            ),
            "include_acs_url": Switch(
                if_on=_("On: each request says where the answer goes."),
                if_off=_("Off: the identity provider uses the address it was set up with."),
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        pool = self.fields.get("pool")
        if isinstance(pool, forms.ModelChoiceField):
            pool.empty_label = _("Any, by priority")
        hours = self.fields.get("session_hours")
        if isinstance(hours, forms.TypedChoiceField):
            hours.choices = [
                ("", _("As the policy says")),
                *session_length_choices(self.instance.session_hours),
            ]
        switch = self.fields.get("single_logout")
        if switch is not None and not self.instance.takes_logouts:
            switch.disabled = True
            switch.help_text = _(
                "The identity provider’s metadata names no address for sign-outs. Set single "
                "logout up there, then read its metadata again."
            )
        self.initial["auto_assign"] = {None: "", True: "on", False: "off"}[
            self.instance.auto_assign
        ]


class ConnectionForm(OptionsForm):
    """A connection's options, and the identity provider's metadata by file or by paste."""

    metadata_file = forms.FileField(
        label=_("Metadata file"),
        required=False,
        help_text=_("The XML file that the identity provider lets you download."),
    )
    metadata_text = forms.CharField(
        label=_("or paste it"),
        required=False,
        strip=True,
        widget=forms.Textarea(attrs={**VERBATIM, "rows": 6}),
    )

    # What `clean` read, for the page's message.
    metadata: IdpMetadata | None = None

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        upload, text = cleaned.get("metadata_file"), cleaned.get("metadata_text")
        if upload and text:
            self.add_error("metadata_text", _("Give the file or the text, not both."))
            return cleaned
        field = "metadata_file" if upload else "metadata_text"
        if upload and upload.size > METADATA_MAX_BYTES:
            self.add_error(field, FILE_TOO_LARGE)
            return cleaned
        xml = upload.read() if upload else (text or "").encode()
        if xml:
            try:
                self.metadata = read_metadata(xml)
            except MetadataUnreadable as error:
                self.add_error(field, str(error))
        return cleaned


class NewConnectionForm(forms.ModelForm[SamlConnection]):
    class Meta:
        model = SamlConnection
        fields = ("organization", "name", "preset")
        help_texts = {"name": NAME_HELP}


class TypedNameForm(forms.Form):
    """What touches many people is confirmed by typing the name of what it is done to."""

    typed_name = forms.CharField(
        max_length=255, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )

    def __init__(self, *args: Any, name: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.name = name
        self.fields["typed_name"].label = _("Type “%(name)s” to confirm") % {"name": name}
        self.fields["typed_name"].error_messages["required"] = self.wants_name()

    def wants_name(self) -> str:
        return gettext("Type the name: %(name)s.") % {"name": self.name}

    def clean_typed_name(self) -> str:
        typed: str = self.cleaned_data["typed_name"]
        if typed.strip().casefold() != self.name.strip().casefold():
            raise forms.ValidationError(self.wants_name())
        return typed


class DeactivationForm(TypedNameForm):
    def wants_name(self) -> str:
        return gettext("Type the name of the connection: %(name)s.") % {"name": self.name}
