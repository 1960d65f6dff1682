"""Where in a particular identity provider a cause is mended: its own menus, in its own words.

For help alone. Products move their menus and change their codes, so nothing is decided by these.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sso.causes.kinds import Cause

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Fix:
    """Where to go there, what to do, and which of our values to have at hand."""

    where: Text
    what: Text
    # "entity_id" or "acs_url", as `SamlConnection` names them; empty where none is needed.
    value: str = ""


_ENTITY_ID, _ACS_URL = "entity_id", "acs_url"

# By `sso.models.Preset`, then by cause. What is missing is the same everywhere: `words_for`.
FIXES: Mapping[str, Mapping[Cause, Fix]] = {
    "okta": {
        Cause.IDP_REFUSED: Fix(
            _("the application › Assignments"),
            _(
                "Assign the person, or a group they are in. Okta’s System Log says “User attempted "
                "unauthorized access to app” otherwise."
            ),
        ),
        Cause.UNSIGNED: Fix(
            _("General › SAML Settings › Edit › Show Advanced Settings"),
            _("Set Assertion Signature to Signed; Response may be signed as well."),
        ),
        Cause.BAD_SIGNATURE: Fix(
            _("Sign On › SAML Signing Certificates"),
            _(
                "See which certificate is Active; Okta never switches by itself. Then read the "
                "metadata here again, from Sign On › Metadata URL."
            ),
        ),
        Cause.WEAK_ALGORITHM: Fix(
            _("General › SAML Settings › Edit › Show Advanced Settings"),
            _("Set Signature Algorithm to RSA-SHA256 and Digest Algorithm to SHA256."),
        ),
        Cause.NO_CERTIFICATE: Fix(
            _("Sign On › Metadata URL"), _("Copy the address and read the metadata here.")
        ),
        Cause.WRONG_ISSUER: Fix(
            _("General › SAML Settings › Edit › Show Advanced Settings"),
            _(
                "Leave SAML Issuer ID empty, or read the metadata here again. Each application has "
                "an issuer of its own: compare the key at its end."
            ),
        ),
        Cause.WRONG_DESTINATION: Fix(
            _("General › SAML Settings › Edit › Configure SAML"),
            _(
                "Set Single sign-on URL to our ACS URL and keep “Use this for Recipient URL and "
                "Destination URL” ticked."
            ),
            _ACS_URL,
        ),
        Cause.WRONG_RECIPIENT: Fix(
            _("General › SAML Settings › Edit › Configure SAML"),
            _(
                "Set Single sign-on URL to our ACS URL and keep “Use this for Recipient URL and "
                "Destination URL” ticked."
            ),
            _ACS_URL,
        ),
        Cause.WRONG_AUDIENCE: Fix(
            _("General › SAML Settings › Edit › Configure SAML"),
            _("Set Audience URI (SP Entity ID) to our entity ID."),
            _ENTITY_ID,
        ),
        Cause.NO_SUBJECT: Fix(
            _("General › SAML Settings › Edit › Configure SAML"),
            _(
                "Choose an Application username that every person has, such as Email, and Name ID "
                "format EmailAddress."
            ),
        ),
        Cause.CANNOT_DECRYPT: Fix(
            _("General › SAML Settings › Edit › Show Advanced Settings"),
            _(
                "Replace Encryption Certificate by ours, or set Assertion Encryption to "
                "Unencrypted."
            ),
        ),
        Cause.UNSOLICITED: Fix(
            _("the person’s dashboard"),
            _(
                "A tile starts at Okta. Allow that on this connection, or hide the application’s "
                "tile and add a bookmark to our sign-in URL."
            ),
        ),
        Cause.TOO_LARGE: Fix(
            _("General › SAML Settings › Edit › Group Attribute Statements"),
            _("Narrow the filter: Starts with or Matches regex instead of all groups."),
        ),
        Cause.EMAIL_MISSING: Fix(
            _("Sign On › Attribute Statements"),
            _("Add email with the value user.email (newer: user.profile.email)."),
        ),
        Cause.NOT_ASKED_AGAIN: Fix(
            _("General › SAML Settings › Edit › Show Advanced Settings"),
            _("Set Honor Force Authentication to Yes."),
        ),
    },
    "entra": {
        Cause.IDP_REFUSED: Fix(
            _("Enterprise apps › the application › Users and groups"),
            _(
                "Look up the AADSTS code. The usual one is 50105: assign the person directly, or a "
                "group they are a direct member of."
            ),
        ),
        Cause.UNSIGNED: Fix(
            _("Single sign-on › SAML Certificates › Edit"),
            _("Set Signing Option to Sign SAML assertion, alone or with the response."),
        ),
        Cause.BAD_SIGNATURE: Fix(
            _("Single sign-on › SAML Certificates"),
            _(
                "Certificates are per application: read the metadata here again from App "
                "Federation Metadata Url, with ?appid=… at its end. If the old one has expired, "
                "Entra uses a new one at once, even an Inactive one."
            ),
        ),
        Cause.WEAK_ALGORITHM: Fix(
            _("Single sign-on › SAML Certificates › Edit"),
            _("Set Signing Algorithm to SHA-256."),
        ),
        Cause.NO_CERTIFICATE: Fix(
            _("Single sign-on › SAML Certificates"),
            _("Copy App Federation Metadata Url and read the metadata here."),
        ),
        Cause.WRONG_ISSUER: Fix(
            _("Single sign-on › Set up"),
            _(
                "Compare Microsoft Entra Identifier with ours: https://sts.windows.net/ and your "
                "tenant’s id, with a slash at the end. Another id is another tenant."
            ),
        ),
        Cause.WRONG_DESTINATION: Fix(
            _("Single sign-on › Basic SAML Configuration › Edit"),
            _("Set Reply URL (Assertion Consumer Service URL) to our ACS URL."),
            _ACS_URL,
        ),
        Cause.WRONG_RECIPIENT: Fix(
            _("Single sign-on › Basic SAML Configuration › Edit"),
            _("Set Reply URL (Assertion Consumer Service URL) to our ACS URL."),
            _ACS_URL,
        ),
        Cause.WRONG_AUDIENCE: Fix(
            _("Single sign-on › Basic SAML Configuration › Edit"),
            _("Set Identifier (Entity ID) to our entity ID."),
            _ENTITY_ID,
        ),
        Cause.NO_SUBJECT: Fix(
            _("Single sign-on › Attributes & Claims › Unique User Identifier (Name ID)"),
            _("Choose a source attribute that this person has: user.mail may be empty."),
        ),
        Cause.CANNOT_DECRYPT: Fix(
            _("the application › Token encryption"),
            _("Import our certificate and activate it, or deactivate token encryption."),
        ),
        Cause.UNSOLICITED: Fix(
            _("Single sign-on › Basic SAML Configuration › Edit"),
            _(
                "Set Sign on URL to our sign-in URL: the tile in My Apps then starts here. Or "
                "allow sign-ins that start at the identity provider on this connection."
            ),
        ),
        Cause.TOO_LARGE: Fix(
            _("Single sign-on › Attributes & Claims › the group claim"),
            _("Choose Groups assigned to the application."),
        ),
        Cause.EMAIL_MISSING: Fix(
            _("Single sign-on › Attributes & Claims"),
            _("Keep the claim emailaddress, from user.mail, and fill the person’s Email."),
        ),
        Cause.PERSON_CONFLICT: Fix(
            _("Single sign-on › Attributes & Claims"),
            _(
                "A guest’s NameID is alias_domain#EXT#@tenant, which directory sync writes "
                "otherwise. Microsoft advises user.mail for guests."
            ),
        ),
    },
    "adfs": {
        Cause.IDP_REFUSED: Fix(
            _("Event Viewer › AD FS › Admin, on the server"),
            _(
                "Look up the MSIS code. Without one, see whether the trust’s Access Control Policy "
                "permits the person."
            ),
        ),
        Cause.UNSIGNED: Fix(
            _("PowerShell, on the server"),
            _(
                "Set-AdfsRelyingPartyTrust -TargetName “…” -SamlResponseSignature "
                "MessageAndAssertion, or AssertionOnly."
            ),
        ),
        Cause.BAD_SIGNATURE: Fix(
            _("AD FS Management › Service › Certificates › Token-signing"),
            _(
                "Read the federation metadata here again. AD FS makes a new certificate 20 days "
                "before the old one ends and signs with it 5 days later."
            ),
        ),
        Cause.WEAK_ALGORITHM: Fix(
            _("the trust › Properties › Advanced"),
            _("Set the secure hash algorithm to SHA-256."),
        ),
        Cause.NO_CERTIFICATE: Fix(
            _("https://your server/FederationMetadata/2007-06/FederationMetadata.xml"),
            _("Read this file here."),
        ),
        Cause.WRONG_ISSUER: Fix(
            _("AD FS Management › Edit Federation Service Properties"),
            _("Compare the Federation Service identifier: http://…/adfs/services/trust."),
        ),
        Cause.WRONG_DESTINATION: Fix(
            _("the trust › Properties › Endpoints"),
            _("The SAML Assertion Consumer endpoint, binding POST, is our ACS URL."),
            _ACS_URL,
        ),
        Cause.WRONG_RECIPIENT: Fix(
            _("the trust › Properties › Endpoints"),
            _("The SAML Assertion Consumer endpoint, binding POST, is our ACS URL."),
            _ACS_URL,
        ),
        Cause.WRONG_AUDIENCE: Fix(
            _("the trust › Properties › Identifiers"),
            _("Our entity ID is one of them; take others out."),
            _ENTITY_ID,
        ),
        Cause.NOT_YET_VALID: Fix(
            _("PowerShell, on the server"),
            _("Correct the clock, or Set-AdfsRelyingPartyTrust -TargetName “…” -NotBeforeSkew 2."),
        ),
        Cause.NO_SUBJECT: Fix(
            _("the trust › Edit Claim Issuance Policy"),
            _(
                "AD FS sends no NameID until a rule does: after Send LDAP Attributes as Claims, "
                "Transform an Incoming Claim from E-Mail Address to Name ID, format Email. The "
                "person’s E-mail in Active Directory must not be empty."
            ),
        ),
        Cause.CANNOT_DECRYPT: Fix(
            _("the trust › Properties › Encryption"),
            _("Replace the certificate by ours, or remove it."),
        ),
        Cause.EMAIL_MISSING: Fix(
            _("the trust › Edit Claim Issuance Policy"),
            _("Send LDAP Attributes as Claims: E-Mail-Addresses to E-Mail Address."),
        ),
    },
    "google": {
        Cause.IDP_REFUSED: Fix(
            _("Apps › Web and mobile apps › the app › User access"),
            _("Turn it ON for the person’s organizational unit or group."),
        ),
        Cause.UNSIGNED: Fix(
            _("the app › Service provider details"),
            _(
                "Signed response may be on or off: Google signs one or the other. Look for a thing "
                "that rewrites the answer on its way."
            ),
        ),
        Cause.BAD_SIGNATURE: Fix(
            _("Security › Authentication › SSO with SAML applications"),
            _(
                "See which certificate the app uses, then download the metadata and read it here "
                "again: Google has no metadata address."
            ),
        ),
        Cause.NO_CERTIFICATE: Fix(
            _("the app › Google Identity Provider details"),
            _("Download metadata, and read the file here."),
        ),
        Cause.WRONG_ISSUER: Fix(
            _("the app › Google Identity Provider details"),
            _("Compare Entity ID: https://accounts.google.com/o/saml2?idpid=…"),
        ),
        Cause.WRONG_DESTINATION: Fix(
            _("the app › Service provider details"), _("Set ACS URL to ours."), _ACS_URL
        ),
        Cause.WRONG_RECIPIENT: Fix(
            _("the app › Service provider details"), _("Set ACS URL to ours."), _ACS_URL
        ),
        Cause.WRONG_AUDIENCE: Fix(
            _("the app › Service provider details"),
            _("Set Entity ID to ours; Google compares it to the letter."),
            _ENTITY_ID,
        ),
        Cause.NO_SUBJECT: Fix(
            _("the app › Service provider details"),
            _("Set Name ID to Basic Information › Primary email, Name ID format EMAIL."),
        ),
        Cause.EMAIL_MISSING: Fix(
            _("the app › Attribute mapping"), _("Map Primary email to email.")
        ),
        Cause.UNSOLICITED: Fix(
            _("the person’s app launcher"),
            _(
                "The tile starts at Google. Allow that on this connection, or tell people to start "
                "at our sign-in page."
            ),
        ),
    },
    "onelogin": {
        Cause.IDP_REFUSED: Fix(
            _("the app › Access, and Users"), _("Give the person a role that has the app.")
        ),
        Cause.UNSIGNED: Fix(
            _("the app › Configuration"), _("Set SAML signature element to Assertion or Response.")
        ),
        Cause.BAD_SIGNATURE: Fix(
            _("the app › SSO › X.509 Certificate › View Details"),
            _("Compare the certificate, then read More Actions › SAML Metadata here again."),
        ),
        Cause.WEAK_ALGORITHM: Fix(
            _("the app › SSO"), _("Set SAML Signature Algorithm to SHA-256.")
        ),
        Cause.NO_CERTIFICATE: Fix(
            _("the app › More Actions › SAML Metadata"), _("Read the file here.")
        ),
        Cause.WRONG_ISSUER: Fix(
            _("the app › SSO"), _("Compare Issuer URL with ours, or read the metadata again.")
        ),
        Cause.WRONG_DESTINATION: Fix(
            _("the app › Configuration"),
            _(
                "Set ACS (Consumer) URL to ours, and ACS (Consumer) URL Validator to a regular "
                "expression that it matches."
            ),
            _ACS_URL,
        ),
        Cause.WRONG_RECIPIENT: Fix(
            _("the app › Configuration"), _("Set Recipient to our ACS URL."), _ACS_URL
        ),
        Cause.WRONG_AUDIENCE: Fix(
            _("the app › Configuration"),
            _("Set Audience (EntityID) to our entity ID."),
            _ENTITY_ID,
        ),
        Cause.NO_SUBJECT: Fix(_("the app › Configuration"), _("Set SAML nameID format to Email.")),
        Cause.EMAIL_MISSING: Fix(
            _("the app › Parameters"),
            _("Add email, tick Include in SAML assertion, and give it the value Email."),
        ),
        Cause.UNSOLICITED: Fix(
            _("the app › Configuration"), _("Set SAML initiator to Service Provider.")
        ),
    },
}


def fix_for(preset: str, cause: str) -> Fix | None:
    """What to do there; None where the general advice is all there is."""
    found = FIXES.get(preset, {})
    return found[Cause(cause)] if cause and Cause(cause) in found else None
