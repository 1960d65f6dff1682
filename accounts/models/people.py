"""People: each one a place in one organization."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.emails import MAX_LENGTH
from accounts.ids import new_id
from accounts.models.organizations import Organization, OwnedQuerySet
from accounts.moments import ChangedAtField
from accounts.names import NameKeyField, name_key
from accounts.roles import Ability, Role, is_able, may_enter_console

# Whom a password could let in. Whether it does, their organization says too.
HAS_PASSWORD = ~Q(password="") & ~Q(password__startswith=UNUSABLE_PASSWORD_PREFIX)


class UserQuerySet(OwnedQuerySet["User"]):
    def active(self) -> UserQuerySet:
        return self.filter(state=User.State.ACTIVE)

    def present(self) -> UserQuerySet:
        """Everyone but the deleted, who are kept for history alone."""
        return self.exclude(state=User.State.DELETED)

    def named(self, user_name: str) -> UserQuerySet:
        return self.present().filter(user_name_key=name_key(user_name))

    def full_admins(self) -> UserQuerySet:
        return self.active().filter(role=Role.FULL_ADMIN)


class UserManager(BaseUserManager["User"]):
    """No `create_user` or `create_superuser`: people come to be in `accounts.services`."""

    def get_queryset(self) -> UserQuerySet:
        return UserQuerySet(self.model, using=self._db)

    def active(self) -> UserQuerySet:
        return self.get_queryset().active()

    def present(self) -> UserQuerySet:
        return self.get_queryset().present()

    def in_organization(self, organization: Organization | uuid.UUID) -> UserQuerySet:
        return self.get_queryset().in_organization(organization)


class User(AbstractBaseUser):
    """A Learning account: one person's place in one organization, or a member of platform staff.

    E-mail is an attribute that may change, never a key. What decides about people, decides by
    `id`, by `user_name` within the organization, or by the identity a connection knows.
    """

    class State(models.TextChoices):
        INVITED = "invited", _("Invited")
        ACTIVE = "active", _("Active")
        DEACTIVATED = "deactivated", _("Deactivated")
        DELETED = "deleted", _("Deleted")

    class Theme(models.TextChoices):
        """The values are those of the theme button and of Django's own."""

        SYSTEM = "auto", _("As the system")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    # Whom nobody has switched off: they may come in, be it for the first time.
    OPEN_STATES = (State.INVITED, State.ACTIVE)

    class Source(models.TextChoices):
        SSO = "sso", _("Single sign-on")
        SCIM = "scim", _("Directory")
        INVITATION = "invitation", _("Invitation")
        CSV = "csv", _("CSV import")
        CONSOLE = "console", _("Console")
        API = "api", _("API")
        COMMAND = "command", _("Command line")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(
        Organization,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="users",
        verbose_name=_("organization"),
        db_index=False,
    )
    user_name = models.CharField(_("user name"), max_length=255)
    user_name_key = NameKeyField(source="user_name")
    external_id = models.CharField(  # noqa: DJ001 - NULL is "not given", which may repeat
        _("external id"),
        max_length=255,
        null=True,
        blank=True,
        help_text=_("What the directory calls this person."),
    )
    email = models.EmailField(_("e-mail"), max_length=MAX_LENGTH, blank=True)
    # The address that is proved to be theirs. Mails that open the account go there alone, and only
    # while it is `email` still: whoever writes another address there opens nothing by it.
    verified_email = models.EmailField(max_length=MAX_LENGTH, blank=True, editable=False)
    first_name = models.CharField(_("first name"), max_length=255, blank=True)
    last_name = models.CharField(_("last name"), max_length=255, blank=True)
    title = models.CharField(_("title"), max_length=255, blank=True)
    department = models.CharField(_("department"), max_length=255, blank=True)
    location = models.CharField(_("location"), max_length=255, blank=True)
    manager_name = models.CharField(_("manager"), max_length=255, blank=True)
    attributes = models.JSONField(_("other attributes"), default=dict, blank=True)

    role = models.CharField(_("role"), max_length=16, choices=Role, default=Role.LEARNER)
    abilities = models.JSONField(
        _("abilities"),
        default=list,
        blank=True,
        help_text=_("What a sub-admin may do. A full admin may do everything."),
    )
    state = models.CharField(_("state"), max_length=16, choices=State, default=State.ACTIVE)
    source = models.CharField(_("came by"), max_length=16, choices=Source)
    # Empty until the person chooses: then each browser remembers for itself.
    theme = models.CharField(_("theme"), max_length=8, choices=Theme, blank=True)
    # Empty until the person chooses: then the browser says. One that ships no more is as if empty.
    language = models.CharField(_("language"), max_length=16, blank=True)
    deactivated_at = models.DateTimeField(_("deactivated"), null=True, blank=True)
    # When a session last began by the password; what it costs is in the UPDATE of `last_login`.
    password_used_at = models.DateTimeField(_("password last used"), null=True, blank=True)
    created_at = models.DateTimeField(_("added"), auto_now_add=True)
    updated_at = ChangedAtField(_("changed"))

    objects: ClassVar[UserManager] = UserManager()

    # Globally unique and opaque: nothing looks a person up across organizations by accident.
    USERNAME_FIELD = "id"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = ["last_name", "first_name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "user_name_key"],
                condition=~Q(state="deleted"),
                name="accounts_user_name_unique_in_organization",
                violation_error_message=_("Somebody here has this user name already."),
            ),
            models.UniqueConstraint(
                fields=["user_name_key"],
                condition=Q(organization=None) & ~Q(state="deleted"),
                name="accounts_user_name_unique_among_staff",
                violation_error_message=_("A member of staff has this user name already."),
            ),
            models.UniqueConstraint(
                fields=["organization", "external_id"],
                condition=~Q(state="deleted"),
                name="accounts_external_id_unique_in_organization",
                violation_error_message=_("Somebody here has this external id already."),
            ),
            models.CheckConstraint(
                condition=Q(organization=None, role=Role.STAFF)
                | (Q(organization__isnull=False) & ~Q(role=Role.STAFF)),
                name="accounts_staff_have_no_organization",
                violation_error_message=_(
                    "Platform staff belong to no organization, everybody else to one."
                ),
            ),
            models.CheckConstraint(
                condition=Q(state__in=["invited", "active"], deactivated_at=None)
                | Q(state__in=["deactivated", "deleted"], deactivated_at__isnull=False),
                name="accounts_closed_says_since_when",
            ),
            models.CheckConstraint(
                condition=~Q(user_name=""),
                name="accounts_user_name_is_given",
                violation_error_message=_("A user name is needed."),
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "email"], name="accounts_user_by_email"),
            models.Index(fields=["email"], name="accounts_user_email"),
            models.Index(
                fields=["organization", "last_name", "first_name", "id"],
                name="accounts_user_by_name",
            ),
            models.Index(fields=["organization", "state", "role"], name="accounts_user_by_state"),
            # Directories read everybody in this order, from any point on: by the index alone.
            models.Index(
                fields=["organization", "id"],
                condition=~Q(state="deleted"),
                name="accounts_user_in_order",
            ),
        ]

    def __str__(self) -> str:
        return self.display_name

    @property
    def display_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or self.user_name

    @property
    def initials(self) -> str:
        parts = [self.first_name, self.last_name] if self.first_name else [self.user_name]
        return "".join(part[:1] for part in parts).upper()

    def get_full_name(self) -> str:
        return self.display_name

    def get_short_name(self) -> str:
        return self.first_name or self.display_name

    @property
    def is_active(self) -> bool:  # type: ignore[override]  # Django's attribute, here derived
        """Whether this account may sign in and act. Checked on every request."""
        if self.state != self.State.ACTIVE:
            return False
        return self.organization is None or self.organization.is_active

    @property
    def has_verified_email(self) -> bool:
        return bool(self.email) and self.email == self.verified_email

    @property
    def is_platform_staff(self) -> bool:
        return self.organization_id is None

    @property
    def is_superuser(self) -> bool:
        return self.is_platform_staff

    @property
    def is_staff(self) -> bool:
        """Django's word for: may enter the console."""
        return may_enter_console(self.role)

    def is_able(self, ability: Ability) -> bool:
        return self.is_active and is_able(self.role, self.abilities, ability)

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Django's permissions are not used; `TenantAdmin` asks for abilities."""
        return self.is_active and self.is_platform_staff

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and self.is_staff
