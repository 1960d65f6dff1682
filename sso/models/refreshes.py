"""How reading an identity provider's metadata goes, by itself and day by day."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization, OwnedQuerySet
from sso.models.connections import SamlConnection

# A read that was asked for so long ago is on nobody's list any more.
GIVEN_UP_AFTER = timedelta(minutes=10)


class MetadataRefreshQuerySet(OwnedQuerySet["MetadataRefresh"]):
    def unread(self) -> MetadataRefreshQuerySet:
        """Those that nobody has read since it was last asked for."""
        return self.filter(Q(tried_at=None) | Q(tried_at__lt=F("asked_at")))


class MetadataRefresh(models.Model):
    """What came of reading a connection's metadata address, and when it is read next.

    Beside the connection, so that a sign-in reads none of it. `document` is the last good copy.
    """

    connection = models.OneToOneField(
        SamlConnection, on_delete=models.CASCADE, primary_key=True, related_name="refresh"
    )
    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    next_at = models.DateTimeField(db_index=True)
    # When somebody, or a signature that didn't match, wanted it read at once.
    asked_at = models.DateTimeField(null=True, blank=True)
    tried_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)
    document = models.TextField(blank=True)
    failing_since = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0)
    # Why the last try failed, in a sentence.
    failure = models.CharField(max_length=500, blank=True)
    # When full admins were last written to about it: of a new address, never.
    failure_told_at = models.DateTimeField(null=True, blank=True)

    objects = MetadataRefreshQuerySet.as_manager()

    class Meta:
        verbose_name = _("reading of metadata")
        verbose_name_plural = _("readings of metadata")
        constraints = [
            models.CheckConstraint(
                condition=Q(failing_since=None, failures=0)
                | Q(failing_since__isnull=False, failures__gt=0),
                name="sso_a_failing_read_says_since_when",
            )
        ]

    def __str__(self) -> str:
        return str(self.connection_id)

    def is_under_way(self, now: datetime) -> bool:
        """Whether a worker is to read it at once, or does."""
        if self.asked_at is None or now - self.asked_at > GIVEN_UP_AFTER:
            return False
        return self.tried_at is None or self.tried_at < self.asked_at
