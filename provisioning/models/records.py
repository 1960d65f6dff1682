"""What a directory says about people, as it said it."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization, User


class DirectoryRecord(models.Model):
    """The SCIM document of one user, beside the user's row.

    `document` is given back as it came. It leaves out what the user's row says: `id`, `userName`,
    `externalId`, `active`, `groups` and `meta`. `search` is the same in the form in which values
    are compared (`provisioning.documents.search_form`): case folded where case does not count,
    times in UTC, the primary of several values first. Filters and sorting read nothing else.
    """

    user = models.OneToOneField(
        User, on_delete=models.CASCADE, primary_key=True, related_name="directory_record"
    )
    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    document = models.JSONField(default=dict)
    search = models.JSONField(default=dict)
    # The person whom the document names as manager, where they are somebody of this organization.
    manager = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    # What `active` was when the directory took it off. It is not shown while it still is that.
    withheld_active = models.BooleanField(null=True, editable=False)

    class Meta:
        verbose_name = _("directory record")
        verbose_name_plural = _("directory records")
        indexes = [models.Index(fields=["organization", "user"], name="provisioning_record_by_org")]

    def __str__(self) -> str:
        return str(self.user_id)

    @classmethod
    def of(cls, user: User) -> DirectoryRecord | None:
        """The person's, read now unless it came with them. Platform staff have none."""
        record: DirectoryRecord | None = getattr(user, "directory_record", None)
        return record
