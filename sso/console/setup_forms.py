"""Forms of the steps that set a connection up."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.widgets import VERBATIM, RadioCards
from sso.admin_forms import FILE_TOO_LARGE, METADATA_MAX_BYTES, NAME_HELP, OptionsForm
from sso.models import Preset, SamlConnection
from sso.saml import IdpMetadata, MetadataUnreadable, read_by_hand, read_metadata


def _address(**words: Any) -> forms.CharField:
    """One that the identity provider may or may not have."""
    widget = forms.TextInput(attrs={**VERBATIM, "inputmode": "url"})
    return forms.CharField(required=False, max_length=2048, widget=widget, **words)


class BasicsForm(forms.Form):
    name = forms.CharField(
        label=_("Name"),
        max_length=100,
        help_text=NAME_HELP,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Give the connection a name.")},
    )
    preset = forms.ChoiceField(
        label=_("Identity provider"),
        choices=Preset.choices,
        help_text=_("Decides which guide you read in the next step, and nothing else."),
    )


class ReadingForm(forms.Form):
    """One way to tell us the identity provider's side. Valid once it could be read."""

    # Where what can't be read is said.
    field: ClassVar[str]
    metadata: IdpMetadata

    def read(self) -> IdpMetadata:
        raise NotImplementedError

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors:
            try:
                self.metadata = self.read()
            except MetadataUnreadable as error:
                self.add_error(self.field, str(error))
        return cleaned


class FileForm(ReadingForm):
    field = "file"
    file = forms.FileField(
        label=_("Metadata file"),
        error_messages={"required": _("Choose the file first.")},
        widget=forms.FileInput(attrs={"accept": ".xml,text/xml,application/xml"}),
    )

    def clean_file(self) -> Any:
        upload = self.cleaned_data["file"]
        if upload.size > METADATA_MAX_BYTES:
            raise forms.ValidationError(FILE_TOO_LARGE)
        return upload

    def read(self) -> IdpMetadata:
        return read_metadata(self.cleaned_data["file"].read())


class AddressForm(forms.Form):
    """Read by a worker, now and every day."""

    address = forms.CharField(
        label=_("Metadata address"),
        max_length=2048,
        help_text=_(
            "Begins with https://. It is read now and every day: a certificate that joins one you "
            "trust is accepted by itself, everything else waits until you look at it."
        ),
        widget=forms.TextInput(attrs={**VERBATIM, "inputmode": "url"}),
        error_messages={"required": _("Paste the address first.")},
    )


