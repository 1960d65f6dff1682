"""The keys by which identity providers know us, and how one takes the place of another.

The next key is made and published beside the one that signs; then the two change places, and back
if need be; then the former one is retired. Either opens answers all the while.
"""

from __future__ import annotations

from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import Organization
from audit.actions import Action
from audit.actors import Actor
from audit.services import record
from database.sealing import seal
from sso.errors import KeyGone, KeyWaits
from sso.models import SamlConnection, StagedChange, StandbyKey
from sso.saml import describe_certificate
from sso.services.guard import refuse_needed_key
from sso.services.rows import locked, store, withdraw

# How true the time is at which a standby key last opened an answer.
OPENED_TRUE_TO = timedelta(hours=1)
OUR_CERTIFICATE_LASTS = timedelta(days=10 * 365)


def new_key_pair(organization: Organization) -> tuple[str, str]:
    """A private key and its self-signed certificate, in PEM. Identity providers pin the key."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name(
        [x509.NameAttribute(NameOID.COMMON_NAME, f"Learning portal, {organization.slug}"[:64])]
    )
    now = timezone.now()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + OUR_CERTIFICATE_LASTS)
        .sign(key, hashes.SHA256())
    )
    key_pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return key_pem.decode(), certificate.public_bytes(serialization.Encoding.PEM).decode()


@transaction.atomic
def make_next_key(*, connection: SamlConnection, actor: Actor) -> StandbyKey:
    """A key that is published and opens answers, and signs nothing before it is promoted.

    With one that waits to be promoted there is nothing to do. Raises `KeyWaits` while a former key
    is not yet retired.
    """
    row = locked(connection)
    standby = _standby(row)
    if standby is not None:
        if standby.put_aside_at is not None:
            raise KeyWaits
        return standby
    key_pem, certificate_pem = new_key_pair(row.organization)
    standby = StandbyKey.objects.create(
        connection=row,
        organization=row.organization,
        private_key=seal(key_pem),
        certificate=certificate_pem,
    )
    _changed(row, [], Action.KEY_MADE, actor, certificate_pem)
    connection.refresh_from_db()
    return standby


@transaction.atomic
def sign_with_key(*, connection: SamlConnection, fingerprint: str, actor: Actor) -> None:
    """Let the key with this certificate sign; the other one waits in its place.

    That is how the next key is promoted and how the former one is taken back. Doing it twice is
    doing it once. Raises `KeyGone`.
    """
    row = locked(connection)
    if fingerprint_of(row.sp_certificate) == fingerprint:
        return
    standby = _standby(row)
    if standby is None or fingerprint_of(standby.certificate) != fingerprint:
        raise KeyGone
    row.sp_private_key, standby.private_key = standby.private_key, row.sp_private_key
    row.sp_certificate, standby.certificate = standby.certificate, row.sp_certificate
    standby.put_aside_at, standby.opened_at = timezone.now(), None
    standby.save()
    _changed(
        row, ["sp_private_key", "sp_certificate"], Action.KEY_PROMOTED, actor, row.sp_certificate
    )
    withdraw(row, StagedChange.Source.KEY, actor=actor)  # tried first, and now it is so
    connection.refresh_from_db()


@transaction.atomic
def retire_key(*, connection: SamlConnection, fingerprint: str, actor: Actor) -> None:
    """Forget the key with this certificate, which signs nothing. Without it nothing is to be done.

    What is encrypted for it can't be read any more. Raises `KeyGone` for the key that
    signs, and `KeyInUse`.
    """
    row = locked(connection)
    if fingerprint_of(row.sp_certificate) == fingerprint:
        raise KeyGone
    standby = _standby(row)
    if standby is None or fingerprint_of(standby.certificate) != fingerprint:
        return
    refuse_needed_key(row, standby)
    standby.delete()
    _changed(row, [], Action.KEY_RETIRED, actor, standby.certificate)
    withdraw(row, StagedChange.Source.KEY, actor=actor)
    connection.refresh_from_db()


def note_standby_opened(connection: SamlConnection) -> None:
    """An answer was encrypted for the standby key: it is not to be retired yet."""
    now = timezone.now()
    stale = Q(opened_at=None) | Q(opened_at__lt=now - OPENED_TRUE_TO)
    StandbyKey.objects.filter(stale, connection=connection).update(opened_at=now)


def fingerprint_of(certificate_pem: str) -> str:
    return describe_certificate(certificate_pem).sha256_fingerprint


def _standby(row: SamlConnection) -> StandbyKey | None:
    return StandbyKey.objects.select_for_update(of=("self",)).filter(connection=row).first()


def _changed(
    row: SamlConnection, fields: list[str], action: Action, actor: Actor, certificate_pem: str
) -> None:
    store(row, fields, action=action, actor=actor)
    record(
        action,
        organization=row.organization,
        actor=actor,
        target=row,
        changes={"fingerprint": fingerprint_of(certificate_pem)},
    )
