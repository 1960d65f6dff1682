"""Traces that somebody without an account may read for a while."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q

from accounts.digests import digest_of_secret
from accounts.ids import new_id
from accounts.models import Organization, OwnedQuerySet
from sso.models.attempts import SignInTrace


class TraceShareQuerySet(OwnedQuerySet["TraceShare"]):
    def open(self, now: datetime) -> TraceShareQuerySet:
        return self.filter(revoked_at=None, expires_at__gt=now)

    def shown_by(self, secret: str, now: datetime) -> TraceShareQuerySet:
        """What a link with this secret shows: nothing where it has ended or never was, or where
        the organization is suspended."""
        is_active = {"organization__status": Organization.Status.ACTIVE}
        return self.open(now).filter(digest=digest_of_secret(secret), **is_active)


class TraceShare(models.Model):
    """A link to one trace, for the person who looks after the identity provider.

    Whoever has the link reads that trace without names; its digest alone is stored.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    trace = models.ForeignKey(SignInTrace, on_delete=models.CASCADE, related_name="shares")
    # SHA-256 of what stands in the address, in hex.
    digest = models.CharField(max_length=64, unique=True)
    created_by = models.CharField(max_length=255)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = TraceShareQuerySet.as_manager()

    LIFETIME = timedelta(days=7)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(digest=""), name="sso_a_shared_trace_has_its_digest"
            )
        ]

    def __str__(self) -> str:
        return f"{self.trace_id}, until {self.expires_at:%Y-%m-%d}"