class PasteForm(ReadingForm):
    field = "text"
    text = forms.CharField(
        label=_("Metadata as text"),
        max_length=METADATA_MAX_BYTES,
        widget=forms.Textarea(attrs={**VERBATIM, "rows": 8, "class": "code"}),
        error_messages={
            "required": _("Paste the XML first."),
            "max_length": _("The text is larger than 1 MB. Metadata is a few kilobytes."),
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A browser would cut off the rest without a word, and what is left is no XML.
        del self.fields["text"].widget.attrs["maxlength"]

    def read(self) -> IdpMetadata:
        return read_metadata(self.cleaned_data["text"].encode())


class HandForm(ReadingForm):
    """Also what a read-back carries: whatever was read can be written by hand."""

    field = "__all__"
    entity_id = forms.CharField(
        label=_("Entity ID"),
        max_length=1024,
        help_text=_("Also called issuer or identifier. To the letter, a slash at the end too."),
        widget=forms.TextInput(attrs={**VERBATIM}),
        error_messages={"required": _("Copy the identity provider’s entity ID.")},
    )
    sso_redirect_url = _address(
        label=_("Sign-in address"),
        help_text=_("Also called Login URL or SSO URL, for HTTP-Redirect."),
    )
    sso_post_url = _address(
        label=_("Sign-in address for HTTP-POST"),
        help_text=_("Only if it is another one, or the only one."),
    )
    certificates = forms.CharField(
        label=_("Signing certificate"),
        max_length=100_000,
        help_text=_("The text of the .pem or .cer file in Base64. Several go one after the other."),
        widget=forms.Textarea(attrs={**VERBATIM, "rows": 6, "class": "code"}),
        error_messages={"required": _("Without it no sign-in could be checked.")},
    )
    slo_redirect_url = _address(
        label=_("Sign-out address"),
        help_text=_("Also called Logout URL or SLO endpoint, for HTTP-Redirect."),
    )
    slo_post_url = _address(label=_("Sign-out address for HTTP-POST"))
    slo_redirect_response_url = _address(
        label=_("Address for sign-out answers"),
        help_text=_("Only if it is another one. Metadata calls it ResponseLocation."),
    )
    slo_post_response_url = _address(label=_("Address for sign-out answers by HTTP-POST"))
    wants_signed_requests = forms.BooleanField(label=_("It wants signed requests"), required=False)

    def read(self) -> IdpMetadata:
        names = [*self.fields]
        return read_by_hand(**{name: self.cleaned_data[name] for name in names})

    @classmethod
    def carrying(cls, metadata: IdpMetadata) -> HandForm:
        """What was read, to be sent once more as what shall count."""
        trust = metadata.trust
        return cls(
            initial={
                "entity_id": trust.entity_id,
                "sso_redirect_url": trust.sso_redirect_url or "",
                "sso_post_url": trust.sso_post_url or "",
                "certificates": "".join(trust.certificates),
                "slo_redirect_url": trust.slo_redirect_url or "",
                "slo_post_url": trust.slo_post_url or "",
                "slo_redirect_response_url": trust.slo_redirect_response_url or "",
                "slo_post_response_url": trust.slo_post_response_url or "",
                "wants_signed_requests": trust.wants_signed_requests,
            }
        )

    def hidden(self) -> list[str]:
        return [field.as_hidden() for field in self]


WAYS: dict[str, tuple[type[forms.Form], Promise]] = {
    "address": (AddressForm, _("Address")),
    "file": (FileForm, _("File")),
    "paste": (PasteForm, _("Paste")),
    "hand": (HandForm, _("By hand")),
}

NAME_ID_FORMATS: dict[str, str | Promise] = {
    "": _("The identity provider decides"),
    "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress": _("E-mail address"),
    "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent": _("Persistent"),
    "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified": _("Unspecified"),
    "urn:oasis:names:tc:SAML:2.0:nameid-format:transient": _("Transient"),
}
_CLASSES = "urn:oasis:names:tc:SAML:2.0:ac:classes"
CONTEXTS: dict[str, str | Promise] = {
    "": _("None"),
    f"{_CLASSES}:PasswordProtectedTransport": _("Password over TLS"),
    f"{_CLASSES}:X509": _("Certificate (X.509)"),
    f"{_CLASSES}:Kerberos": "Kerberos",
    "urn:federation:authentication:windows": _("Windows sign-in (AD FS)"),
    "https://refeds.org/profile/mfa": _("Several factors (REFEDS)"),
}


class SetupOptionsForm(OptionsForm):
    """Only what the person changed is saved, against what the page showed: two administrators on
    the same page undo nothing of each other's."""

    class Meta(OptionsForm.Meta):
        fields = (
            "sign_requests",
            "request_binding",
            "include_acs_url",
            "name_id_format",
            "requested_authn_context",
            "idp_initiated",
            "clock_skew_seconds",
            "subject_attribute",
            "session_hours",
            "single_logout",
            "auto_assign",
        )

    def __init__(self, *args: Any, pools: dict[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["request_binding"] = forms.ChoiceField(
            label=_("How requests travel"),
            choices=SamlConnection.Binding.choices,
            widget=RadioCards(
                descriptions={
                    "redirect": _("In the address. Every provider takes it."),
                    "post": _("As a form. Where addresses become too long."),
                }
            ),
        )
        self._offer(
            "name_id_format",
            NAME_ID_FORMATS,
            gettext("Asking for one stops sign-ins where the provider was told another."),
        )
        self._offer(
            "requested_authn_context",
            CONTEXTS,
            gettext("How people must have signed in there. Anything but “None” breaks Entra ID."),
        )
        self.fields["subject_attribute"].widget = forms.TextInput(attrs={**VERBATIM})
        self.fields["subject_attribute"].help_text = _(
            "Empty: people are known by their NameID. Else by this attribute, such as "
            "objectidentifier. Choose before the first sign-in."
        )
        self.fields["pool"] = forms.TypedChoiceField(
            label=_("License pool"),
            required=False,
            choices=[("", _("Any, by priority")), *pools.items()],
            initial=str(self.instance.pool_id or ""),
            empty_value=None,
        )
        for field in self.fields.values():
            field.show_hidden_initial = True

    def _offer(self, name: str, offered: dict[str, str | Promise], help_text: str) -> None:
        now = getattr(self.instance, name)
        # What a command line chose stays a choice.
        others = {} if now in offered else {now: now}
        self.fields[name] = forms.ChoiceField(
            label=self.fields[name].label,
            required=False,
            choices=[*(offered | others).items()],
            help_text=help_text,
        )
