"""Groups of people, mirrored from directories or made by hand."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.ids import new_id
from accounts.models.organizations import Organization, OwnedQuerySet
from accounts.models.people import User
from accounts.moments import ChangedAtField
from accounts.names import NameKeyField


class DirectoryGroupQuerySet(OwnedQuerySet["DirectoryGroup"]):
    """Groups, found within their organization."""


class DirectoryGroup(models.Model):
    """A group of people, mirrored from the directory or made by hand."""

    class Source(models.TextChoices):
        SCIM = "scim", _("Directory")
        CONSOLE = "console", _("Console")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="groups", db_index=False
    )
    display_name = models.CharField(_("name"), max_length=255)
    display_name_key = NameKeyField(source="display_name")
    external_id = models.CharField(  # noqa: DJ001 - NULL is "not given", which may repeat
        _("external id"),
        max_length=255,
        null=True,
        blank=True,
    )
    source = models.CharField(_("came by"), max_length=16, choices=Source, default=Source.CONSOLE)
    members = models.ManyToManyField(
        User, through="DirectoryGroupMembership", related_name="directory_groups"
    )
    created_at = models.DateTimeField(_("added"), auto_now_add=True)
    updated_at = ChangedAtField(_("changed"))

    objects = DirectoryGroupQuerySet.as_manager()

    class Meta:
        verbose_name = _("group")
        verbose_name_plural = _("groups")
        ordering = ["display_name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "external_id"],
                name="accounts_group_external_id_unique",
                violation_error_message=_("A group here has this external id already."),
            ),
            models.CheckConstraint(
                condition=~Q(display_name=""), name="accounts_group_name_is_given"
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "display_name_key"], name="accounts_group_by_name")
        ]

    def __str__(self) -> str:
        return self.display_name


class DirectoryGroupMembership(models.Model):
    """One person in one group of the same organization."""

    id = models.BigAutoField(primary_key=True)
    group = models.ForeignKey(
        DirectoryGroup, on_delete=models.CASCADE, related_name="memberships", db_index=False
    )
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(
                fields=["group", "user"],
                name="accounts_member_once_per_group",
                violation_error_message=_("This person is in the group already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.group_id}"
