"""What happened, kept."""

from __future__ import annotations

import uuid
from typing import Any, NoReturn

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _

from audit.actions import Action
from audit.actors import ActorKind
from audit.errors import HistoryIsAppendOnly


def known_actions() -> list[tuple[str, Any]]:
    """A function, so that a new kind of event is no change of the table."""
    return Action.choices


class AuditEventQuerySet(models.QuerySet["AuditEvent"]):
    def in_organization(self, organization: Any) -> AuditEventQuerySet:
        return self.filter(organization=organization)

    def update(self, **kwargs: Any) -> NoReturn:
        raise HistoryIsAppendOnly

    def delete(self) -> NoReturn:
        raise HistoryIsAppendOnly


class AuditEvent(models.Model):
    """One thing that happened. Rows are only added; triggers in the database refuse the rest."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
    organization = models.ForeignKey(
        "accounts.Organization",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("organization"),
        db_index=False,
    )
    action = models.CharField(_("what happened"), max_length=64, choices=known_actions)
    actor_kind = models.CharField(_("kind of actor"), max_length=16, choices=ActorKind)
    actor_id = models.CharField(_("actor id"), max_length=64, blank=True)
    # Copied, so that it outlives the account and no join is needed to read history.
    actor_name = models.CharField(_("who"), max_length=255)
    target_type = models.CharField(_("kind of target"), max_length=64, blank=True)
    target_id = models.CharField(_("target id"), max_length=64, blank=True)
    target_name = models.CharField(_("on what"), max_length=255, blank=True)
    changes = models.JSONField(
        _("what changed"), default=dict, blank=True, encoder=DjangoJSONEncoder
    )
    source = models.CharField(_("source"), max_length=32, blank=True)
    address = models.GenericIPAddressField(_("address"), null=True, blank=True)
    request_id = models.CharField(_("request id"), max_length=32, blank=True)
    created_at = models.DateTimeField(_("when"), auto_now_add=True)

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("activity")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["organization", "-id"], name="audit_event_newest"),
            models.Index(fields=["organization", "action", "-id"], name="audit_event_by_action"),
            models.Index(fields=["organization", "target_id", "-id"], name="audit_event_by_target"),
            # What one person did, for their own file. Directories do most, and pay nothing for it.
            models.Index(
                fields=["organization", "actor_id", "-id"],
                condition=models.Q(actor_kind="person"),
                name="audit_event_by_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_action_display()}: {self.target_name or self.actor_name}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise HistoryIsAppendOnly
        kwargs["force_insert"] = True
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise HistoryIsAppendOnly
