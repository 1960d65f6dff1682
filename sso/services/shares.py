"""A trace is shown to somebody without an account, by a link that ends."""

from __future__ import annotations

import secrets

from django.db import transaction
from django.utils import timezone

from accounts.digests import digest_of_secret
from audit.actions import Action
from audit.actors import Actor
from audit.services import record
from sso.models import SignInTrace, TraceShare


@transaction.atomic
def share_trace(*, trace: SignInTrace, actor: Actor) -> tuple[TraceShare, str]:
    """Answers the secret of the link as well: it is shown now and never again."""
    secret = secrets.token_urlsafe(32)
    share = TraceShare.objects.create(
        organization_id=trace.organization_id,
        trace=trace,
        digest=digest_of_secret(secret),
        created_by=actor.name[:255],
        expires_at=timezone.now() + TraceShare.LIFETIME,
    )
    record(Action.TRACE_SHARED, organization=trace.organization, actor=actor, target=trace)
    return share, secret


@transaction.atomic
def revoke_share(*, share: TraceShare, actor: Actor) -> None:
    """The link opens nothing from now on. Of one that opens nothing there is nothing to revoke."""
    now = timezone.now()
    if not TraceShare.objects.open(now).filter(pk=share.pk).update(revoked_at=now):
        return
    record(Action.TRACE_UNSHARED, organization=share.organization, actor=actor, target=share.trace)
