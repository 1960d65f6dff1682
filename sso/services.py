"""Every write about connections and identities that means something."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.utils import timezone

from accounts.errors import RoleNotGrantable
from accounts.models import Organization, User
from accounts.roles import Role, may_grant
from audit.actions import Action
from audit.actors import Actor
from audit.services import record
from sso.errors import (
    ClaimDecided,
    ConnectionNameTaken,
    InvalidOption,
    NameIdTaken,
    NotReadyToActivate,
    OtherIdentityProvider,
)
from sso.models import IdentityClaim, SamlConnection, SamlIdentity
from sso.saml import IdpMetadata, read_metadata
from sso.sealing import seal

# What an administrator may choose on a connection.
OPTION_FIELDS = (
    "name",
    "preset",
    "sign_requests",
    "request_binding",
    "include_acs_url",
    "name_id_format",
    "requested_authn_context",
    "subject_attribute",
    "attribute_map",
    "idp_initiated",
    "clock_skew_seconds",
    "auto_assign",
    "pool",
)
OUR_CERTIFICATE_LASTS = timedelta(days=10 * 365)


def _new_key_pair(organization: Organization) -> tuple[str, str]:
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


def _validate(connection: SamlConnection) -> None:
    """Refuse what fields and check constraints refuse; unique names are left to the database."""
    try:
        connection.clean_fields()
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise InvalidOption(field, messages[0]) from error
    for constraint in SamlConnection._meta.constraints:
        if isinstance(constraint, models.CheckConstraint):
            try:
                constraint.validate(SamlConnection, connection)
            except ValidationError as error:
                raise InvalidOption("__all__", error.messages[0]) from error


def _validate_options(connection: SamlConnection, changes: Mapping[str, Any]) -> None:
    unknown = set(changes) - set(OPTION_FIELDS)
    if unknown:
        raise InvalidOption(min(unknown), "not an option of a connection")
    pool = changes.get("pool")
    if pool is not None and pool.organization_id != connection.organization_id:
        raise InvalidOption("pool", "not a pool of this organization")
    attribute_map = changes.get("attribute_map", {})
    if not isinstance(attribute_map, dict) or not all(
        isinstance(value, str) for value in attribute_map.values()
    ):
        raise InvalidOption("attribute_map", "names of fields and of their attributes")


@transaction.atomic
def create_connection(
    *, organization: Organization, name: str, preset: str, actor: Actor, **options: Any
) -> SamlConnection:
    """A draft with keys and addresses of its own. Raises `ConnectionNameTaken`, `InvalidOption`."""
    key_pem, certificate_pem = _new_key_pair(organization)
    connection = SamlConnection(
        organization=organization,
        name=name.strip(),
        preset=preset,
        sp_private_key=seal(key_pem),
        sp_certificate=certificate_pem,
    )
    _validate_options(connection, options)
    for field, value in options.items():
        setattr(connection, field, value)
    _validate(connection)
    try:
        with transaction.atomic():
            connection.save(force_insert=True)
    except IntegrityError as error:
        raise ConnectionNameTaken from error
    record(
        Action.CONNECTION_CREATED,
        organization=organization,
        actor=actor,
        target=connection,
        changes={"preset": preset},
    )
    return connection


@transaction.atomic
def change_connection(
    *, connection: SamlConnection, changes: Mapping[str, Any], actor: Actor
) -> dict[str, list[Any]]:
    """Choose options; answers what changed. Valid from the next request or answer on."""
    row = _locked(connection)
    _validate_options(row, changes)
    changed: dict[str, list[Any]] = {}
    for field, value in changes.items():
        before = getattr(row, field)
        if before != value:
            setattr(row, field, value)
            shown = field == "pool"
            changed[field] = [str(before), str(value)] if shown else [before, value]
    if not changed:
        return changed
    _validate(row)
    _store(row, [*changed])
    record(
        Action.CONNECTION_CHANGED,
        organization=row.organization,
        actor=actor,
        target=row,
        changes=changed,
    )
    connection.refresh_from_db()
    return changed


@transaction.atomic
def import_metadata(*, connection: SamlConnection, xml: bytes, actor: Actor) -> IdpMetadata:
    """Trust what an identity provider's metadata says, in place of what was trusted before.

    Answers what was read. Raises `sso.saml.MetadataUnreadable`, and `OtherIdentityProvider` while
    people sign in through the connection; then nothing has changed.
    """
    metadata = read_metadata(xml)
    row = _locked(connection)
    before = {"entity_id": row.idp_entity_id, "certificates": len(row.certificates)}
    trust = metadata.trust
    if row.is_active and trust.entity_id != row.idp_entity_id:
        raise OtherIdentityProvider(known=row.idp_entity_id, read=trust.entity_id)
    row.idp_entity_id = trust.entity_id
    row.idp_sso_redirect_url = trust.sso_redirect_url or ""
    row.idp_sso_post_url = trust.sso_post_url or ""
    row.idp_certificates = "".join(trust.certificates)
    row.idp_wants_signed_requests = trust.wants_signed_requests
    row.metadata_imported_at = timezone.now()
    if not trust.sso_redirect_url:
        row.request_binding = SamlConnection.Binding.POST
    _validate(row)
    _store(
        row,
        [
            "idp_entity_id",
            "idp_sso_redirect_url",
            "idp_sso_post_url",
            "idp_certificates",
            "idp_wants_signed_requests",
            "metadata_imported_at",
            "request_binding",
        ],
    )
    record(
        Action.METADATA_IMPORTED,
        organization=row.organization,
        actor=actor,
        target=row,
        changes={
            "entity_id": [before["entity_id"], trust.entity_id],
            "certificates": [before["certificates"], len(trust.certificates)],
        },
    )
    connection.refresh_from_db()
    return metadata


@transaction.atomic
def activate_connection(*, connection: SamlConnection, actor: Actor) -> None:
    """Let people sign in through it. Raises `NotReadyToActivate` before there is metadata."""
    row = _locked(connection)
    if row.is_active:
        return
    if not (row.idp_entity_id and row.idp_certificates and row.sign_in_address):
        raise NotReadyToActivate
    _change_state(connection, row, SamlConnection.State.ACTIVE, Action.CONNECTION_ACTIVATED, actor)


@transaction.atomic
def deactivate_connection(*, connection: SamlConnection, actor: Actor) -> None:
    """Stop sign-ins through it at once, those under way included. Sessions go on."""
    row = _locked(connection)
    if not row.is_active:
        return
    _change_state(
        connection, row, SamlConnection.State.INACTIVE, Action.CONNECTION_DEACTIVATED, actor
    )


def _change_state(
    connection: SamlConnection,
    row: SamlConnection,
    state: SamlConnection.State,
    action: Action,
    actor: Actor,
) -> None:
    before = row.state
    row.state = state
    _store(row, ["state"])
    record(
        action,
        organization=row.organization,
        actor=actor,
        target=row,
        changes={"state": [before, state]},
    )
    connection.refresh_from_db()


@transaction.atomic
def confirm_identity(
    *, claim: IdentityClaim, actor: Actor, granter_role: str = Role.STAFF
) -> SamlIdentity:
    """It is the same person: from now on this connection knows them by the claimed name.

    The name they had at this connection before is let go of. `granter_role` is the role of the
    person who decides; who could not give a role opens no account that has it. Raises
    `RoleNotGrantable`, `ClaimDecided`, `NameIdTaken`.
    """
    user, connection = claim.user, claim.connection
    if not may_grant(granter_role, user.role):
        raise RoleNotGrantable
    _decide(claim)
    SamlIdentity.objects.filter(connection=connection, user=user).delete()
    try:
        with transaction.atomic():
            identity = SamlIdentity.objects.create(
                connection=connection, user=user, name_id=claim.name_id, last_used_at=timezone.now()
            )
    except IntegrityError as error:  # the constraint: a name names one person
        raise NameIdTaken from error
    record(
        Action.IDENTITY_LINKED,
        organization=claim.organization,
        actor=actor,
        target=user,
        changes={"connection": connection.name, "confirmed": True},
    )
    return identity


@transaction.atomic
def dismiss_identity(*, claim: IdentityClaim, actor: Actor) -> None:
    """It is somebody else: nothing is tied together. Raises `ClaimDecided`."""
    _decide(claim)
    record(
        Action.IDENTITY_DISMISSED,
        organization=claim.organization,
        actor=actor,
        target=claim.user,
        changes={"connection": claim.connection.name},
    )


def _decide(claim: IdentityClaim) -> None:
    decided = IdentityClaim.objects.filter(pk=claim.pk, decided_at=None)
    if not decided.update(decided_at=timezone.now()):
        raise ClaimDecided


def forget_identities(*, user: User) -> None:
    """A deleted account lets go of its names, so that its successor can sign in with them."""
    SamlIdentity.objects.filter(user=user).delete()


def _locked(connection: SamlConnection) -> SamlConnection:
    return (
        SamlConnection.objects.select_for_update(of=("self",))
        .select_related("organization", "pool")
        .get(pk=connection.pk)
    )


def _store(row: SamlConnection, fields: list[str]) -> None:
    """Write, under a new version: what a process holds in memory is of one version only."""
    row.version += 1
    try:
        with transaction.atomic():
            row.save(update_fields=[*fields, "version", "updated_at"])
    except IntegrityError as error:
        raise ConnectionNameTaken from error
