"""Whether a test sign-in has passed of what a connection is, or would be."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from accounts.models import User
from sso.content import content_of, digest_of
from sso.models import SamlConnection, SignInTest


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
