"""How somebody who has no other way in yet is asked to come."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.emails import MAX_LENGTH
from accounts.ids import new_id
from accounts.models.organizations import Organization, OwnedQuerySet
from accounts.models.people import User


class InvitationQuerySet(OwnedQuerySet["Invitation"]):
    def pending(self) -> InvitationQuerySet:
        """Neither accepted nor revoked: at most one of each person. It may have expired."""
        return self.filter(accepted_at=None, revoked_at=None)

    def live(self, now: datetime) -> InvitationQuerySet:
        return self.pending().filter(expires_at__gt=now)


class Invitation(models.Model):
    """A mail that lets one person in, once: to the account that was made with it, or that they had.

    What is stored of the link in the mail is a digest, from the moment the mail is written.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="invitations", db_index=False
    )
    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="invitations", db_index=False
    )
    # Where it went. The person's address may change meanwhile: then it opens nothing.
    email = models.EmailField(_("sent to"), max_length=MAX_LENGTH)
    digest = models.CharField(max_length=64, unique=True, null=True)  # noqa: DJ001 - NULL until sent
    made_by = models.CharField(_("invited by"), max_length=255)
    created_at = models.DateTimeField(_("made"), auto_now_add=True)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    expires_at = models.DateTimeField(_("ends"))
    opened_at = models.DateTimeField(_("opened"), null=True, blank=True)
    accepted_at = models.DateTimeField(_("accepted"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(accepted_at=None, revoked_at=None),
                name="accounts_invitation_one_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(accepted_at=None) | Q(revoked_at=None),
                name="accounts_invitation_ended_one_way",
            ),
        ]
        indexes = [
            models.Index(fields=["user", "-created_at"], name="accounts_invitation_of_user"),
            models.Index(fields=["organization", "-created_at"], name="accounts_invitation_newest"),
        ]

    def __str__(self) -> str:
        return self.email


class ActivationLink(models.Model):
    """An address that an organization shows its people: it asks for theirs, and writes to them.

    No secret: it opens nothing by itself, and is copied again and again.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="activation_links", db_index=False
    )
    token = models.CharField(max_length=64, unique=True)
    made_by = models.CharField(_("made by"), max_length=255)
    created_at = models.DateTimeField(_("made"), auto_now_add=True)
    closed_at = models.DateTimeField(_("switched off"), null=True, blank=True)

    objects = OwnedQuerySet["ActivationLink"].as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization"],
                condition=Q(closed_at=None),
                name="accounts_activation_link_one_at_a_time",
            )
        ]

    def __str__(self) -> str:
        return str(self.organization)
