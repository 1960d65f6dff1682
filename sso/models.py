"""An organization's trust in its identity providers, and what came of each sign-in."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.db import connections, models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.ids import new_id
from accounts.models import Organization, User
from licenses.models import LicensePool
from sso.causes import Cause
from sso.sealing import unseal

# The name identifier itself is compared to the letter; longer ones than this are refused.
NAME_ID_MAX_LENGTH = 512
# Crockford's base 32: no letter that is read as a digit.
REFERENCE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_reference() -> str:
    """What a learner reads out to an administrator, such as K7QF-4M2X: 40 random bits."""
    # Five bits of each byte: as many as there are letters.
    letters = "".join(REFERENCE_ALPHABET[byte & 31] for byte in secrets.token_bytes(8))
    return f"{letters[:4]}-{letters[4:]}"


class Preset(models.TextChoices):
    OKTA = "okta", "Okta"
    ENTRA = "entra", "Microsoft Entra ID"
    ADFS = "adfs", "AD FS"
    GOOGLE = "google", "Google Workspace"
    ONELOGIN = "onelogin", "OneLogin"
    GENERIC = "generic", _("Any SAML 2.0 provider")


class SamlConnectionQuerySet(models.QuerySet["SamlConnection"]):
    def active(self) -> SamlConnectionQuerySet:
        return self.filter(state=SamlConnection.State.ACTIVE)

    def in_organization(self, organization: Organization | UUID) -> SamlConnectionQuerySet:
        return self.filter(organization=organization)


class SamlConnection(models.Model):
    """One organization's trust in one identity provider.

    It has an entity ID, keys and addresses of its own, so that no answer meant for one connection
    fits another. `version` grows with every change; a configuration in memory is of one version.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        TESTING = "testing", _("Testing")
        ACTIVE = "active", _("Active")
        INACTIVE = "inactive", _("Inactive")

    class Binding(models.TextChoices):
        REDIRECT = "redirect", "HTTP-Redirect"
        POST = "post", "HTTP-POST"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="saml_connections"
    )
    name = models.CharField(
        _("name"), max_length=100, help_text=_("Learners read it: “You’ll sign in at Acme’s Okta”.")
    )
    preset = models.CharField(
        _("identity provider"), max_length=16, choices=Preset, default=Preset.GENERIC
    )
    state = models.CharField(_("state"), max_length=16, choices=State, default=State.DRAFT)
    version = models.PositiveIntegerField(default=1, editable=False)

    # What the identity provider gives us
    idp_entity_id = models.CharField(_("entity ID"), max_length=1024, blank=True)
    idp_sso_redirect_url = models.CharField(
        _("sign-in address, HTTP-Redirect"), max_length=2048, blank=True
    )
    idp_sso_post_url = models.CharField(
        _("sign-in address, HTTP-POST"), max_length=2048, blank=True
    )
    idp_certificates = models.TextField(
        _("signing certificates"), blank=True, help_text=_("PEM, one after the other.")
    )
    idp_wants_signed_requests = models.BooleanField(_("wants signed requests"), default=False)
    metadata_imported_at = models.DateTimeField(_("metadata read"), null=True, blank=True)

    # What we are to the identity provider
    # Sealed with the portal's secret key; see `private_key_pem`.
    sp_private_key = models.TextField(_("private key"), editable=False)
    sp_certificate = models.TextField(_("our certificate"), editable=False)

    # Options
    sign_requests = models.BooleanField(_("sign requests"), default=True)
    request_binding = models.CharField(
        _("request binding"), max_length=16, choices=Binding, default=Binding.REDIRECT
    )
    include_acs_url = models.BooleanField(_("name the ACS URL in requests"), default=True)
    name_id_format = models.CharField(
        _("NameID format"),
        max_length=255,
        blank=True,
        help_text=_("Empty: the identity provider decides, which all of them accept."),
    )
    requested_authn_context = models.CharField(
        _("requested authentication context"),
        max_length=255,
        blank=True,
        help_text=_("Empty: none. Anything else stops sign-ins at Microsoft Entra ID."),
    )
    subject_attribute = models.CharField(
        _("subject attribute"),
        max_length=255,
        blank=True,
        help_text=_("Empty: people are known by their NameID."),
    )
    attribute_map = models.JSONField(
        _("attribute map"),
        default=dict,
        blank=True,
        help_text=_("Names that differ from the usual ones, as {“email”: “mailAddress”}."),
    )
    idp_initiated = models.BooleanField(
        _("allow sign-ins that start at the identity provider"), default=False
    )
    clock_skew_seconds = models.PositiveIntegerField(_("clock skew"), default=60)
    auto_assign = models.BooleanField(
        _("automatically assign licenses"),
        null=True,
        blank=True,
        help_text=_("Empty: as the organization’s policy says."),
    )
    pool = models.ForeignKey(
        LicensePool,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("license pool"),
        help_text=_("Empty: the pools of the organization, by priority."),
    )
    created_at = models.DateTimeField(_("added"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    objects = SamlConnectionQuerySet.as_manager()

    class Meta:
        verbose_name = _("SSO connection")
        verbose_name_plural = _("SSO connections")
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "name"],
                name="sso_connection_name_unique_in_organization",
                violation_error_message=_("A connection has this name already."),
            ),
            models.CheckConstraint(
                # No certificate means single sign-on is off, never "signature optional".
                condition=~Q(state="active")
                | (
                    ~Q(idp_entity_id="")
                    & ~Q(idp_certificates="")
                    & (~Q(idp_sso_redirect_url="") | ~Q(idp_sso_post_url=""))
                ),
                name="sso_active_connection_knows_its_idp",
                violation_error_message=_("Import the identity provider’s metadata first."),
            ),
            models.CheckConstraint(
                condition=Q(clock_skew_seconds__lte=300),
                name="sso_clock_skew_at_most_five_minutes",
                violation_error_message=_("At most 300 seconds."),
            ),
        ]
        indexes = [models.Index(fields=["organization", "state"], name="sso_connection_by_state")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_active(self) -> bool:
        return self.state == self.State.ACTIVE

    @property
    def spoken_name(self) -> str:
        """As pages say it: “Acme’s Okta”, “Acme Robotics’ Okta”."""
        owner = self.organization.name
        return f"{owner}’ {self.name}" if owner.endswith("s") else f"{owner}’s {self.name}"

    # Without a trailing slash and without an underscore: Okta refuses the one, many people
    # mistype the other.
    def _url(self, name: str) -> str:
        return f"{settings.PORTAL_BASE_URL}/sso/{self.pk}/{name}"

    @property
    def entity_id(self) -> str:
        """Our name towards this identity provider, compared to the letter."""
        return self._url("metadata")

    @property
    def metadata_url(self) -> str:
        return self._url("metadata")

    @property
    def acs_url(self) -> str:
        return self._url("acs")

    @property
    def login_url(self) -> str:
        """Where a sign-in at this identity provider starts."""
        return self._url("login")

    @property
    def private_key_pem(self) -> str:
        """Our private key, opened. Needed once per process and version, never for a page."""
        return unseal(self.sp_private_key)

    @property
    def certificates(self) -> tuple[str, ...]:
        """The identity provider's signing certificates in PEM; each may sign."""
        marker = "-----END CERTIFICATE-----"
        return tuple(
            f"{part.strip()}\n{marker}\n"
            for part in self.idp_certificates.split(marker)
            if part.strip()
        )

    @property
    def sign_in_address(self) -> str:
        """Where the identity provider takes requests, by the binding this connection uses."""
        if self.request_binding == self.Binding.POST:
            return self.idp_sso_post_url or self.idp_sso_redirect_url
        return self.idp_sso_redirect_url or self.idp_sso_post_url


class SamlIdentity(models.Model):
    """The name by which one connection knows one person. Nothing else decides who somebody is."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    connection = models.ForeignKey(
        SamlConnection, on_delete=models.PROTECT, related_name="identities"
    )
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="saml_identities")
    name_id = models.CharField(_("NameID"), max_length=NAME_ID_MAX_LENGTH)
    created_at = models.DateTimeField(_("first used"), auto_now_add=True)
    last_used_at = models.DateTimeField(_("last used"))

    class Meta:
        verbose_name = _("SSO identity")
        verbose_name_plural = _("SSO identities")
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "name_id"], name="sso_name_id_names_one_person"
            ),
            models.UniqueConstraint(
                fields=["connection", "user"], name="sso_person_has_one_name_id"
            ),
            models.CheckConstraint(condition=~Q(name_id=""), name="sso_name_id_is_given"),
        ]

    def __str__(self) -> str:
        return self.name_id


class IdentityClaim(models.Model):
    """A sign-in that named somebody whom another identity owns: *confirm who this is*.

    The learner is refused until an administrator says that it is the same person.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    connection = models.ForeignKey(SamlConnection, on_delete=models.PROTECT, related_name="+")
    name_id = models.CharField(_("NameID"), max_length=NAME_ID_MAX_LENGTH)
    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="+", verbose_name=_("who this may be")
    )
    # What the identity provider said of the person: the administrator compares it.
    evidence = models.JSONField(_("what the identity provider said"), default=dict)
    last_seen_at = models.DateTimeField(_("last tried"))
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)

    class Meta:
        verbose_name = _("identity to confirm")
        verbose_name_plural = _("identities to confirm")
        ordering = ["-last_seen_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "name_id", "user"], name="sso_claim_once_per_identity"
            )
        ]
        indexes = [
            models.Index(
                fields=["organization", "decided_at", "-last_seen_at"], name="sso_claim_open"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name_id} → {self.user}"


@dataclass(frozen=True, slots=True)
class DemandedProof:
    """Somebody signed in has to prove anew who they are: who, and since when it is asked.

    `session_digest` names the session that the proof replaces.
    """

    user_id: UUID
    since: datetime
    session_digest: str


@dataclass(frozen=True, slots=True)
class ClaimedRequest:
    """What a request remembered, read while it was used up. The path is empty for none."""

    next_path: str
    proof: DemandedProof | None = None


class SignInRequestQuerySet(models.QuerySet["SignInRequest"]):
    def claim(
        self, request_id: str, *, connection: SamlConnection, browser: str, now: datetime
    ) -> ClaimedRequest | None:
        """Use the request up and answer what it remembered; None where it can't be used.

        One statement, so that of two answers to one request one finds the row. Django's ORM has
        no DELETE … RETURNING, which SQLite and PostgreSQL both have.
        """
        database = connections[self.db]
        meta = self.model._meta
        values = {
            "id": request_id,
            "connection": connection.pk,
            "browser": browser,
            "expires_at": now,
        }
        prepared = [
            cast("models.Field[Any, Any]", meta.get_field(name)).get_db_prep_value(value, database)
            for name, value in values.items()
        ]
        with database.cursor() as cursor:
            cursor.execute(
                f"DELETE FROM {meta.db_table} WHERE id = %s AND connection_id = %s"  # noqa: S608 - our own names
                " AND browser = %s AND expires_at > %s"
                " RETURNING next_path, prover_id, proof_since, session_digest",
                prepared,
            )
            row = cursor.fetchone()
        if row is None:
            return None
        next_path, prover, since, session_digest = row
        if prover is None:
            return ClaimedRequest(next_path)
        # SQLite has neither UUIDs nor moments: hence the text, and hence seconds in a number.
        proof = DemandedProof(UUID(str(prover)), datetime.fromtimestamp(since, UTC), session_digest)
        return ClaimedRequest(next_path, proof)


class SignInRequest(models.Model):
    """A request on its way: which browser asked which connection, when, and where it wanted to go.

    Used once, by deleting it; the row count is the answer.
    """

    id = models.CharField(primary_key=True, max_length=64)
    connection = models.ForeignKey(SamlConnection, on_delete=models.CASCADE, related_name="+")
    # SHA-256 of the browser's cookie, in hex.
    browser = models.CharField(max_length=64)
    next_path = models.CharField(max_length=2048, blank=True)
    expires_at = models.DateTimeField(db_index=True)
    # See `DemandedProof`. The answer comes without the session's cookie, so this row remembers.
    prover = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="+")
    # In seconds since the epoch.
    proof_since = models.BigIntegerField(null=True)
    session_digest = models.CharField(max_length=64, blank=True)

    objects = SignInRequestQuerySet.as_manager()

    LIFETIME = timedelta(minutes=15)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(prover=None, proof_since=None)
                | Q(prover__isnull=False, proof_since__isnull=False),
                name="sso_a_proof_is_of_somebody_since_when",
            )
        ]

    def __str__(self) -> str:
        return self.id


