"""How a test sign-in begins."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from accounts.digests import digest_of_secret
from accounts.models import User
from sso.connection_settings import settings_to_try
from sso.content import content_of, digest_of
from sso.errors import ChangeDecided, NotReadyToActivate
from sso.models import SamlConnection, SignInRequest, SignInTest, StagedChange
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
