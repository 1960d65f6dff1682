"""Browsers that are signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.contrib.sessions.base_session import AbstractBaseSession, BaseSessionManager
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.people import User

if TYPE_CHECKING:
    from accounts.sessions import SessionStore


class Session(AbstractBaseSession):
    """A signed-in browser: whose it is, where it is, and which door it came through."""

    class Door(models.TextChoices):
        SSO = "sso", _("Single sign-on")
        PASSWORD = "password", _("Password")
        LINKEDIN = "linkedin", _("LinkedIn")
        RECOVERY = "recovery", _("Recovery code")
        PASSKEY = "passkey", _("Passkey")

    class SecondFactor(models.TextChoices):
        """What was proved besides. A passkey is two factors in one."""

        CODE = "code", _("Authenticator app")
        RECOVERY = "recovery", _("Recovery code")
        PASSKEY = "passkey", _("Passkey")

    user = models.ForeignKey(
        User, on_delete=models.CASCADE, null=True, related_name="sessions", db_index=False
    )
    door = models.CharField(_("signed in through"), max_length=16, choices=Door, blank=True)
    second_factor = models.CharField(
        _("second factor"), max_length=16, choices=SecondFactor, blank=True
    )
    # A plain value: `accounts` may not know of SAML connections.
    connection_id = models.UUIDField(null=True, blank=True)
    # A digest of the name its identity provider knows the person by, so that a request to sign
    # that name out finds its sessions. What the name is, only the session's data says.
    subject = models.CharField(max_length=64, blank=True)
    address = models.GenericIPAddressField(_("address"), null=True, blank=True)
    client = models.CharField(_("browser"), max_length=255, blank=True)
    created_at = models.DateTimeField(_("started"))

    objects: ClassVar[BaseSessionManager[Session]] = BaseSessionManager()  # type: ignore[assignment]

    class Meta(AbstractBaseSession.Meta):
        verbose_name = _("session")  # type: ignore[assignment]
        verbose_name_plural = _("sessions")  # type: ignore[assignment]
        indexes = [
            models.Index(fields=["user", "expire_date"], name="accounts_session_by_user"),
            models.Index(fields=["connection_id", "subject"], name="accounts_session_by_subject"),
        ]

    @classmethod
    def get_session_store_class(cls) -> type[SessionStore]:
        from accounts.sessions import SessionStore

        return SessionStore
