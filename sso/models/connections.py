"""An organization's trust in one identity provider."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from accounts.ids import new_id
from accounts.models import MAX_SESSION_HOURS, Organization, OwnedQuerySet
from accounts.names import possessive
from audit.actors import Actor, ActorKind
from database.sealing import unseal
from licenses.models import LicensePool
from sso.access_rules import validate_access_rules
from sso.saml.pem import split_pem


class Preset(models.TextChoices):
    OKTA = "okta", "Okta"
    ENTRA = "entra", "Microsoft Entra ID"
    ADFS = "adfs", "AD FS"
    GOOGLE = "google", "Google Workspace"
    ONELOGIN = "onelogin", "OneLogin"
    GENERIC = "generic", _("Any SAML 2.0 provider")


class SamlConnectionQuerySet(OwnedQuerySet["SamlConnection"]):
    def active(self) -> SamlConnectionQuerySet:
        return self.filter(state=SamlConnection.State.ACTIVE)

    def open_to_guests(self) -> SamlConnectionQuerySet:
        """Which a set-up link may be for: nobody signs in through them, and nobody ever has."""
        return self.exclude(state=SamlConnection.State.ACTIVE).filter(identities=None)


# Whoever needs more has a clock to set.
MOST_CLOCK_SKEW = timedelta(minutes=5)


class SamlConnection(models.Model):
    """One organization's trust in one identity provider.

    It has an entity ID, keys and addresses of its own, so that no answer meant for one connection
    fits another. `version` grows with every change; a configuration in memory is of one version.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        ACTIVE = "active", _("Active")
        INACTIVE = "inactive", _("Inactive")

    class Binding(models.TextChoices):
        REDIRECT = "redirect", "HTTP-Redirect"
        POST = "post", "HTTP-POST"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="saml_connections", db_index=False
    )
    name = models.CharField(
        _("name"), max_length=100, help_text=_("Learners read it: “You’ll sign in at Acme’s Okta”.")
    )
    preset = models.CharField(
        _("identity provider"), max_length=16, choices=Preset, default=Preset.GENERIC
    )
    state = models.CharField(_("state"), max_length=16, choices=State, default=State.DRAFT)
    version = models.PositiveIntegerField(default=1, editable=False)

    # What the identity provider gives us
    idp_entity_id = models.CharField(_("entity ID"), max_length=1024, blank=True)
    idp_sso_redirect_url = models.CharField(
        _("sign-in address, HTTP-Redirect"), max_length=2048, blank=True
    )
    idp_sso_post_url = models.CharField(
        _("sign-in address, HTTP-POST"), max_length=2048, blank=True
    )
    # Where the identity provider takes sign-outs. Empty: it takes none.
    idp_slo_redirect_url = models.CharField(
        _("sign-out address, HTTP-Redirect"), max_length=2048, blank=True
    )
    idp_slo_post_url = models.CharField(
        _("sign-out address, HTTP-POST"), max_length=2048, blank=True
    )
    # Where it takes our answers to its sign-outs. Empty: where it takes sign-outs.
    idp_slo_redirect_response_url = models.CharField(
        _("address for sign-out answers, HTTP-Redirect"), max_length=2048, blank=True
    )
    idp_slo_post_response_url = models.CharField(
        _("address for sign-out answers, HTTP-POST"), max_length=2048, blank=True
    )
    idp_certificates = models.TextField(
        _("signing certificates"), blank=True, help_text=_("PEM, one after the other.")
    )
    idp_wants_signed_requests = models.BooleanField(_("wants signed requests"), default=False)
    idp_metadata_url = models.CharField(_("metadata address"), max_length=2048, blank=True)
    metadata_imported_at = models.DateTimeField(_("metadata read"), null=True, blank=True)

    # What we are to the identity provider
    # Sealed with the portal's secret key; see `private_key_pem`.
    sp_private_key = models.TextField(_("private key"), editable=False)
    sp_certificate = models.TextField(_("our certificate"), editable=False)

    # Options
    sign_requests = models.BooleanField(_("sign requests"), default=True)
    request_binding = models.CharField(
        _("request binding"), max_length=16, choices=Binding, default=Binding.REDIRECT
    )
    include_acs_url = models.BooleanField(_("name the ACS URL in requests"), default=True)
    name_id_format = models.CharField(
        _("NameID format"),
        max_length=255,
        blank=True,
        help_text=_("Empty: the identity provider decides, which all of them accept."),
    )
    requested_authn_context = models.CharField(
        _("requested authentication context"),
        max_length=255,
        blank=True,
        help_text=_("Empty: none. Anything else stops sign-ins at Microsoft Entra ID."),
    )
    subject_attribute = models.CharField(
        _("subject attribute"),
        max_length=255,
        blank=True,
        help_text=_("Empty: people are known by their NameID."),
    )
    attribute_map = models.JSONField(
        _("attribute map"),
        default=dict,
        blank=True,
        help_text=_("Names that differ from the usual ones, as {“email”: “mailAddress”}."),
    )
    # See `sso.access`. Small: every sign-in reads it.
    access_rules = models.JSONField(
        _("access rules"), default=dict, blank=True, validators=[validate_access_rules]
    )
    idp_initiated = models.BooleanField(
        _("allow sign-ins that start at the identity provider"), default=False
    )
    single_logout = models.BooleanField(_("single logout"), default=False)
    session_hours = models.PositiveIntegerField(
        _("session length"),
        null=True,
        blank=True,
        help_text=_("Empty: as the organization’s policy says. The shorter of the two counts."),
    )
    clock_skew_seconds = models.PositiveIntegerField(_("clock skew"), default=60)
    auto_assign = models.BooleanField(
        _("automatically assign licenses"),
        null=True,
        blank=True,
        help_text=_("Empty: as the organization’s policy says."),
    )
    pool = models.ForeignKey(
        LicensePool,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("license pool"),
        help_text=_("Empty: the pools of the organization, by priority."),
    )
    created_at = models.DateTimeField(_("added"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    objects = SamlConnectionQuerySet.as_manager()

    class Meta:
        verbose_name = _("SSO connection")
        verbose_name_plural = _("SSO connections")
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "name"],
                name="sso_connection_name_unique_in_organization",
                violation_error_message=_("A connection has this name already."),
            ),
            models.CheckConstraint(
                # No certificate means single sign-on is off, never "signature optional".
                condition=~Q(state="active")
                | (
                    ~Q(idp_entity_id="")
                    & ~Q(idp_certificates="")
                    & (~Q(idp_sso_redirect_url="") | ~Q(idp_sso_post_url=""))
                ),
                name="sso_active_connection_knows_its_idp",
                violation_error_message=_("Import the identity provider’s metadata first."),
            ),
            models.CheckConstraint(
                condition=Q(clock_skew_seconds__lte=int(MOST_CLOCK_SKEW.total_seconds())),
                name="sso_clock_skew_at_most_five_minutes",
                violation_error_message=_("At most 300 seconds."),
            ),
            models.CheckConstraint(
                condition=Q(session_hours=None)
                | Q(session_hours__gte=1, session_hours__lte=MAX_SESSION_HOURS),
                name="sso_session_length_within_limits",
                violation_error_message=_("A session lasts an hour at least, 180 days at most."),
            ),
            models.CheckConstraint(
                condition=Q(single_logout=False)
                | ~Q(idp_slo_redirect_url="")
                | ~Q(idp_slo_post_url=""),
                name="sso_single_logout_knows_where",
                violation_error_message=_(
                    "The identity provider’s metadata names no address for sign-outs."
                ),
            ),
        ]
        indexes = [models.Index(fields=["organization", "state"], name="sso_connection_by_state")]

    def __str__(self) -> str:
        return self.name

    def is_deleted(self) -> bool:
        """Whether somebody has deleted it since it was read, as may happen to a draft. Asks the
        database."""
        return not SamlConnection.objects.filter(pk=self.pk).exists()

    @property
    def is_active(self) -> bool:
        return self.state == self.State.ACTIVE

    @property
    def knows_its_provider(self) -> bool:
        """Whether it could be active: `sso_active_connection_knows_its_idp` says the same."""
        return bool(self.idp_entity_id and self.idp_certificates and self.sign_in_address)

    @property
    def spoken_name(self) -> str:
        """As pages say it: “Acme’s Okta”, “Acme Robotics’ Okta”."""
        return pgettext("whose", "%(whose)s %(name)s") % {
            "whose": possessive(self.organization.name),
            "name": self.name,
        }

    # Without a trailing slash and without an underscore: Okta refuses the one, many people
    # mistype the other.
    def _url(self, name: str) -> str:
        return f"{settings.PORTAL_BASE_URL}/sso/{self.pk}/{name}"

    @property
    def entity_id(self) -> str:
        """Our name towards this identity provider, compared to the letter."""
        return self._url("metadata")

    @property
    def metadata_url(self) -> str:
        return self._url("metadata")

    @property
    def acs_url(self) -> str:
        return self._url("acs")

    @property
    def slo_url(self) -> str:
        """Where the identity provider sends sign-outs, and its answers to ours."""
        return self._url("slo")

    @property
    def takes_logouts(self) -> bool:
        """Whether the identity provider has an address for sign-outs."""
        return bool(self.idp_slo_redirect_url or self.idp_slo_post_url)

    @property
    def login_url(self) -> str:
        """Where a sign-in at this identity provider starts."""
        return self._url("login")

    def as_actor(self) -> Actor:
        """The identity provider, acting through its connection."""
        return Actor(ActorKind.DIRECTORY, str(self.pk), self.name)

    @property
    def private_key_pem(self) -> str:
        """Our private key, opened. Needed once per process and version, never for a page."""
        return unseal(self.sp_private_key)

    @property
    def certificates(self) -> tuple[str, ...]:
        """The identity provider's signing certificates in PEM; each may sign."""
        return split_pem(self.idp_certificates)

    @property
    def binding(self) -> Binding:
        """How requests travel: as `request_binding` says, if there is an address for it."""
        by_form = self.request_binding == self.Binding.POST or not self.idp_sso_redirect_url
        return self.Binding.POST if by_form and self.idp_sso_post_url else self.Binding.REDIRECT

    @property
    def logout_binding(self) -> Binding:
        """How our sign-outs travel: as requests do, if there is an address for it."""
        by_form = self.request_binding == self.Binding.POST or not self.idp_slo_redirect_url
        return self.Binding.POST if by_form and self.idp_slo_post_url else self.Binding.REDIRECT

    @property
    def sign_in_address(self) -> str:
        """Where the identity provider takes requests, by the binding this connection uses."""
        by_form = self.binding is self.Binding.POST
        return self.idp_sso_post_url if by_form else self.idp_sso_redirect_url
