"""What people prove themselves with beside a password: an authenticator app, codes, passkeys."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.ids import new_id
from accounts.models.people import User
from database.sealing import unseal


class Authenticator(models.Model):
    """The app whose six digits are a person's second factor. There is none before a code of it
    was typed."""

    user = models.OneToOneField(
        User, on_delete=models.CASCADE, primary_key=True, related_name="authenticator"
    )
    sealed_secret = models.TextField()
    # The newest half minute whose code was used: older ones are worth nothing.
    last_step = models.BigIntegerField()
    created_at = models.DateTimeField(_("set up"))
    last_used_at = models.DateTimeField(_("last used"))

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def secret(self) -> bytes:
        return bytes.fromhex(unseal(self.sealed_secret))


class PersonalCodeQuerySet(models.QuerySet["PersonalCode"]):
    def unused(self) -> PersonalCodeQuerySet:
        return self.filter(used_at=None)


class PersonalCode(models.Model):
    """One of a person's own recovery codes: it stands in for their second factor, once.

    What is stored is a digest. The code itself is in the one answer that made it.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="personal_codes", db_index=False
    )
    digest = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True)

    objects = PersonalCodeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "digest"], name="accounts_personal_code_once")
        ]

    def __str__(self) -> str:
        return str(self.pk)


LONGEST_PASSKEY_NAME = 100


class Passkey(models.Model):
    """A key that a person's device or password manager keeps: it opens this one account.

    Of the key, its public half is here.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="passkeys")
    name = models.CharField(_("name"), max_length=LONGEST_PASSKEY_NAME)
    # Base64url. The standard allows 1,023 bytes.
    credential_id = models.CharField(max_length=1364, unique=True)
    public_key = models.BinaryField()
    # What the authenticator counted at the last use; 0 for those that don't count.
    sign_count = models.BigIntegerField(default=0)
    # Whether it is kept on several devices, as password managers do.
    is_synced = models.BooleanField(default=False)
    created_at = models.DateTimeField(_("added"), auto_now_add=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)
    # When the challenge was made that it answered last. An answer to an older one is a replay.
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(name=""),
                name="accounts_passkey_is_named",
                violation_error_message=_("A passkey needs a name."),
            ),
        ]

    def __str__(self) -> str:
        return self.name
