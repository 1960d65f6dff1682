"""A person's tie to their LinkedIn profile, and what it takes to make one."""

from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.ids import new_id
from accounts.models import Invitation, Organization, OwnedQuerySet, User

AUTHORIZATION_LASTS = timedelta(minutes=10)


class Provider(models.TextChoices):
    LINKEDIN = "linkedin", _("LinkedIn")


class Via(models.TextChoices):
    """Where the person stood when they pressed Connect."""

    SSO = "sso", _("Single sign-on")
    SIGN_IN = "sign_in", _("Sign-in without SSO")
    ACCOUNT = "account", _("My account")


class ProfileBindingQuerySet(OwnedQuerySet["ProfileBinding"]):
    def current(self) -> ProfileBindingQuerySet:
        """Active or suspended: everything that has not ended."""
        return self.exclude(state=ProfileBinding.State.REVOKED)

    def remembered(self) -> ProfileBindingQuerySet:
        """Those that say which profile it is, or was."""
        return self.filter(forgotten_at=None)

    def active(self) -> ProfileBindingQuerySet:
        return self.filter(state=ProfileBinding.State.ACTIVE)


class ProfileBinding(models.Model):
    """A user's tie to one LinkedIn profile. Ended ones are kept: they prove what was agreed to.

    A suspended binding still holds its profile, so that resuming it can't collide with anything.
    """

    class State(models.TextChoices):
        ACTIVE = "active", _("Active")
        SUSPENDED = "suspended", _("Suspended")
        REVOKED = "revoked", _("Disconnected")

    class EndReason(models.TextChoices):
        LEARNER = "learner", _("Disconnected by the person")
        ADMIN = "admin", _("Disconnected by an administrator")
        LEFT = "left", _("Disconnected by the person after their account was closed")
        DELETED = "deleted", _("The account was deleted")
        FORGOTTEN = "forgotten", _("Forgotten after profiles were switched off")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(
        Organization,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("organization"),
        db_index=False,
    )
    user = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="profile_bindings", verbose_name=_("person")
    )
    provider = models.CharField(
        _("provider"), max_length=16, choices=Provider, default=Provider.LINKEDIN
    )
    # LinkedIn's own, opaque id of the profile, different for each portal. It and the name are empty
    # once the profile is forgotten.
    subject = models.CharField(_("profile id"), max_length=255)
    name = models.CharField(_("name on the profile"), max_length=255, blank=True)

    state = models.CharField(_("state"), max_length=16, choices=State, default=State.ACTIVE)
    # The two causes of suspension, kept apart: the return of one must not undo the other.
    policy_off_at = models.DateTimeField(_("suspended by the policy"), null=True, blank=True)
    dormant_at = models.DateTimeField(_("person deactivated"), null=True, blank=True)

    via = models.CharField(_("connected from"), max_length=16, choices=Via)
    consent_version = models.CharField(_("consent"), max_length=16)
    consented_at = models.DateTimeField(_("agreed"))
    bound_at = models.DateTimeField(_("connected"), default=timezone.now)
    # When it last signed its person in, true to the hour.
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)
    ended_at = models.DateTimeField(_("disconnected"), null=True, blank=True)
    end_reason = models.CharField(_("why it ended"), max_length=16, choices=EndReason, blank=True)
    # Since when nothing here says which profile it was; that there was one stays.
    forgotten_at = models.DateTimeField(_("forgotten"), null=True, blank=True)

    objects = ProfileBindingQuerySet.as_manager()

    class Meta:
        verbose_name = _("connected profile")
        verbose_name_plural = _("connected profiles")
        ordering = ["-bound_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "provider", "subject"],
                condition=Q(state__in=["active", "suspended"]),
                name="profiles_profile_once_in_organization",
                violation_error_message=_("Another account holds this profile."),
            ),
            models.UniqueConstraint(
                fields=["user", "provider"],
                condition=Q(state__in=["active", "suspended"]),
                name="profiles_one_current_profile_per_person",
                violation_error_message=_("This person has a connected profile already."),
            ),
            models.CheckConstraint(
                condition=(Q(forgotten_at=None) & ~Q(subject=""))
                | Q(forgotten_at__isnull=False, state="revoked", subject="", name=""),
                name="profiles_subject_is_given_or_forgotten",
            ),
            models.CheckConstraint(
                condition=~Q(consent_version=""), name="profiles_consent_is_given"
            ),
            models.CheckConstraint(
                condition=(
                    Q(state="active", policy_off_at=None, dormant_at=None, ended_at=None)
                    | (
                        Q(state="suspended", ended_at=None)
                        & (Q(policy_off_at__isnull=False) | Q(dormant_at__isnull=False))
                    )
                    | Q(state="revoked", ended_at__isnull=False)
                ),
                name="profiles_state_agrees_with_its_causes",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, end_reason="")
                | (Q(ended_at__isnull=False) & ~Q(end_reason="")),
                name="profiles_an_end_has_a_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "state"], name="profiles_binding_by_state"),
            models.Index(
                fields=["organization", "-bound_at", "-id"], name="profiles_binding_newest"
            ),
            # Whom a profile signs in, in whichever organization.
            models.Index(fields=["subject"], name="profiles_binding_by_subject"),
        ]

    def __str__(self) -> str:
        return self.name or str(_("A profile without a name"))


