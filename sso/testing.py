"""A sign-in that is judged like any other and signs nobody in.

The answer to a test goes through `verify_response` and `sso.sign_in.admit`, the code of real
sign-ins, with everything that this changes rolled back. What stays is what keeps an answer from
being used again, and the result. Real sign-ins pay nothing for it: only a browser that has set out
for a test brings the cookie that leads here.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, IntegrityError, OperationalError, transaction
from django.utils import timezone

from accounts.digests import digest_of_secret
from accounts.errors import ExternalIdTaken, UserNameTaken
from accounts.models import User
from accounts.rate_limit import RateLimited, count_answer
from accounts.roles import Ability, Role
from audit.actions import Action
from audit.actors import Actor
from audit.context import current_context
from audit.models import AuditEvent
from audit.services import record
from sso.attributes import MAX_VALUE_LENGTH
from sso.causes import Cause
from sso.connection_settings import settings_to_try
from sso.content import content_of, digest_of
from sso.errors import SignInRefused
from sso.models import SamlConnection, SignInRequest, SignInTest
from sso.saml import (
    Check,
    CheckName,
    SamlRefused,
    VerifiedAssertion,
    request_named,
    verify_response,
)
from sso.saml.values import printable
from sso.sign_in import Admitted, PersonConflict, admit, spend
from sso.traces import check_rows, with_refusal

# Not the cookie of real sign-ins: a test's request is of no use to them, nor theirs to a test.
TEST_COOKIE = "__Host-signin-test" if settings.PORTAL_IS_HTTPS else "signin-test"

# What is expected of an assertion that has not been seen before.
NEW = "not used before"

# Of what an answer says, as much is kept for the tester to look at.
MOST_ATTRIBUTES = 100
MOST_VALUES = 50


def new_secret() -> str:
    return secrets.token_urlsafe(32)


def cookie_of(request_id: str, secret: str) -> str:
    return f"{request_id}.{secret}"


@dataclass(slots=True)
class _Verdict:
    """What became of an answer, and how far it came."""

    cause: Cause | None = None
    checks: list[dict[str, Any]] = field(default_factory=list)
    assertion: VerifiedAssertion | None = None
    admitted: Admitted | None = None
    is_new: bool = False
    # Somebody an administrator would have to decide about.
    may_be: list[User] = field(default_factory=list)
    # What would have gone on record.
    actions: list[str] = field(default_factory=list)


def answer_test(*, connection: SamlConnection, message: str, cookie: str) -> SignInTest | None:
    """Judge an answer to a test of this browser, and keep the result. None where it is no such, or
    where the connection, a draft, is deleted meanwhile and its tests with it."""
    request_id, _dot, secret = cookie.partition(".")
    named = request_named(message)
    if named != request_id and (named is not None or connection.idp_initiated):
        return None
    asked = (
        SignInRequest.objects.filter(
            pk=request_id,
            connection=connection,
            browser=digest_of_secret(secret),
            expires_at__gt=timezone.now(),
        )
        .select_related("test__tester", "test__staged")
        .first()
    )
    test = asked.test if asked else None
    if asked is None or test is None or not _may_still(test.tester, connection):
        return None
    # Of two answers, one finds the row.
    if not SignInRequest.objects.filter(pk=asked.pk).delete()[0]:
        return None
    tried = connection
    if test.staged is not None:
        test.staged.connection = connection
        tried = test.staged.result
    try:
        verdict = _judge(tried, message=message, request_id=request_id)
        _keep(test, tried, verdict)
    except DatabaseError:
        if not connection.is_deleted():
            raise
        return None
    return test


def _may_still(tester: User, connection: SamlConnection) -> bool:
    is_of_here = tester.organization_id in {None, connection.organization_id}
    return tester.is_active and is_of_here and tester.is_able(Ability.SSO)


def _judge(tried: SamlConnection, *, message: str, request_id: str) -> _Verdict:
    verdict = _Verdict()
    try:
        count_answer(address=current_context().address, door=str(tried.pk))
        if not tried.organization.is_active:
            raise SignInRefused(Cause.ORGANIZATION_SUSPENDED)
        assertion = verify_response(settings_to_try(tried), message, now=timezone.now())
        verdict.checks = check_rows(assertion.checks)
        _ask_for_this(verdict, assertion.in_response_to, request_id)
        # Only now: the tester is shown what the answer to this test said, and no other.
        verdict.assertion = assertion
        _spend(verdict, tried)
        _rehearse(verdict, tried)
    except RateLimited:
        _refuse(verdict, Cause.RATE_LIMITED)
    except SamlRefused as refusal:
        verdict.checks = check_rows(refusal.checks)
        _refuse(verdict, refusal.cause, seen=refusal.seen, expected=refusal.expected)
    except PersonConflict as conflict:
        verdict.may_be = list(conflict.users)
        _refuse(verdict, conflict.cause)
    except SignInRefused as refusal:
        verdict.may_be = [refusal.user] if refusal.user else []
        _refuse(verdict, refusal.cause, seen=refusal.seen, expected=refusal.expected)
    return verdict


def _refuse(verdict: _Verdict, cause: Cause, *, seen: str = "", expected: str = "") -> None:
    verdict.cause = cause
    verdict.checks = with_refusal(verdict.checks, cause, seen=seen, expected=expected)


def _ask_for_this(verdict: _Verdict, answered: str | None, asked: str) -> None:
    passed = answered == asked
    check = Check(CheckName.ASKED_HERE, passed, printable(answered) or "no request", asked)
    verdict.checks += check_rows([check])
    if not passed:
        raise SignInRefused(Cause.UNKNOWN_REQUEST)


def _spend(verdict: _Verdict, tried: SamlConnection) -> None:
    assert verdict.assertion is not None
    try:
        with transaction.atomic():
            spend(connection=tried, assertion=verdict.assertion)
    except SignInRefused:
        verdict.checks += check_rows([Check(CheckName.UNUSED, False, "used before", NEW)])
        raise
    verdict.checks += check_rows([Check(CheckName.UNUSED, True, NEW, NEW)])


def _rehearse(verdict: _Verdict, tried: SamlConnection) -> None:
    """What a sign-in would do, done and undone."""
    assert verdict.assertion is not None
    organization = tried.organization_id
    known = AuditEvent.objects.in_organization(organization)
    latest = known.values_list("pk", flat=True).first() or 0
    try:
        with transaction.atomic():
            admitted = admit(connection=tried, assertion=verdict.assertion)
            mine = known.filter(pk__gt=latest, request_id=current_context().request_id)
            verdict.actions = list(mine.order_by("pk").values_list("action", flat=True))
            transaction.set_rollback(True)
    except (UserNameTaken, ExternalIdTaken) as error:
        raise SignInRefused(Cause.PERSON_CONFLICT) from error
    except (IntegrityError, OperationalError) as error:
        raise SignInRefused(Cause.SERVER_BUSY) from error
    verdict.admitted = admitted
    verdict.checks += check_rows(admitted.checks)
    verdict.is_new = Action.USER_CREATED in verdict.actions


@transaction.atomic
def _keep(test: SignInTest, tried: SamlConnection, verdict: _Verdict) -> None:
    tester, admitted = test.tester, verdict.admitted
    came_in = admitted is not None and admitted.user.pk == tester.pk
    outcome = SignInTest.Outcome.FAILED if verdict.cause else SignInTest.Outcome.PASSED
    test.answer(
        now=timezone.now(),
        content_digest=digest_of(content_of(tried)),
        admin_came_in=came_in and tester.role == Role.FULL_ADMIN,
        outcome=outcome,
        cause=verdict.cause or "",
        checks=verdict.checks,
        consequences=_consequences(verdict),
        claims=_claims(tried, verdict.assertion) if verdict.assertion else None,
    )
    record(
        Action.CONNECTION_TESTED,
        organization=tried.organization,
        actor=Actor.from_user(tester),
        target=tried,
        changes={
            "outcome": outcome.value,
            "cause": verdict.cause.value if verdict.cause else None,
            "version": tried.version,
            "staged": test.staged_id is not None,
        },
    )


def _consequences(verdict: _Verdict) -> dict[str, Any]:
    """Ids and words of our own, no names: those are looked up by whoever may see them."""
    known: list[UUID] = [user.pk for user in verdict.may_be]
    admitted = verdict.admitted
    if admitted is not None and not verdict.is_new:
        known = [admitted.user.pk]
    return {
        "people": [str(pk) for pk in known],
        "is_new": verdict.is_new,
        "seat": admitted.seat.value if admitted else None,
        "step": admitted.step.value if admitted else None,
        "actions": verdict.actions,
    }


def _claims(tried: SamlConnection, assertion: VerifiedAssertion) -> dict[str, Any]:
    """What the tester sees of the answer. How it was read comes along, for maps change."""
    return {
        "name_id": assertion.name_id[:MAX_VALUE_LENGTH],
        "name_id_format": (assertion.name_id_format or "")[:MAX_VALUE_LENGTH],
        "attributes": _clipped(assertion.attributes),
        "attribute_map": tried.attribute_map,
        "subject_attribute": tried.subject_attribute,
    }


def _clipped(attributes: Mapping[str, tuple[str, ...]]) -> dict[str, list[str]]:
    return {
        name[:MAX_VALUE_LENGTH]: [value[:MAX_VALUE_LENGTH] for value in values[:MOST_VALUES]]
        for name, values in list(attributes.items())[:MOST_ATTRIBUTES]
    }
