"""What signs: keys, and certificates that others trust them by."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class SigningIdentity:
    """An entity with a key: what signs, and the certificate others trust it by."""

    entity_id: str
    key_pem: str
    certificate_pem: str

    @classmethod
    def generate(
        cls,
        entity_id: str,
        *,
        not_before: datetime | None = None,
        lifetime: timedelta = timedelta(days=3650),
        elliptic: bool = False,
    ) -> "SigningIdentity":
        """A fresh RSA-2048 (or P-256) key with a self-signed certificate."""
        key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
        if elliptic:
            key = ec.generate_private_key(ec.SECP256R1())
        else:
            key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, entity_id[-64:])])
        start = not_before or datetime.now(UTC) - timedelta(days=1)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(start + lifetime)
            .sign(key, hashes.SHA256())
        )
        return cls(
            entity_id=entity_id,
            key_pem=key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            ).decode(),
            certificate_pem=certificate.public_bytes(serialization.Encoding.PEM).decode(),
        )


def certificate_body(pem: str) -> str:
    """The base64 between a PEM's two lines, as XML carries certificates."""
    return "".join(line for line in pem.splitlines() if line and not line.startswith("-----"))


def is_elliptic(key_pem: str) -> bool:
    key = serialization.load_pem_private_key(
        key_pem.encode(), password=None, unsafe_skip_rsa_key_validation=True
    )
    return isinstance(key, ec.EllipticCurvePrivateKey)