class EarlierConsent(models.Model):
    """What was agreed to before the words changed. What is agreed to now stands on the binding."""

    binding = models.ForeignKey(
        ProfileBinding, on_delete=models.CASCADE, related_name="earlier_consents", db_index=False
    )
    version = models.CharField(max_length=16)
    agreed_at = models.DateTimeField()

    class Meta:
        verbose_name = _("earlier consent")
        verbose_name_plural = _("earlier consents")
        constraints = [
            models.UniqueConstraint(
                fields=["binding", "version"], name="profiles_version_agreed_to_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.binding_id}: {self.version}"


class OfferAnswer(models.Model):
    """What somebody said when asked to connect. Whoever was never asked has no row."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="+")
    answered_at = models.DateTimeField(default=timezone.now)
    # None is "don't ask again".
    ask_again_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("answer to the offer")
        verbose_name_plural = _("answers to the offer")

    def __str__(self) -> str:
        return f"{self.user_id}: {self.ask_again_at or 'never again'}"


class Purpose(models.TextChoices):
    """What a trip to the provider is for."""

    CONNECT = "connect", _("Connect a profile")
    SIGN_IN = "sign_in", _("Sign in")
    ACCEPT = "accept", _("Accept an invitation")
    LEAVE = "leave", _("Disconnect from accounts that are closed")


class GateNotice(models.Model):
    """Somebody was told of the gate that closes some days after `required_at`: once."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_index=False)
    required_at = models.DateTimeField()

    class Meta:
        verbose_name = _("notice of a gate")
        verbose_name_plural = _("notices of gates")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "required_at"], name="profiles_told_once_of_a_gate"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} of {self.required_at:%Y-%m-%d %H:%M}"


class AuthorizationRequest(models.Model):
    """One trip to LinkedIn: the single-use `state`, as a digest, and whose trip it is.

    To connect, it is a person's. Whoever signs in, accepts an invitation or leaves an account that
    is closed is nobody yet: then it is a browser's.
    """

    state_digest = models.CharField(max_length=64, primary_key=True)
    purpose = models.CharField(max_length=16, choices=Purpose, default=Purpose.CONNECT)
    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="+")
    # A digest of the session's key, or of the browser's cookie.
    holder_digest = models.CharField(max_length=64)
    # At whose door a sign-in began; None on the page that is everybody's.
    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, null=True, related_name="+", db_index=False
    )
    # Which one is accepted: the browser must still hold it when it comes back.
    invitation = models.ForeignKey(
        Invitation, on_delete=models.CASCADE, null=True, related_name="+", db_index=False
    )
    via = models.CharField(max_length=16, choices=Via, blank=True)
    # The version of the text above the button that was pressed; `created_at` is when.
    consent_version = models.CharField(max_length=16, blank=True)
    next_path = models.CharField(max_length=2048, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    claimed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("authorization request")
        verbose_name_plural = _("authorization requests")
        indexes = [models.Index(fields=["created_at"], name="profiles_request_by_age")]
        constraints = [
            models.CheckConstraint(
                condition=(
                    (Q(purpose="connect", user__isnull=False) & ~Q(consent_version=""))
                    | Q(purpose__in=["sign_in", "leave"], user=None, invitation=None)
                    | (
                        Q(purpose="accept", user=None, invitation__isnull=False)
                        & ~Q(consent_version="")
                    )
                ),
                name="profiles_a_trip_is_somebodys_or_a_browsers",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} at {self.created_at:%Y-%m-%d %H:%M}"
