"""What a connection was, and what it may become."""

from __future__ import annotations

import copy
from functools import cached_property
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.ids import new_id
from accounts.models import Organization, OwnedQuerySet
from audit.models import known_actions
from sso.models.connections import SamlConnection
from sso.models.keys import StandbyKey


class ConnectionVersion(models.Model):
    """A connection as it was from one change to the next. Rows are only added."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    connection = models.ForeignKey(
        SamlConnection, on_delete=models.CASCADE, related_name="versions", db_index=False
    )
    # The connection's `version` at that time.
    number = models.PositiveIntegerField()
    # The audit trail's word for the change, and its name for who made it.
    action = models.CharField(max_length=64, choices=known_actions)
    actor_name = models.CharField(max_length=255)
    # See `sso.content`.
    content = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)

    objects = OwnedQuerySet["ConnectionVersion"].as_manager()

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "number"], name="sso_version_number_once_per_connection"
            )
        ]

    def __str__(self) -> str:
        return f"{self.connection_id}, version {self.number}"


class StagedChangeQuerySet(OwnedQuerySet["StagedChange"]):
    def open(self) -> StagedChangeQuerySet:
        return self.filter(decided_at=None)


class StagedChange(models.Model):
    """What a connection would become, waiting to be tested, then applied or dismissed.

    Holds the fields that change and no others, so that what is changed meanwhile stays changed.
    """

    class Source(models.TextChoices):
        CONSOLE = "console", _("Changed in the console")
        METADATA = "metadata", _("Read from the identity provider")
        ROLL_BACK = "roll_back", _("Back to an earlier version")
        KEY = "key", _("Another key of ours signs")

    class Outcome(models.TextChoices):
        APPLIED = "applied", _("Applied")
        DISMISSED = "dismissed", _("Dismissed")
        REPLACED = "replaced", _("Overtaken by a later one")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    connection = models.ForeignKey(
        SamlConnection, on_delete=models.CASCADE, related_name="staged_changes", db_index=False
    )
    source = models.CharField(max_length=16, choices=Source)
    changes = models.JSONField()
    staged_by = models.CharField(max_length=255)
    created_at = models.DateTimeField(auto_now_add=True)
    decided_by = models.CharField(max_length=255, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=16, choices=Outcome, blank=True)

    objects = StagedChangeQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "source"],
                condition=Q(decided_at=None),
                name="sso_one_staged_change_of_a_source_waits",
            ),
            models.CheckConstraint(
                condition=Q(decided_at=None, outcome="")
                | (Q(decided_at__isnull=False) & ~Q(outcome="")),
                name="sso_a_decided_change_has_its_outcome",
            ),
        ]
        indexes = [
            models.Index(fields=["connection", "source", "-created_at"], name="sso_staged_newest")
        ]

    def __str__(self) -> str:
        return f"{self.connection_id}, {self.source}"

    @property
    def is_open(self) -> bool:
        return self.decided_at is None

    @property
    def is_dismissed(self) -> bool:
        return self.outcome == self.Outcome.DISMISSED

    @cached_property
    def result(self) -> SamlConnection:
        """The connection with these changes on it, not stored: for tests, never to be saved."""
        row = with_content(self.connection, self.changes)
        if self.source == self.Source.KEY:
            standby = StandbyKey.objects.filter(connection=self.connection).first()
            if standby is not None and standby.certificate == row.sp_certificate:
                row.sp_private_key = standby.private_key
        return row


def with_content(connection: SamlConnection, changes: dict[str, Any]) -> SamlConnection:
    """A copy of the row in memory that has these values."""
    row = copy.copy(connection)
    row._state = copy.copy(connection._state)
    row._state.fields_cache = dict(connection._state.fields_cache)
    for field, value in changes.items():
        setattr(row, "pool_id" if field == "pool" else field, value)
    return row
