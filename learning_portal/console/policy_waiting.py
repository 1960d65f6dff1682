"""The change of policies that waits for its day, as the page shows it."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.models import Organization, PolicyChange
from learning_portal.console.facts import OrganizationFacts
from learning_portal.console.policy_differences import Difference, differences


@dataclass(frozen=True, slots=True)
class WaitingChange:
    """`differences` are from today's policies, with the people it would touch today."""

    change: PolicyChange
    differences: list[Difference]

    @property
    def touched(self) -> int:
        return sum(difference.touched for difference in self.differences)


def waiting_change(organization: Organization, facts: OrganizationFacts) -> WaitingChange | None:
    change = PolicyChange.objects.in_organization(organization).waiting().first()
    if change is None:
        return None
    return WaitingChange(change, differences(organization, change.changes, facts, at=change.due_at))
