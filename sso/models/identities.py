"""The names by which connections know people."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.ids import new_id
from accounts.models import Organization, User
from sso.models.connections import SamlConnection

# The name identifier itself is compared to the letter; longer ones than this are refused.
NAME_ID_MAX_LENGTH = 512


class SamlIdentity(models.Model):
    """The name by which one connection knows one person. Nothing else decides who somebody is."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    connection = models.ForeignKey(
        SamlConnection, on_delete=models.PROTECT, related_name="identities", db_index=False
    )
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="saml_identities")
    name_id = models.CharField(_("NameID"), max_length=NAME_ID_MAX_LENGTH)
    created_at = models.DateTimeField(_("first used"), auto_now_add=True)
    # None for one that an administrator has confirmed, until it is used.
    last_used_at = models.DateTimeField(_("last used"), null=True)

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
    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    connection = models.ForeignKey(
        SamlConnection, on_delete=models.PROTECT, related_name="+", db_index=False
    )
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
