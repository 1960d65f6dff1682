"""The way in that a connected profile gives a person."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.doors import register_use
from accounts.models import BindingPolicy, Organization, User
from accounts.ways_in import WayIn, may_remove, register
from profiles import linkedin
from profiles.doors import closed_by
from profiles.models import ProfileBinding
from profiles.policies import is_silent


@register
def profile(user: User) -> Iterable[WayIn]:
    """Nothing where the policy is off: then nothing names it."""
    organization = user.organization
    if organization is None or is_silent(BindingPolicy(organization.binding_policy)):
        return
    binding = ProfileBinding.objects.active().filter(user=user).first()
    if binding is None:
        return
    opens = linkedin.is_configured() and closed_by(organization) is None
    yield WayIn(
        kind="profile",
        key=str(binding.pk),
        name=linkedin.name(),
        note=binding.name
        if opens
        else _("Connected, and no way in: your organization has single sign-on"),
        icon="card",
        created_at=binding.bound_at,
        last_used_at=binding.last_used_at,
        opens=opens,
        url=reverse("profiles:disconnect"),
        verb=_("Disconnect"),
    )


@register_use
def have_profiles(people: QuerySet[User]) -> bool:
    """Whether one of them has a profile that opens their account: it was proved as it was
    connected."""
    if not linkedin.is_configured():
        return False
    bound = ProfileBinding.objects.active().filter(user__in=people)
    organizations = Organization.objects.filter(pk__in=bound.values("organization"))
    return any(closed_by(organization) is None for organization in organizations)


def is_last_way(user: User) -> bool:
    """Whether the person comes in by their profile and by nothing else.

    Whoever disconnects it asks while holding the person's row, as for every way in.
    """
    return any(not may_remove(user, way) for way in profile(user))
