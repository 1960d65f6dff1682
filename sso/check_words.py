"""The lines of a checklist, in an administrator's words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from sso.causes import Cause
from sso.saml import CheckName

CHECK_LABELS: dict[str, Promise] = {
    CheckName.FORMAT: gettext_lazy("Message can be read"),
    CheckName.ISSUER: gettext_lazy("Issuer"),
    CheckName.SIGNATURE: gettext_lazy("Signature"),
    CheckName.STATUS: gettext_lazy("The identity provider’s answer"),
    CheckName.ISSUED: gettext_lazy("Issued within a day"),
    CheckName.DESTINATION: gettext_lazy("Destination"),
    CheckName.ISSUER_WITHIN: gettext_lazy("Issuer, once decrypted"),
    CheckName.SIGNATURE_WITHIN: gettext_lazy("Signature, once decrypted"),
    CheckName.CONFIRMATION: gettext_lazy("Confirmation"),
    CheckName.SAME_REQUEST: gettext_lazy("One request throughout"),
    CheckName.REQUEST: gettext_lazy("Request it answers"),
    CheckName.RECIPIENT: gettext_lazy("Recipient"),
    CheckName.AUDIENCE: gettext_lazy("Audience"),
    CheckName.CONDITIONS: gettext_lazy("No condition we don’t know"),
    CheckName.STATEMENT: gettext_lazy("Statement of the sign-in"),
    CheckName.ENDS: gettext_lazy("Not too late"),
    CheckName.BEGINS: gettext_lazy("Not too early"),
    CheckName.SUBJECT: gettext_lazy("Person is named"),
    CheckName.PROOF: gettext_lazy("Asked again"),
    CheckName.ASKED_HERE: gettext_lazy("Answers this request, in this browser"),
    CheckName.UNUSED: gettext_lazy("Not used before"),
    CheckName.ACCESS: gettext_lazy("Access rules"),
    CheckName.LIBRARY: gettext_lazy("Second opinion of the SAML library"),
}


def labelled(checks: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of `sso.traces`, each with its label."""
    return [{**row, "label": check_label(row["name"])} for row in checks]


def check_label(name: str) -> str:
    """A check in an administrator's words; a cause of the portal's own where no check has it."""
    if name in Cause.values:
        return str(Cause(name).label)
    return str(CHECK_LABELS.get(name, name.capitalize()))
