"""One connection, its identity provider and a stranger, with keys made once."""

import base64
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from sandbox.saml_messages import SigningIdentity, build_response
from sso.causes import Cause
from sso.saml import (
    IdpTrust,
    SamlRefused,
    SamlSettings,
    SpIdentity,
    VerifiedAssertion,
    verify_response,
)

ENTITY_ID = "https://portal.example/saml/acme/metadata"
ACS_URL = "https://portal.example/saml/acme/acs"
IDP = "https://idp.acme.example/saml"
REQUEST = "_4f1c0ffee4f1c0ffee4f1c0ffee4f1c0"
PERSON = "ana@acme.example"

Forge = Callable[..., bytes]


@pytest.fixture(scope="session")
def idp() -> SigningIdentity:
    return SigningIdentity.generate(IDP)


@pytest.fixture(scope="session")
def stranger() -> SigningIdentity:
    """Signs well, under the same name, with a key nobody trusts."""
    return SigningIdentity.generate(IDP)


@pytest.fixture(scope="session")
def sp() -> SigningIdentity:
    return SigningIdentity.generate(ENTITY_ID)


@pytest.fixture(scope="session")
def connection(idp: SigningIdentity, sp: SigningIdentity) -> SamlSettings:
    return SamlSettings(
        cache_key=("acme", 1),
        idp=IdpTrust(
            entity_id=IDP,
            sso_redirect_url="https://idp.acme.example/sso",
            sso_post_url="https://idp.acme.example/sso",
            certificates=(idp.certificate_pem,),
        ),
        sp=SpIdentity(
            entity_id=ENTITY_ID,
            acs_url=ACS_URL,
            key_pem=sp.key_pem,
            certificate_pem=sp.certificate_pem,
        ),
    )


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def forge(idp: SigningIdentity, now: datetime) -> Forge:
    """A message of this identity provider for this connection; tests change what they are about."""

    def build(identity: SigningIdentity = idp, **changes: object) -> bytes:
        fields = {
            "acs_url": ACS_URL,
            "audience": ENTITY_ID,
            "name_id": PERSON,
            "in_response_to": REQUEST,
            "attributes": {
                "email": [PERSON],
                "firstName": ["Ana"],
                "lastName": ["Ćosić & Söhne"],
                "groups": ["Sales", "Everyone"],
            },
            "now": now,
        }
        return build_response(identity, **{**fields, **changes})

    return build


@pytest.fixture
def verify(connection: SamlSettings, now: datetime) -> Callable[..., VerifiedAssertion]:
    def run(message: bytes, settings: SamlSettings = connection) -> VerifiedAssertion:
        return verify_response(settings, base64.b64encode(message).decode(), now=now)

    return run


@pytest.fixture
def refusal(verify: Callable[..., VerifiedAssertion]) -> Callable[..., SamlRefused]:
    """The refusal of a message, which has to be for this cause."""

    def run(message: bytes, cause: Cause, *settings: SamlSettings) -> SamlRefused:
        with pytest.raises(SamlRefused) as caught:
            verify(message, *settings)
        assert caught.value.cause == cause, (caught.value.cause, caught.value.seen)
        return caught.value

    return run
