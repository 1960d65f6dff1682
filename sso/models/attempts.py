"""Sign-ins on their way, and what came of each."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db import connections, models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.base32 import ALPHABET
from accounts.ids import new_id
from accounts.models import Organization, OwnedQuerySet, User
from database.compiled import for_database
from database.statements import Statement
from sso.causes import Cause
from sso.models.connections import SamlConnection


def new_reference() -> str:
    """What a learner reads out to an administrator, such as K7QF-4M2X: 40 random bits."""
    # Five bits of each byte: as many as there are letters.
    letters = "".join(ALPHABET[byte & 31] for byte in secrets.token_bytes(8))
    return f"{letters[:4]}-{letters[4:]}"


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


_CLAIM = Statement.of(
    "DELETE FROM sso_signinrequest WHERE id = %s AND connection_id = %s"
    " AND browser = %s AND expires_at > %s AND test_id IS NULL"
    " RETURNING next_path, prover_id, proof_since, session_digest",
    ["request", "connection", "browser", "now"],
)


class SignInRequestQuerySet(models.QuerySet["SignInRequest"]):
    def claim(
        self, request_id: str, *, connection: SamlConnection, browser: str, now: datetime
    ) -> ClaimedRequest | None:
        """Use the request up and answer what it remembered; None where it can't be used.

        Nobody comes in by the request of a test: see `sso.testing`. One statement, so that of two
        answers to one request one finds the row. Django's ORM has no DELETE … RETURNING, which
        SQLite and PostgreSQL both have.
        """
        database = connections[self.db]
        values = {
            "request": request_id,
            "connection": for_database(connection.pk, database),
            "browser": browser,
            "now": for_database(now, database),
        }
        rows = _CLAIM.rows(database, values)
        if not rows:
            return None
        next_path, prover, since, session_digest = rows[0]
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
    # Somebody tries the connection out: the answer is judged and signs nobody in.
    test = models.ForeignKey(
        "sso.SignInTest",
        on_delete=models.CASCADE,
        null=True,
        related_name="+",
        db_index=False,  # sign-ins would pay for it, and these rows are few and short-lived
    )

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
    """An assertion that signed somebody in, or a request that signed somebody out.

    The unique pair is what makes a replay fail.
    """

    id = models.BigAutoField(primary_key=True)
    connection = models.ForeignKey(
        SamlConnection, on_delete=models.CASCADE, related_name="+", db_index=False
    )
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


class SignInTraceQuerySet(OwnedQuerySet["SignInTrace"]):
    def refused(self) -> SignInTraceQuerySet:
        return self.filter(outcome=SignInTrace.Outcome.REFUSED)

    def since(self, moment: datetime) -> SignInTraceQuerySet:
        return self.filter(created_at__gte=moment)


class SignInTrace(models.Model):
    """One attempt to sign in, as a checklist. Holds no assertion and no secret."""

    class Outcome(models.TextChoices):
        ACCEPTED = "accepted", _("Signed in")
        REFUSED = "refused", _("Refused")
        LOGOUT_REFUSED = "logout_refused", _("Sign-out refused")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    reference = models.CharField(
        _("reference"), max_length=9, unique=True, default=new_reference, editable=False
    )
    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    connection = models.ForeignKey(
        SamlConnection,
        on_delete=models.PROTECT,
        related_name="traces",
        verbose_name=_("connection"),
        db_index=False,
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
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome="accepted", cause="")
                | (Q(outcome__in=["refused", "logout_refused"]) & ~Q(cause="")),
                name="sso_a_refusal_has_its_cause",
            )
        ]
        indexes = [
            models.Index(fields=["organization", "-created_at"], name="sso_trace_newest"),
            models.Index(
                fields=["organization", "outcome", "-created_at"], name="sso_trace_by_outcome"
            ),
            models.Index(
                fields=["connection", "outcome", "-created_at"], name="sso_trace_by_connection"
            ),
            # Of all organizations: for platform staff, and for `sso.retention`.
            models.Index(fields=["-created_at", "-id"], name="sso_trace_age"),
        ]

    def __str__(self) -> str:
        return self.reference
