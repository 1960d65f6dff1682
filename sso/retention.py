"""How long requests, assertions and traces of sign-ins are kept."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from accounts.retention import drop
from sso.models import SignInRequest, SignInTrace, UsedAssertion

TRACES_KEPT_DAYS = 90


def forget_expired() -> dict[str, int]:
    """Drop what no longer protects or explains anything; answers how many rows of each went.

    Requests that nobody answered in time, assertions too old to be taken again, and traces that are
    older than `TRACES_KEPT_DAYS` days.
    """
    now = timezone.now()
    old = SignInTrace.objects.filter(created_at__lt=now - timedelta(days=TRACES_KEPT_DAYS))
    return {
        "requests": drop(SignInRequest.objects.filter(expires_at__lte=now).order_by("expires_at")),
        "assertions": drop(
            UsedAssertion.objects.filter(expires_at__lte=now).order_by("expires_at")
        ),
        "traces": drop(old.order_by("created_at")),
    }
