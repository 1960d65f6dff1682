"""What an administrator weighs before a decision: how many people, how many seats."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone

from accounts.models import BindingPolicy, Organization, User
from licenses.standing import SeatsSummary, count_without_license, seats_summary
from profiles.models import ProfileBinding
from profiles.policies import grace_ends

LISTED_ORGANIZATIONS = 50


def listed_organizations() -> list[Organization]:
    people = User.objects.active().filter(organization=OuterRef("pk")).order_by()
    counted = people.values("organization").annotate(number=Count("pk")).values("number")
    rows = Organization.objects.annotate(active_people=Coalesce(Subquery(counted), 0))
    return list(rows.order_by("name")[:LISTED_ORGANIZATIONS])


class OrganizationFacts:
    """Each number is one query, asked at most once."""

    def __init__(self, organization: Organization) -> None:
        self.organization = organization

    @cached_property
    def _people(self) -> dict[str, int]:
        bindings = ProfileBinding.objects.current().filter(user=OuterRef("pk"))
        people: dict[str, int] = (
            User.objects.in_organization(self.organization)
            .active()
            .annotate(has_profile=Exists(bindings))
            .aggregate(active=Count("pk"), bound=Count("pk", filter=Q(has_profile=True)))
        )
        return people

    @property
    def sign_in_address(self) -> str:
        slug = self.organization.slug
        return f"{settings.PORTAL_BASE_URL}{reverse('accounts:organization_login', args=[slug])}"

    @property
    def active_people(self) -> int:
        return self._people["active"]

    @property
    def bound_people(self) -> int:
        """Active people with a connected profile, asleep or not."""
        return self._people["bound"]

    @property
    def unbound_people(self) -> int:
        return self.active_people - self.bound_people

    @property
    def grace_ends(self) -> datetime:
        """When the gate closes for people who are here, or would if it were required from now."""
        organization, now = self.organization, timezone.now()
        is_required = organization.binding_policy == BindingPolicy.REQUIRED
        since = organization.binding_policy_at if is_required else now
        ends = grace_ends(
            policy=BindingPolicy.REQUIRED,
            since=since,
            days=organization.binding_grace_days,
            joined_at=since or now,
        )
        return ends or now

    @property
    def bound_percent(self) -> int:
        return round(100 * self.bound_people / self.active_people) if self.active_people else 0

    @cached_property
    def seats(self) -> SeatsSummary:
        return seats_summary(self.organization)

    @cached_property
    def unlicensed_people(self) -> int:
        """Active people who have no license, wait for none and were denied none."""
        return count_without_license(self.organization)
