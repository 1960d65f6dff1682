"""What is other between two contents of a connection, in words an administrator decides by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sso.access_rules import LISTS
from sso.content import CONTENT_FIELDS, OUR_CERTIFICATE, Content
from sso.models import SamlConnection
from sso.saml import CertificateFacts, describe_certificate
from sso.saml.pem import split_pem

VERBATIM = {
    "idp_entity_id",
    "idp_sso_redirect_url",
    "idp_sso_post_url",
    "idp_metadata_url",
    "idp_slo_redirect_url",
    "idp_slo_post_url",
    "idp_slo_redirect_response_url",
    "idp_slo_post_response_url",
    "name_id_format",
    "requested_authn_context",
    "subject_attribute",
    "attribute_map",
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One field, as it is and as it would be. `is_verbatim`: each letter of it counts."""

    field: str
    label: str
    before: str
    after: str
    is_verbatim: bool


@dataclass(frozen=True, slots=True)
class CertificateDifference:
    """Which certificates come, stay and go. A key is what is trusted; these name it."""

    added: tuple[CertificateFacts, ...]
    kept: tuple[CertificateFacts, ...]
    removed: tuple[CertificateFacts, ...]

    @property
    def is_empty(self) -> bool:
        return not (self.added or self.removed)


def differences(
    before: Content, after: Content, *, pools: Mapping[str, str] | None = None
) -> list[Difference]:
    """Field by field, certificates aside. What `after` doesn't name stays. `pools`: names by id."""
    found = [
        Difference(
            field,
            capfirst(str(SamlConnection._meta.get_field(field).verbose_name)),  # type: ignore[union-attr]  # our fields all have one
            _in_words(field, before.get(field), pools or {}),
            _in_words(field, after[field], pools or {}),
            field in VERBATIM,
        )
        for field in CONTENT_FIELDS
        if field in after and field != "idp_certificates" and after[field] != before.get(field)
    ]
    was, becomes = _fingerprint(before), _fingerprint(after)
    if was and becomes and was != becomes:
        label = _("The certificate of the key of ours that signs")
        found.append(Difference(OUR_CERTIFICATE, label, was, becomes, is_verbatim=True))
    return found


def certificate_difference(before: Content, after: Content) -> CertificateDifference:
    """By fingerprint, so that another order is no difference."""
    was = _certificates(before)
    becomes = _certificates(after) if "idp_certificates" in after else was
    return CertificateDifference(
        added=tuple(facts for name, facts in becomes.items() if name not in was),
        kept=tuple(facts for name, facts in becomes.items() if name in was),
        removed=tuple(facts for name, facts in was.items() if name not in becomes),
    )


def consequences(before: Content, after: Content) -> list[str]:
    """What the difference does to people who sign in, a sentence each."""
    sentences = _about_certificates(certificate_difference(before, after))
    changed = {each.field for each in differences(before, after)}
    if "idp_entity_id" in changed and before.get("idp_entity_id"):
        sentences.append(
            _("It is another identity provider: answers in the name of the former are refused.")
        )
    addresses = {"idp_sso_redirect_url", "idp_sso_post_url"}
    if changed & addresses and any(before.get(address) for address in addresses):
        sentences.append(_("People are sent to another address to sign in."))
    if OUR_CERTIFICATE in changed:
        sentences.append(
            _(
                "Our requests are signed with another key: a provider that checks them has to know "
                "its certificate. Answers encrypted for either are read."
            )
        )
    if "access_rules" in changed:
        sentences.append(_("Other people may come in: whom the rules leave out is refused."))
    if "subject_attribute" in changed:
        sentences.append(
            _("People are known by something else: whoever it doesn’t name as before is not found.")
        )
    return sentences


def _about_certificates(certificates: CertificateDifference) -> list[str]:
    sentences = []
    if certificates.removed:
        sentences.append(
            ngettext(
                "%(count)d certificate is trusted no more: answers signed with it are refused.",
                "%(count)d certificates are trusted no more: answers signed with them are refused.",
                len(certificates.removed),
            )
            % {"count": len(certificates.removed)}
        )
    if certificates.added:
        sentences.append(
            ngettext(
                "%(count)d new certificate is trusted: answers signed with it are accepted.",
                "%(count)d new certificates are trusted: answers signed with them are accepted.",
                len(certificates.added),
            )
            % {"count": len(certificates.added)}
        )
    return sentences


def _certificates(content: Content) -> dict[str, CertificateFacts]:
    found = (
        describe_certificate(pem) for pem in split_pem(str(content.get("idp_certificates", "")))
    )
    return {facts.sha256_fingerprint: facts for facts in found}


def _fingerprint(content: Content) -> str:
    pem = content.get(OUR_CERTIFICATE)
    return describe_certificate(pem).sha256_fingerprint if pem else ""


def _rules_in_words(stored: Mapping[str, Any]) -> str:
    words = {"allow": _("only %(rule)s"), "block": _("not %(rule)s")}
    return (
        "; ".join(
            words[name] % {"rule": f"{rule['attribute']}: {', '.join(rule['values'])}"}
            for name in LISTS
            for rule in stored.get(name, [])
        )
        or "—"
    )


def _in_words(field: str, value: Any, pools: Mapping[str, str]) -> str:
    if field == "pool":
        return pools.get(str(value), _("a pool that is gone")) if value else _("Any, by priority")
    if field in {"auto_assign", "session_hours"} and value is None:
        return _("As the policy says")
    if isinstance(value, bool):
        return _("On") if value else _("Off")
    if field == "access_rules":
        return _rules_in_words(value or {})
    if isinstance(value, dict):
        return ", ".join(f"{name}: {value[name]}" for name in sorted(value)) or "—"
    choices = dict(SamlConnection._meta.get_field(field).flatchoices)  # type: ignore[union-attr]  # likewise
    return str(choices.get(value, value)) if value not in (None, "") else "—"
