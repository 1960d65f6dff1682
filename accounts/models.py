"""Organizations, their people and their groups."""

from __future__ import annotations

import uuid
import zoneinfo
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.sessions.base_session import AbstractBaseSession, BaseSessionManager
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.ids import new_id
from accounts.names import NameKeyField, name_key
from accounts.roles import Ability, Role, is_able, may_enter_console

if TYPE_CHECKING:
    from accounts.sessions import SessionStore


MAX_SESSION_HOURS = 180 * 24


class BindingPolicy(models.TextChoices):
    """Whether learners connect their LinkedIn profile: they must, may, or may not."""

    REQUIRED = "required", _("They must")
    OPTIONAL = "optional", _("They may")
    OFF = "off", _("They may not")


def validate_time_zone(name: str) -> None:
    if name not in zoneinfo.available_timezones():
        raise ValidationError(_("There is no time zone of this name."))


class Organization(models.Model):
    """A customer: the tenant that everything else belongs to, with its policies."""

    class Status(models.TextChoices):
        ACTIVE = "active", _("Active")
        SUSPENDED = "suspended", _("Suspended")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    slug = models.CharField(
        _("short name"),
        max_length=63,
        unique=True,
        validators=[
            RegexValidator(
                r"\A[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\Z",
                _("Small letters, digits and hyphens, as in acme or acme-robotics."),
            )
        ],
        help_text=_("Stands in your sign-in address."),
    )
    name = models.CharField(_("name"), max_length=255)
    time_zone = models.CharField(
        _("time zone"), max_length=64, default="UTC", validators=[validate_time_zone]
    )
    status = models.CharField(_("status"), max_length=16, choices=Status, default=Status.ACTIVE)
    contact_email = models.EmailField(
        _("whom learners ask"),
        blank=True,
        help_text=_("Shown to people whose sign-in failed or who wait for a license."),
    )

    # Policies
    auto_assign = models.BooleanField(_("automatically assign licenses"), default=False)
    binding_policy = models.CharField(
        _("LinkedIn profile"),
        max_length=16,
        choices=BindingPolicy,
        default=BindingPolicy.OPTIONAL,
    )
    jit_enabled = models.BooleanField(
        _("create people at their first sign-in"),
        default=True,
        help_text=_("Just-in-time provisioning through single sign-on."),
    )
    session_hours = models.PositiveIntegerField(_("session length"), default=12)

    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("organization")
        verbose_name_plural = _("organizations")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(session_hours__gte=1, session_hours__lte=MAX_SESSION_HOURS),
                name="accounts_session_length_within_limits",
                violation_error_message=_("Between one hour and 180 days."),
            ),
            models.CheckConstraint(
                condition=Q(binding_policy__in=BindingPolicy.values),
                name="accounts_binding_policy_is_known",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_active(self) -> bool:
        return self.status == self.Status.ACTIVE


class DomainQuerySet(models.QuerySet["Domain"]):
    def verified(self) -> DomainQuerySet:
        return self.exclude(verified_at=None)

    def in_organization(self, organization: Organization) -> DomainQuerySet:
        return self.filter(organization=organization)


class Domain(models.Model):
    """An e-mail domain. It routes sign-ins only once its owner has been proved."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="domains")
    name = models.CharField(_("domain"), max_length=253)
    token = models.CharField(_("proof"), max_length=64, editable=False)
    verified_at = models.DateTimeField(_("proved"), null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = DomainQuerySet.as_manager()

    class Meta:
        verbose_name = _("domain")
        verbose_name_plural = _("domains")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "name"],
                name="accounts_domain_once_per_organization",
                violation_error_message=_("This domain is in the list already."),
            ),
            models.UniqueConstraint(
                fields=["name"],
                condition=Q(verified_at__isnull=False),
                name="accounts_domain_proved_once",
                violation_error_message=_("Another organization has proved this domain."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def txt_record(self) -> str:
        """The value of the DNS TXT record that proves the domain."""
        return f"learning-portal-verify={self.token}"


class UserQuerySet(models.QuerySet["User"]):
    def active(self) -> UserQuerySet:
        return self.filter(state=User.State.ACTIVE)

    def present(self) -> UserQuerySet:
        """Everyone but the deleted, who are kept for history alone."""
        return self.exclude(state=User.State.DELETED)

    def in_organization(self, organization: Organization | uuid.UUID) -> UserQuerySet:
        return self.filter(organization=organization)

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
    email = models.EmailField(_("e-mail"), max_length=254, blank=True)
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
    deactivated_at = models.DateTimeField(_("deactivated"), null=True, blank=True)
    created_at = models.DateTimeField(_("added"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

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


class DirectoryGroupQuerySet(models.QuerySet["DirectoryGroup"]):
    def in_organization(self, organization: Organization) -> DirectoryGroupQuerySet:
        return self.filter(organization=organization)


class DirectoryGroup(models.Model):
    """A group of people, mirrored from the directory or made by hand."""

    class Source(models.TextChoices):
        SCIM = "scim", _("Directory")
        CONSOLE = "console", _("Console")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="groups")
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
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

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
    group = models.ForeignKey(DirectoryGroup, on_delete=models.CASCADE, related_name="memberships")
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


class Session(AbstractBaseSession):
    """A signed-in browser: whose it is, where it is, and which door it came through."""

    class Door(models.TextChoices):
        SSO = "sso", _("Single sign-on")
        PASSWORD = "password", _("Password")
        LINKEDIN = "linkedin", _("LinkedIn")

    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="sessions")
    door = models.CharField(_("signed in through"), max_length=16, choices=Door, blank=True)
    # A plain value: `accounts` may not know of SAML connections.
    connection_id = models.UUIDField(null=True, blank=True)
    address = models.GenericIPAddressField(_("address"), null=True, blank=True)
    client = models.CharField(_("browser"), max_length=255, blank=True)
    created_at = models.DateTimeField(_("started"))

    objects: ClassVar[BaseSessionManager[Session]] = BaseSessionManager()  # type: ignore[assignment]

    class Meta(AbstractBaseSession.Meta):
        verbose_name = _("session")  # type: ignore[assignment]
        verbose_name_plural = _("sessions")  # type: ignore[assignment]
        indexes = [
            models.Index(fields=["user", "expire_date"], name="accounts_session_by_user"),
            models.Index(fields=["connection_id"], name="accounts_session_by_conn"),
        ]

    @classmethod
    def get_session_store_class(cls) -> type[SessionStore]:
        from accounts.sessions import SessionStore

        return SessionStore