class UsedAssertion(models.Model):
    """An assertion that signed somebody in. The unique pair is what makes a replay fail."""

    id = models.BigAutoField(primary_key=True)
    connection = models.ForeignKey(SamlConnection, on_delete=models.CASCADE, related_name="+")
    assertion_id = models.CharField(max_length=255)
    # Kept until the assertion would be refused as too old anyway.
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "assertion_id"], name="sso_assertion_used_once"
            )
        ]

    def __str__(self) -> str:
        return self.assertion_id


class SignInTraceQuerySet(models.QuerySet["SignInTrace"]):
    def in_organization(self, organization: Organization | UUID) -> SignInTraceQuerySet:
        return self.filter(organization=organization)

    def refused(self) -> SignInTraceQuerySet:
        return self.filter(outcome=SignInTrace.Outcome.REFUSED)

    def since(self, moment: datetime) -> SignInTraceQuerySet:
        return self.filter(created_at__gte=moment)


class SignInTrace(models.Model):
    """One attempt to sign in, as a checklist. Holds no assertion and no secret."""

    class Outcome(models.TextChoices):
        ACCEPTED = "accepted", _("Signed in")
        REFUSED = "refused", _("Refused")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    reference = models.CharField(
        _("reference"), max_length=9, unique=True, default=new_reference, editable=False
    )
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    connection = models.ForeignKey(
        SamlConnection,
        on_delete=models.PROTECT,
        related_name="traces",
        verbose_name=_("connection"),
    )
    user = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("person")
    )
    outcome = models.CharField(_("outcome"), max_length=16, choices=Outcome)
    cause = models.CharField(_("cause"), max_length=32, choices=Cause, blank=True)
    # The name the identity provider gave, masked: enough to recognize, too little to copy.
    subject_hint = models.CharField(_("named"), max_length=64, blank=True)
    is_idp_initiated = models.BooleanField(_("started at the identity provider"), default=False)
    checks = models.JSONField(_("checks"), default=list, blank=True)
    address = models.GenericIPAddressField(_("address"), null=True, blank=True)
    client = models.CharField(_("browser"), max_length=255, blank=True)
    request_id = models.CharField(_("request id"), max_length=32, blank=True)
    created_at = models.DateTimeField(_("when"), default=timezone.now)

    objects = SignInTraceQuerySet.as_manager()

    class Meta:
        verbose_name = _("sign-in")
        verbose_name_plural = _("sign-ins")
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["organization", "-created_at"], name="sso_trace_newest"),
            models.Index(
                fields=["organization", "outcome", "-created_at"], name="sso_trace_by_outcome"
            ),
        ]

    def __str__(self) -> str:
        return self.reference
