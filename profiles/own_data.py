"""What profiles hold on one person."""

from __future__ import annotations

from accounts.personal_data import tell_rows
from profiles.models import (
    AuthorizationRequest,
    EarlierConsent,
    GateNotice,
    OfferAnswer,
    ProfileBinding,
)

# With what the person agreed to, and when. No token is kept, so there is none to tell.
tell_rows(
    "connected_profiles",
    ProfileBinding,
    order=["bound_at"],
    provider="provider",
    profile_id="subject",
    name="name",
    state="state",
    connected_from="via",
    agreed_to_version="consent_version",
    agreed_at="consented_at",
    connected_at="bound_at",
    last_signed_in_with_at="last_used_at",
    suspended_by_the_policy_at="policy_off_at",
    account_closed_at="dormant_at",
    disconnected_at="ended_at",
    why_disconnected="end_reason",
    forgotten_at="forgotten_at",
)
# What was agreed to before the words changed; what counts stands beside the profile.
tell_rows(
    "earlier_consents_to_a_profile",
    EarlierConsent,
    person="binding__user",
    order=["agreed_at"],
    profile_connected_at="binding__bound_at",
    agreed_to_version="version",
    agreed_at="agreed_at",
)
tell_rows(
    "mails_about_a_required_profile",
    GateNotice,
    order=["required_at"],
    required_at="required_at",
)
tell_rows(
    "answers_to_the_offer",
    OfferAnswer,
    answered_at="answered_at",
    ask_again_at="ask_again_at",
)
tell_rows(
    "trips_to_linkedin",
    AuthorizationRequest,
    order=["created_at"],
    began_at="created_at",
    came_back_at="claimed_at",
    agreed_to_version="consent_version",
)
