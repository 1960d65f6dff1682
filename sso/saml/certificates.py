"""What an administrator wants to know of a certificate."""

from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from django.utils import timezone

_SMALLEST_RSA_KEY = 2048


@dataclass(frozen=True)
class CertificateFacts:
    """A certificate, read. `days_left` is negative once it has expired."""

    pem: str
    subject: str
    key: str
    is_weak_key: bool
    is_signed_with_sha1: bool
    sha1_fingerprint: str
    sha256_fingerprint: str
    not_before: datetime
    not_after: datetime
    days_left: int

    @property
    def is_expired(self) -> bool:
        return self.days_left < 0


def describe_certificate(pem: str, *, now: datetime | None = None) -> CertificateFacts:
    """Read a PEM certificate. Raises ValueError if it isn't one, or its key can't sign SAML."""
    certificate = x509.load_pem_x509_certificate(pem.encode())
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        described, is_weak = f"RSA {key.key_size}", key.key_size < _SMALLEST_RSA_KEY
    elif isinstance(key, ec.EllipticCurvePublicKey):
        described, is_weak = f"EC {key.curve.name}", False
    else:
        raise ValueError("Neither an RSA nor an EC key")
    digest = certificate.signature_hash_algorithm
    return CertificateFacts(
        pem=pem,
        subject=certificate.subject.rfc4514_string(),
        key=described,
        is_weak_key=is_weak,
        is_signed_with_sha1=digest is not None and digest.name in ("sha1", "md5"),
        sha1_fingerprint=_grouped(certificate.fingerprint(hashes.SHA1())),  # noqa: S303  a name
        sha256_fingerprint=_grouped(certificate.fingerprint(hashes.SHA256())),
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        days_left=(certificate.not_valid_after_utc - (now or timezone.now())).days,
    )


def _grouped(fingerprint: bytes) -> str:
    return fingerprint.hex(":").upper()
