"""Policies that change on a day to come."""

from __future__ import annotations

from datetime import datetime

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.ids import new_id
from accounts.models.organizations import Organization, OwnedQuerySet
from audit.actors import Actor, ActorKind


class PolicyChangeQuerySet(OwnedQuerySet["PolicyChange"]):
    def waiting(self) -> PolicyChangeQuerySet:
        """Neither applied nor canceled."""
        return self.filter(applied_at=None, canceled_at=None)

    def due(self, now: datetime) -> PolicyChangeQuerySet:
        return self.waiting().filter(due_at__lte=now)


class PolicyChange(models.Model):
    """A change of an organization's policies, with its day. At most one waits at a time."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    # What is wanted, by the name of the field.
    changes = models.JSONField(encoder=DjangoJSONEncoder)
    due_at = models.DateTimeField()
    # Whoever scheduled it, copied: the change is theirs on record, whatever becomes of the account.
    actor_kind = models.CharField(max_length=16, choices=ActorKind)
    actor_id = models.CharField(max_length=64, blank=True)
    actor_name = models.CharField(max_length=255)
    created_at = models.DateTimeField(auto_now_add=True)
    applied_at = models.DateTimeField(null=True)
    canceled_at = models.DateTimeField(null=True)

    objects = PolicyChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("scheduled change of policies")
        verbose_name_plural = _("scheduled changes of policies")
        constraints = [
            models.UniqueConstraint(
                fields=["organization"],
                condition=Q(applied_at=None, canceled_at=None),
                name="accounts_one_policy_change_waits",
            ),
            models.CheckConstraint(
                condition=Q(applied_at=None) | Q(canceled_at=None),
                name="accounts_policy_change_ends_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(applied_at=None, canceled_at=None),
                name="accounts_policy_change_due",
            )
        ]

    def __str__(self) -> str:
        return f"{self.organization_id} at {self.due_at:%Y-%m-%d %H:%M}"

    @property
    def actor(self) -> Actor:
        return Actor(ActorKind(self.actor_kind), self.actor_id, self.actor_name)
