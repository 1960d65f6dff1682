"""The codes by which identity providers say no, in plain words.

For help alone, as `sso.causes.fixes`: makers change them, so nothing is decided by these.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise


@dataclass(frozen=True, slots=True)
class CodeHelp:
    """A code found in an identity provider's own words."""

    code: str
    meaning: Text
    fix: Text
    # The maker's page about it, where there is one.
    url: str = ""


_ENTRA_PAGE = "https://login.microsoftonline.com/error?code={}"
_AADSTS = re.compile(r"\bAADSTS(\d{4,8})\b")
_MSIS = re.compile(r"\bMSIS(\d{3,6})\b")

_NOT_IN_TENANT = (
    _("The account isn’t in this tenant"),
    _("Sign in with another account, or invite this one as a guest."),
)
_UNKNOWN_APPLICATION = (
    _("The tenant doesn’t know our entity ID"),
    _(
        "Copy our entity ID to Identifier (Entity ID), and see that Login URL here is of the same "
        "tenant."
    ),
)
_TOLD_US = (
    _("Entra could not read our request"),
    _("Our side of it: send us the reference number."),
)
_OFF = (
    _("The application is switched off"),
    _("Properties › Enabled for users to sign-in: Yes."),
)
ENTRA_CODES: Mapping[str, tuple[Text, Text]] = {
    "50011": (
        _("Our ACS URL isn’t registered"),
        _("Copy our ACS URL to Reply URL (Assertion Consumer Service URL)."),
    ),
    "700016": _UNKNOWN_APPLICATION,
    "650056": _UNKNOWN_APPLICATION,
    "65005": _UNKNOWN_APPLICATION,
    "50105": (
        _("The person isn’t assigned"),
        _("Users and groups: assign them, or a group of theirs; nested groups don’t count."),
    ),
    "75011": (
        _("Entra can’t meet the requested authentication context"),
        _("Empty “requested authentication context” on this connection."),
    ),
    "75005": _TOLD_US,
    "750054": _TOLD_US,
    "7500529": _TOLD_US,
    "75016": (
        _("Entra doesn’t offer the NameID format we ask for"),
        _("Empty “NameID format” on this connection."),
    ),
    "75008": (
        _("Our request went to an address it doesn’t expect"),
        _("Read the metadata here again."),
    ),
    "75003": (
        _("The answer should go by a binding Entra doesn’t offer"),
        _("Reply URL is our ACS URL, which takes HTTP-POST."),
    ),
    "76021": (
        _("Our request has to be signed"),
        _(
            "Switch on “sign requests” here, and upload our certificate under Verification "
            "certificates."
        ),
    ),
    "76026": (
        _("Our request came too late"),
        _("Start again; if it stays, compare clocks."),
    ),
    "50020": _NOT_IN_TENANT,
    "50034": _NOT_IN_TENANT,
    "16000": _NOT_IN_TENANT,
    "501241": (
        _("The source of the NameID is empty for this person"),
        _("Fill it, usually Email, or choose another source under Attributes & Claims."),
    ),
    "7000112": _OFF,
    "70001": _OFF,
    "53003": (
        _("Conditional Access stopped the person"),
        _("Sign-in logs › Conditional Access names the policy."),
    ),
    "50126": (_("Wrong password"), _("The person, or a reset of the password.")),
    "50053": (_("The account is locked"), _("Wait, or unlock it in Entra.")),
    "50057": (_("The account is disabled"), _("Enable it in Entra.")),
}
ADFS_CODES: Mapping[str, tuple[Text, Text]] = {
    "7070": (
        _("AD FS issues no NameID of the format we ask for"),
        _(
            "Fill the person’s e-mail address, correct the rules that make the Name ID, and empty "
            "“NameID format” here."
        ),
    ),
    "3200": (
        _("Our ACS URL is no endpoint of the trust"),
        _("Read our metadata into the trust again, or add it on its Endpoints tab."),
    ),
    "3077": (
        _("The trust has no SAML endpoint"),
        _("Add our ACS URL on its Endpoints tab, binding POST."),
    ),
    "3110": (
        _("No endpoint of the trust fits"),
        _("Add our ACS URL on its Endpoints tab, binding POST."),
    ),
    "7007": (
        _("Our entity ID is unknown, or the person is not permitted"),
        _("Identifiers tab, then Access Control Policy."),
    ),
    "7042": (
        _("The same browser asked five times in 20 seconds"),
        _("We keep refusing the answer: the sign-ins before this one say why."),
    ),
    "7012": (
        _("AD FS failed and says no more"),
        _("Event Viewer › AD FS › Admin, event 364, at this time."),
    ),
}


def codes_in(text: str) -> Iterator[CodeHelp]:
    """What is known of each code of Entra ID and AD FS in an identity provider's words."""
    for number in dict.fromkeys(_AADSTS.findall(text)):
        known = ENTRA_CODES.get(number, (_("A code of Microsoft Entra ID"), ""))
        yield CodeHelp(f"AADSTS{number}", *known, url=_ENTRA_PAGE.format(number))
    for number in dict.fromkeys(_MSIS.findall(text)):
        if number in ADFS_CODES:
            yield CodeHelp(f"MSIS{number}", *ADFS_CODES[number])
