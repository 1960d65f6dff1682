"""The identity providers we know by name: what they are called, and how a connection to one starts.

Values only. The steps in each one's own words are templates of the console.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sso.models import Preset

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Product:
    """One kind of identity provider. `name` is what a connection to it is first called."""

    preset: Preset
    label: Text
    name: str
    # What helps to recognize it: a former name, or for whom it is.
    hint: Text
    # Its how-to page.
    how_to: str
    # Where its own side of the trust is found, in its own words.
    metadata_at: Text
    # Where it shows an address of it; empty where it has none.
    address_at: Text = ""
    # What differs from the defaults of a connection.
    options: Mapping[str, Any] = field(default_factory=dict)


PRODUCTS: Mapping[str, Product] = {
    product.preset.value: product
    for product in (
        Product(
            Preset.OKTA,
            "Okta",
            "Okta",
            _("Workforce Identity, with an app of your own."),
            "sso-okta",
            _("In Okta: your app › Sign On › Metadata URL. Open it and save the page."),
            _("In Okta: your app › Sign On › Metadata URL › Copy."),
        ),
        Product(
            Preset.ENTRA,
            "Microsoft Entra ID",
            "Microsoft",
            _("Formerly Azure AD; what Microsoft 365 signs in with."),
            "sso-entra",
            _("In Entra: Single sign-on › SAML Certificates › Federation Metadata XML › Download."),
            _(
                "In Entra: Single sign-on › SAML Certificates › App Federation Metadata Url. With "
                "its ?appid=… at the end: each app has certificates of its own."
            ),
        ),
        Product(
            Preset.ADFS,
            "AD FS",
            "AD FS",
            _("On a Windows server of your own."),
            "sso-adfs",
            _(
                "Open https://<your AD FS>/FederationMetadata/2007-06/FederationMetadata.xml and "
                "save the page as a file."
            ),
            _(
                "https://<your AD FS>/FederationMetadata/2007-06/FederationMetadata.xml, if the "
                "server can be reached from here."
            ),
            # Its tokens are good from the very second they are made: a clock that is a little
            # ahead would have people refused as too early.
            {"clock_skew_seconds": 180},
        ),
        Product(
            Preset.GOOGLE,
            "Google Workspace",
            "Google",
            _("Google accounts of your company."),
            "sso-google",
            _("In Google: your app › Download metadata."),
        ),
        Product(
            Preset.ONELOGIN,
            "OneLogin",
            "OneLogin",
            _("With the SAML Custom Connector (Advanced)."),
            "sso-onelogin",
            _("In OneLogin: your app › More Actions › SAML Metadata."),
            _("In OneLogin: your app › SSO › Issuer URL."),
        ),
        Product(
            Preset.GENERIC,
            _("Any SAML 2.0 provider"),
            "Single sign-on",
            _("PingOne, JumpCloud, Keycloak, Auth0 and all the others."),
            "sso-generic",
            _("Your provider offers its metadata as a file, or at an address."),
            _("The address of your provider’s metadata, where it has one."),
        ),
    )
}
