"""The door that a connected profile opens on the sign-in pages."""

from __future__ import annotations

from django.urls import reverse

from accounts.doors import LocalDoor, doors_of, register_local
from accounts.models import BindingPolicy, Organization
from profiles import linkedin
from profiles.policies import ClosedBy, sign_in_closed_by


@register_local
def local_choices(organization: Organization | None) -> LocalDoor | None:
    """Nothing where it opens to nobody, so that no page names what it must not.

    The page that is everybody's asks for one organization whose policy allows it; which of their
    people have single sign-on is found out once they have come back.
    """
    if not linkedin.is_configured():
        return None
    if organization is None:
        return _door(reverse("profiles:sign_in")) if _opens_somewhere() else None
    if closed_by(organization) is not None:
        return None
    return _door(
        reverse("profiles:organization_sign_in", args=[organization.slug]),
        is_usual=organization.binding_policy == BindingPolicy.REQUIRED,
    )


def closed_by(organization: Organization) -> ClosedBy | None:
    """What keeps this organization's people from signing in with a profile; None for nothing."""
    return sign_in_closed_by(
        by_sso=organization.requires_sso or bool(doors_of(organization)),
        policy=BindingPolicy(organization.binding_policy),
    )


def _door(url: str, *, is_usual: bool = False) -> LocalDoor:
    return LocalDoor(
        name=linkedin.name(),
        url=url,
        origin=linkedin.authorization_origin(),
        is_usual=is_usual,
    )


def _opens_somewhere() -> bool:
    return (
        Organization.objects.exclude(binding_policy=BindingPolicy.OFF)
        .filter(status=Organization.Status.ACTIVE, sso_required_at=None)
        .exists()
    )
