"""How long requests, assertions and traces of sign-ins are kept."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from accounts.retention import drop
from sso.models import SignInRequest, SignInTest, SignInTrace, UsedAssertion

TRACES_KEPT_DAYS = 90
# What the answer to a test said of a person; its result is kept as long as a trace.
CLAIMS_KEPT = timedelta(days=30)


def forget_expired() -> dict[str, int]:
    """Drop what no longer protects or explains anything; answers how many rows of each went.

    Requests that nobody answered in time, assertions too old to be taken again, traces and tests
    that are older than `TRACES_KEPT_DAYS` days, and of younger tests the claims.
    """
    now = timezone.now()
    horizon = now - timedelta(days=TRACES_KEPT_DAYS)
    old = SignInTrace.objects.filter(created_at__lt=horizon)
    return {
        "requests": drop(SignInRequest.objects.filter(expires_at__lte=now).order_by("expires_at")),
        "assertions": drop(
            UsedAssertion.objects.filter(expires_at__lte=now).order_by("expires_at")
        ),
        "traces": drop(old.order_by("created_at")),
        "tests": drop(SignInTest.objects.filter(created_at__lt=horizon).order_by("created_at")),
        "claims": SignInTest.objects.filter(
            created_at__lt=now - CLAIMS_KEPT, claims__isnull=False
        ).update(claims=None),
    }
