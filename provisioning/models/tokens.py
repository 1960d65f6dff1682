"""A directory's credentials."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.ids import new_id
from accounts.models import Organization, OwnedQuerySet


class ScimTokenQuerySet(OwnedQuerySet["ScimToken"]):
    def live(self, now: datetime | None = None) -> ScimTokenQuerySet:
        return self.filter(revoked_at=None, expires_at__gt=now or timezone.now())

    def needed(self, now: datetime | None = None) -> ScimTokenQuerySet:
        """Live tokens whose end would be noticed: no token that was made later is in use since."""
        replacements = ScimToken.objects.live(now).filter(
            organization=OuterRef("organization"),
            created_at__gt=OuterRef("created_at"),
            last_used_at__gt=Coalesce(OuterRef("last_used_at"), OuterRef("created_at")),
        )
        return self.live(now).filter(~Exists(replacements))


class ScimToken(models.Model):
    """A directory's bearer token. It names its organization and opens nothing else.

    The token itself is shown once and not stored: only its SHA-256 digest, which is enough for
    256 random bits, and the last characters, by which people tell tokens apart.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(
        Organization,
        on_delete=models.PROTECT,
        related_name="scim_tokens",
        verbose_name=_("organization"),
        db_index=False,
    )
    name = models.CharField(
        _("name"), max_length=100, help_text=_("For you, such as Okta or Entra ID.")
    )
    digest = models.BinaryField(max_length=32, unique=True, editable=False)
    ending = models.CharField(_("ends in"), max_length=4, editable=False)
    created_by = models.CharField(_("made by"), max_length=255, editable=False)
    created_at = models.DateTimeField(_("made"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires"))
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True, editable=False)
    # How many days ahead of its end its administrators were told last; see `provisioning.notices`.
    noticed_days = models.PositiveSmallIntegerField(null=True, blank=True, editable=False)
    # True to the minute: a directory makes many calls in one.
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True, editable=False)
    last_used_address = models.GenericIPAddressField(
        _("last used from"), null=True, blank=True, editable=False
    )
    last_used_client = models.CharField(
        _("last used by"), max_length=255, blank=True, editable=False
    )

    objects = ScimTokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("token")
        verbose_name_plural = _("tokens")
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="provisioning_token_is_named"),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("created_at")),
                name="provisioning_token_expires_after_it_was_made",
                violation_error_message=_("A token expires in the future."),
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "-created_at"], name="provisioning_token_newest")
        ]

    def __str__(self) -> str:
        return f"{self.name} (…{self.ending})"

    def is_live(self, now: datetime) -> bool:
        return self.revoked_at is None and now < self.expires_at
