"""Test sign-ins: how one begins, and what the last of them says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.digests import digest_of_secret
from accounts.models import User
from sso.connection_settings import settings_to_try
from sso.content import content_of, digest_of
from sso.errors import ChangeDecided, NotReadyToActivate
from sso.models import SamlConnection, SignInRequest, SignInTest, StagedChange
from sso.retention import CLAIMS_KEPT
from sso.saml import Binding, OutgoingRequest, build_authn_request
from sso.testing import cookie_of, new_secret


@dataclass(frozen=True, slots=True)
class BegunTest:
    """A test under way: the request that leaves, and the cookie its answer is recognized by."""

    test: SignInTest
    outgoing: OutgoingRequest
    cookie: str


@transaction.atomic
def begin_test(
    *, connection: SamlConnection, tester: User, staged: StagedChange | None = None
) -> BegunTest:
    """Set out for the identity provider, to see what a sign-in would do.

    Of the connection as it is, or of what `staged` would make of it. Raises `NotReadyToActivate`
    and `ChangeDecided`.
    """
    if staged is not None and not staged.is_open:
        raise ChangeDecided
    tried = staged.result if staged is not None else connection
    if not tried.knows_its_provider:
        raise NotReadyToActivate
    outgoing = build_authn_request(settings_to_try(tried), binding=Binding[tried.binding.name])
    test = SignInTest.objects.create(
        organization_id=connection.organization_id,
        connection=connection,
        staged=staged,
        tester=tester,
        content_digest=digest_of(content_of(tried)),
    )
    secret = new_secret()
    SignInRequest.objects.create(
        id=outgoing.id,
        connection=connection,
        browser=digest_of_secret(secret),
        expires_at=timezone.now() + SignInRequest.LIFETIME,
        test=test,
    )
    return BegunTest(test, outgoing, cookie_of(outgoing.id, secret))


def has_green_test(
    connection: SamlConnection,
    content_digest: str | None = None,
    *,
    by: QuerySet[User] | None = None,
    since: datetime | None = None,
) -> bool:
    """Whether a test of exactly this content passed; without a digest, of the connection as it is.

    With `by`, one in which one of these people, a full admin then, would have come in as
    themselves: that proves that somebody who can mend things has a way in.
    """
    wanted = digest_of(content_of(connection)) if content_digest is None else content_digest
    tests = SignInTest.objects.green().filter(connection=connection, content_digest=wanted)
    if by is not None:
        tests = tests.filter(admin_came_in=True, tester__in=by)
    if since is not None:
        tests = tests.filter(answered_at__gte=since)
    return tests.exists()


def last_claims(*, connection: SamlConnection, tester: User) -> SignInTest | None:
    """The tester's own latest test that still has what the answer said; nobody else sees it."""
    return (
        SignInTest.objects.filter(
            connection=connection,
            tester=tester,
            claims__isnull=False,
            created_at__gte=timezone.now() - CLAIMS_KEPT,
        )
        .order_by("-created_at")
        .first()
    )
