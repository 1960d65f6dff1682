"""Where the sandbox keeps its keys, and which services its identity providers know.

The portal's `seed_demo` writes here, the sandbox's own process reads: two processes, one folder.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from sandbox.saml_messages import SigningIdentity

ROOT = Path(__file__).resolve().parent.parent


def base_url() -> str:
    """The sandbox's own address."""
    return os.environ.get("SANDBOX_BASE_URL", "http://127.0.0.1:8001").rstrip("/")


def directory() -> Path:
    path = Path(os.environ.get("SANDBOX_DIR", ROOT / "var" / "sandbox"))
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def entity_id(slug: str) -> str:
    return f"{base_url()}/{slug}"


def sign_on_url(slug: str) -> str:
    return f"{entity_id(slug)}/sso"


def sign_out_url(slug: str) -> str:
    return f"{entity_id(slug)}/slo"


def metadata_url(slug: str) -> str:
    return f"{entity_id(slug)}/metadata"


def signing_identity(slug: str) -> SigningIdentity:
    """The key by which one identity provider signs, made at first use and then kept."""
    return kept_identity(slug)


def kept_identity(slug: str, which: str = "") -> SigningIdentity:
    """The key that signs, or another one of the same provider; see `sandbox.roll_over`."""
    text = _kept(
        identity_file(slug, which), lambda: key_text(SigningIdentity.generate(entity_id(slug)))
    )
    key, begin, certificate = text.partition("-----BEGIN CERTIFICATE-----")
    return SigningIdentity(entity_id(slug), key, begin + certificate)


def identity_file(slug: str, which: str = "") -> str:
    return f"{slug}.{which}.pem" if which else f"{slug}.pem"


def key_text(identity: SigningIdentity) -> str:
    """A key as it is kept, with its certificate."""
    return identity.key_pem + identity.certificate_pem


def openid_key() -> rsa.RSAPrivateKey:
    """What signs id_tokens."""

    def fresh() -> str:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        return key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode()

    key = serialization.load_pem_private_key(_kept("openid.pem", fresh).encode(), password=None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return key


def secret_key() -> str:
    """Django's secret key of the sandbox process; the portal's is another."""
    return _kept("secret_key", lambda: secrets.token_urlsafe(50))


def _kept(name: str, fresh: Callable[[], str]) -> str:
    """The text of a file only its owner reads; made by `fresh` where there is none yet."""
    path = directory() / name
    if not path.exists():
        # Two processes may come here at once: the link fails for the slower, who reads on.
        with private_file(path, fresh()) as written, contextlib.suppress(FileExistsError):
            os.link(written, path)
    return path.read_text()


@contextlib.contextmanager
def private_file(path: Path, text: str) -> Iterator[str]:
    # mkstemp opens with mode 0600.
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w") as file:
            file.write(text)
        yield name
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)


@dataclass(frozen=True)
class ServiceProvider:
    """A service an identity provider was told about, as an administrator would enter it there."""

    entity_id: str
    provider: str
    name: str
    acs_url: str
    login_url: str
    certificate_pem: str

    @property
    def slo_url(self) -> str:
        """Where sign-outs go: beside the ACS, as the portal's metadata names it."""
        return f"{self.acs_url.removesuffix('acs')}slo"

    @property
    def origin(self) -> str:
        """Where the answer's form goes: scheme and host of the ACS URL."""
        parts = urlsplit(self.acs_url)
        return f"{parts.scheme}://{parts.netloc}"


def register_service_providers(services: Iterable[ServiceProvider]) -> None:
    """Tell the identity providers which services there are; what they knew is forgotten."""
    path = directory() / "service_providers.json"
    text = json.dumps([asdict(service) for service in services], indent=2)
    with private_file(path, text) as written:
        os.replace(written, path)


def service_providers(provider: str) -> dict[str, ServiceProvider]:
    """By entity ID, those of one identity provider."""
    path = directory() / "service_providers.json"
    if not path.exists():
        return {}
    known = (ServiceProvider(**fields) for fields in json.loads(path.read_text()))
    return {service.entity_id: service for service in known if service.provider == provider}


@dataclass(frozen=True)
class ScimAccess:
    """Where the portal takes a company's directory, and the token it gave."""

    base_url: str
    text: str


def give_scim_tokens(tokens: Mapping[str, ScimAccess]) -> None:
    """Let the directories know their tokens, by company; what they knew is forgotten."""
    path = directory() / "scim_tokens.json"
    text = json.dumps({slug: asdict(access) for slug, access in tokens.items()}, indent=2)
    with private_file(path, text) as written:
        os.replace(written, path)


def scim_tokens() -> dict[str, ScimAccess]:
    path = directory() / "scim_tokens.json"
    if not path.exists():
        return {}
    return {slug: ScimAccess(**fields) for slug, fields in json.loads(path.read_text()).items()}


def scim_token(slug: str) -> ScimAccess | None:
    return scim_tokens().get(slug)
