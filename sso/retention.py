"""How long requests, assertions and traces of sign-ins are kept."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from accounts.retention import drop
from jobs.each import each
from sso.models import SignInRequest, SignInTest, SignInTrace, UsedAssertion

TRACES_KEPT_DAYS = 90


def forget_expired() -> dict[str, int]:
    """Drop what no longer protects or explains anything; answers how many rows of each went.

    Requests that nobody answered in time, assertions too old to be taken again, traces and tests
    that are older than `TRACES_KEPT_DAYS` days, and of younger tests the claims.
    """
    now = timezone.now()
    horizon = now - timedelta(days=TRACES_KEPT_DAYS)
    kinds: dict[str, QuerySet[Any]] = {
        "requests": SignInRequest.objects.filter(expires_at__lte=now).order_by("expires_at"),
        "assertions": UsedAssertion.objects.filter(expires_at__lte=now).order_by("expires_at"),
        "traces": SignInTrace.objects.filter(created_at__lt=horizon).order_by("created_at"),
        "tests": SignInTest.objects.filter(created_at__lt=horizon).order_by("created_at"),
    }
    old = SignInTest.objects.filter(created_at__lt=now - SignInTest.CLAIMS_KEPT)
    claims = old.filter(claims__isnull=False)
    *dropped, forgotten = each(
        (*(partial(drop, rows) for rows in kinds.values()), partial(claims.update, claims=None)),
        lambda forget: forget(),
    )
    return {**dict(zip(kinds, dropped, strict=True)), "claims": forgotten}
