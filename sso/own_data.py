"""What single sign-on holds on one person."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from accounts.models import User
from accounts.personal_data import register, rows
from sso.models import IdentityClaim, SamlIdentity, SignInRequest, SignInTest, SignInTrace


@register("identities", "sso.SamlIdentity")
def identities(user: User) -> Generator[dict[str, Any]]:
    return rows(
        SamlIdentity.objects.filter(user=user).order_by("created_at"),
        connection="connection__name",
        name_id="name_id",
        first_used_at="created_at",
        last_used_at="last_used_at",
    )


@register("sign_ins", "sso.SignInTrace")
def sign_ins(user: User) -> Generator[dict[str, Any]]:
    return rows(
        SignInTrace.objects.filter(user=user).order_by("created_at"),
        at="created_at",
        reference="reference",
        connection="connection__name",
        outcome="outcome",
        cause="cause",
        address="address",
        browser="client",
    )


@register("identities_to_confirm", "sso.IdentityClaim")
def claims(user: User) -> Generator[dict[str, Any]]:
    """That somebody came who may be this person. What was said of them may be about another."""
    return rows(
        IdentityClaim.objects.filter(user=user).order_by("last_seen_at"),
        connection="connection__name",
        last_tried_at="last_seen_at",
        decided_at="decided_at",
    )


@register("test_sign_ins", "sso.SignInTest")
def tests(user: User) -> Generator[dict[str, Any]]:
    """`claims` is what the identity provider said of whoever tested; None once it is forgotten."""
    return rows(
        SignInTest.objects.filter(tester=user).order_by("created_at"),
        at="created_at",
        connection="connection__name",
        outcome="outcome",
        cause="cause",
        claims="claims",
    )


@register("sign_ins_under_way", "sso.SignInRequest")
def requests(user: User) -> Generator[dict[str, Any]]:
    """Trips of somebody who proves anew who they are; the others know nobody yet."""
    return rows(SignInRequest.objects.filter(prover=user), since="proof_since")
