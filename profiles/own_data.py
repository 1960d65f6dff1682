"""What profiles hold on one person."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from accounts.models import User
from accounts.personal_data import register, rows
from profiles.models import (
    AuthorizationRequest,
    EarlierConsent,
    GateNotice,
    OfferAnswer,
    ProfileBinding,
)


@register("connected_profiles", "profiles.ProfileBinding")
def bindings(user: User) -> Generator[dict[str, Any]]:
    """With what the person agreed to, and when. No token is kept, so there is none to tell."""
    return rows(
        ProfileBinding.objects.filter(user=user).order_by("bound_at"),
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
        last_used_at="last_used_at",
    )


@register("earlier_consents_to_a_profile", "profiles.EarlierConsent")
def earlier_consents(user: User) -> Generator[dict[str, Any]]:
    """What was agreed to before the words changed; what counts stands beside the profile."""
    return rows(
        EarlierConsent.objects.filter(binding__user=user).order_by("agreed_at"),
        profile_connected_at="binding__bound_at",
        agreed_to_version="version",
        agreed_at="agreed_at",
    )


@register("mails_about_a_required_profile", "profiles.GateNotice")
def gate_notices(user: User) -> Generator[dict[str, Any]]:
    return rows(
        GateNotice.objects.filter(user=user).order_by("required_at"), required_at="required_at"
    )


@register("answers_to_the_offer", "profiles.OfferAnswer")
def answers(user: User) -> Generator[dict[str, Any]]:
    return rows(
        OfferAnswer.objects.filter(user=user),
        answered_at="answered_at",
        ask_again_at="ask_again_at",
    )


@register("trips_to_linkedin", "profiles.AuthorizationRequest")
def trips(user: User) -> Generator[dict[str, Any]]:
    return rows(
        AuthorizationRequest.objects.filter(user=user).order_by("created_at"),
        began_at="created_at",
        came_back_at="claimed_at",
        agreed_to_version="consent_version",
    )
