"""How each product writes its XML."""

from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.saml_messages.names import ENTITY, NAME_FORMAT_BASIC, NAME_FORMAT_UNSPECIFIED


@dataclass(frozen=True)
class Shape:
    """How one product writes its XML: prefixes, order, what it signs."""

    name: str
    protocol_prefix: str = "samlp"
    assertion_prefix: str | None = "saml"
    declares_assertion_on_root: bool = False
    signature_prefix: str | None = "ds"
    inclusive_prefixes: tuple[str, ...] = ()
    has_milliseconds: bool = True
    issuer_format: str | None = None
    attribute_name_format: str | None = NAME_FORMAT_BASIC
    types_values: bool = False
    attributes_come_first: bool = False
    repeats_attributes: bool = False
    consent: str | None = None
    signs_response: bool = False
    signs_assertion: bool = True


GENERIC = Shape("generic", declares_assertion_on_root=True)
OKTA = Shape(
    "okta",
    protocol_prefix="saml2p",
    assertion_prefix="saml2",
    inclusive_prefixes=("xs",),
    issuer_format=ENTITY,
    attribute_name_format=NAME_FORMAT_UNSPECIFIED,
    types_values=True,
    signs_response=True,
)
ENTRA = Shape(
    "entra",
    assertion_prefix=None,
    signature_prefix=None,
    attribute_name_format=None,
    attributes_come_first=True,
)
ADFS = Shape(
    "adfs",
    assertion_prefix=None,
    attribute_name_format=None,
    attributes_come_first=True,
    consent="urn:oasis:names:tc:SAML:2.0:consent:unspecified",
)
GOOGLE = Shape(
    "google",
    protocol_prefix="saml2p",
    assertion_prefix="saml2",
    attribute_name_format=None,
    types_values=True,
)
KEYCLOAK = Shape(
    "keycloak",
    declares_assertion_on_root=True,
    signature_prefix="dsig",
    types_values=True,
    repeats_attributes=True,
    signs_response=True,
)
SHAPES: Mapping[str, Shape] = {
    shape.name: shape for shape in (GENERIC, OKTA, ENTRA, ADFS, GOOGLE, KEYCLOAK)
}
