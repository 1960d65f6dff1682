"""What single sign-on holds on one person."""

from __future__ import annotations

from accounts.personal_data import tell_rows
from sso.models import IdentityClaim, SamlIdentity, SignInRequest, SignInTest, SignInTrace

tell_rows(
    "identities",
    SamlIdentity,
    order=["created_at"],
    connection="connection__name",
    name_id="name_id",
    first_used_at="created_at",
    last_used_at="last_used_at",
)
tell_rows(
    "sign_ins",
    SignInTrace,
    order=["created_at"],
    at="created_at",
    reference="reference",
    connection="connection__name",
    outcome="outcome",
    cause="cause",
    address="address",
    browser="client",
)
# That somebody came who may be this person. What was said of them may be about another.
tell_rows(
    "identities_to_confirm",
    IdentityClaim,
    order=["last_seen_at"],
    connection="connection__name",
    last_tried_at="last_seen_at",
    decided_at="decided_at",
)
# `claims` is what the identity provider said of whoever tested; null once it is forgotten.
tell_rows(
    "test_sign_ins",
    SignInTest,
    person="tester",
    order=["created_at"],
    at="created_at",
    connection="connection__name",
    outcome="outcome",
    cause="cause",
    claims="claims",
)
# Trips of somebody who proves anew who they are; the others know nobody yet.
tell_rows("sign_ins_under_way", SignInRequest, person="prover", since="proof_since")
