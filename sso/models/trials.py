"""Sign-ins that only try a connection out."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.ids import new_id
from accounts.models import Organization, OwnedQuerySet, User
from sso.causes import Cause
from sso.models.connections import SamlConnection
from sso.models.versions import StagedChange


class SignInTestQuerySet(OwnedQuerySet["SignInTest"]):
    def answered(self) -> SignInTestQuerySet:
        return self.exclude(outcome="")

    def remembered(self, now: datetime) -> SignInTestQuerySet:
        """Those that still have what the answer said, for the eyes of their tester."""
        since = now - SignInTest.CLAIMS_KEPT
        return self.filter(claims__isnull=False, created_at__gte=since)

    def green(self) -> SignInTestQuerySet:
        return self.filter(outcome=SignInTest.Outcome.PASSED)


class SignInTest(models.Model):
    """An administrator went to the identity provider and back, and nobody was signed in.

    Says what was tried, what came of it and what a real sign-in would have done.
    """

    class Outcome(models.TextChoices):
        PASSED = "passed", _("Passed")
        FAILED = "failed", _("Failed")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    connection = models.ForeignKey(
        SamlConnection, on_delete=models.CASCADE, related_name="tests", db_index=False
    )
    # What the connection would become, where that was tried.
    staged = models.ForeignKey(
        StagedChange, on_delete=models.SET_NULL, null=True, related_name="tests"
    )
    tester = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    # `sso.content.digest_of` what was tried, as it was when the answer came.
    content_digest = models.CharField(max_length=64)
    # A full admin of the organization tried, and would have come in as themselves.
    admin_came_in = models.BooleanField(default=False)
    outcome = models.CharField(_("outcome"), max_length=16, choices=Outcome, blank=True)
    cause = models.CharField(_("cause"), max_length=32, choices=Cause, blank=True)
    checks = models.JSONField(_("checks"), default=list, blank=True)
    # What a real sign-in would have done; see `sso.testing`.
    consequences = models.JSONField(default=dict, blank=True)
    # What the answer said of a person, for the tester's eyes; forgotten by `sso.retention`
    # after `CLAIMS_KEPT`, while the result is kept as long as a trace.
    claims = models.JSONField(null=True, blank=True)
    created_at = models.DateTimeField(_("when"), default=timezone.now)
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)

    objects = SignInTestQuerySet.as_manager()

    CLAIMS_KEPT = timedelta(days=30)

    class Meta:
        verbose_name = _("test sign-in")
        verbose_name_plural = _("test sign-ins")
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome="", cause="", answered_at=None)
                | (Q(outcome="passed", cause="") & Q(answered_at__isnull=False))
                | (Q(outcome="failed", answered_at__isnull=False) & ~Q(cause="")),
                name="sso_a_failed_test_has_its_cause",
            ),
            models.CheckConstraint(
                condition=Q(admin_came_in=False) | Q(outcome="passed"),
                name="sso_only_a_green_test_lets_an_admin_in",
            ),
        ]
        indexes = [
            models.Index(fields=["connection", "-created_at"], name="sso_test_newest"),
            models.Index(fields=["created_at"], name="sso_test_age"),
        ]

    def __str__(self) -> str:
        return f"{self.connection_id}, {self.created_at:%Y-%m-%d %H:%M}"

    @property
    def is_green(self) -> bool:
        return self.outcome == self.Outcome.PASSED

    def attributes(self) -> dict[str, tuple[str, ...]]:
        """What the answer said, as `sso.attributes` reads it; empty once that is forgotten."""
        claims: dict[str, Any] = self.claims or {}
        return {name: tuple(values) for name, values in claims.get("attributes", {}).items()}

    def answer(self, *, now: datetime, **columns: Any) -> None:
        """Keep what came of it."""
        for name, value in {**columns, "answered_at": now}.items():
            setattr(self, name, value)
        self.save(update_fields=[*columns, "answered_at"])
