"""What lets somebody without an account set single sign-on or directory sync up."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.ids import new_id
from accounts.models.organizations import Organization, OwnedQuerySet


class SetupLinkQuerySet(OwnedQuerySet["SetupLink"]):
    def live(self, now: datetime) -> SetupLinkQuerySet:
        """Those that have neither ended nor been revoked."""
        return self.filter(revoked_at=None, expires_at__gt=now)


class SetupLink(models.Model):
    """A link for an organization's IT: one browser, some pages, a few days.

    What is stored of the link, and of the browser that opened it, is a digest.
    """

    class Scope(models.TextChoices):
        SSO = "sso", _("Single sign-on")
        DIRECTORY = "directory", _("Directory sync")
        BOTH = "both", _("Single sign-on and directory sync")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="setup_links", db_index=False
    )
    name = models.CharField(_("for whom"), max_length=100)
    scope = models.CharField(_("opens"), max_length=16, choices=Scope)
    # A plain value: `accounts` may not know of SAML connections.
    connection_id = models.UUIDField(null=True, blank=True)
    digest = models.CharField(max_length=64, unique=True)
    # Of the cookie of the one browser that opened it.
    browser = models.CharField(max_length=64, blank=True)
    made_by = models.CharField(_("made by"), max_length=255)
    created_at = models.DateTimeField(_("made"), auto_now_add=True)
    expires_at = models.DateTimeField(_("ends"))
    opened_at = models.DateTimeField(_("opened"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)

    objects = SetupLinkQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["browser"], condition=~Q(browser=""), name="accounts_setup_browser_once"
            ),
            models.CheckConstraint(
                condition=Q(browser="", opened_at=None)
                | (~Q(browser="") & Q(opened_at__isnull=False)),
                name="accounts_setup_link_opened_by_a_browser",
            ),
            models.CheckConstraint(
                condition=Q(scope="directory", connection_id=None)
                | (Q(scope__in=["sso", "both"]) & Q(connection_id__isnull=False)),
                name="accounts_setup_link_is_for_one_connection",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "-created_at"], name="accounts_setup_link_newest")
        ]

    def __str__(self) -> str:
        return self.name

    def covers(self, scope: Scope) -> bool:
        return self.scope in {scope, self.Scope.BOTH}
