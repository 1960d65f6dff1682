"""Many people invited at once: who is new, and how many there may be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from accounts.errors import UserNameTaken
from accounts.models import Organization, User
from accounts.names import is_comparable, name_key
from accounts.pasted import Pasted, people_in
from accounts.services.invitations import invite_newcomer, refuse_too_many
from audit.actors import Actor

# Of one form: what an administrator can still look through before it is done.
AT_ONCE = 1_000
# Names of one look-up: databases take only so many values in a statement.
BATCH = 200


@dataclass(slots=True)
class Plan:
    """What would come of inviting the people in a text. Nothing has."""

    new: list[Pasted] = field(default_factory=list)
    # Who is here already, whatever their state.
    known: list[Pasted] = field(default_factory=list)
    invalid: list[Pasted] = field(default_factory=list)
    repeated: int = 0

    @property
    def is_too_long(self) -> bool:
        return len(self.new) > AT_ONCE

    @property
    def may_start(self) -> bool:
        """Whether there is anybody to invite, and no more than at once."""
        return bool(self.new) and not self.is_too_long


def plan_invitations(*, organization: Organization, text: str) -> Plan:
    """Sort the people out whom somebody pasted, for the page that asks before it is done."""
    plan = Plan()
    valid: dict[str, Pasted] = {}
    for each in people_in(text):
        # The address is the user name as well.
        if not (each.email and is_comparable(each.email)):
            plan.invalid.append(each)
        elif each.email in valid:
            plan.repeated += 1
        else:
            valid[each.email] = each
    here = _known(organization, valid)
    for each in valid.values():
        (plan.known if each.email in here else plan.new).append(each)
    return plan


def _known(organization: Organization, emails: Iterable[str]) -> set[str]:
    """Those of the addresses that are somebody's here, as address or as user name."""
    wanted = list(emails)
    found: set[str] = set()
    people = User.objects.in_organization(organization).present()
    for start in range(0, len(wanted), BATCH):
        part = wanted[start : start + BATCH]
        keys = {name_key(email): email for email in part}
        rows = people.filter(Q(email__in=part) | Q(user_name_key__in=keys))
        for email, key in rows.values_list("email", "user_name_key"):
            found.add(email)
            found.add(keys.get(key, email))
    return found


@transaction.atomic
def start_inviting(*, organization: Organization, people: Sequence[Pasted], actor_id: UUID) -> UUID:
    """Have a worker invite these people; answers its task. Raises `TooManyInvitations`."""
    from accounts.jobs import invite_people  # the job calls the services

    refuse_too_many(organization, len(people))
    rows = [[each.email, each.first_name, each.last_name] for each in people]
    return UUID(str(invite_people.enqueue(str(organization.pk), str(actor_id), rows).id))


def invite_pasted(*, organization: Organization, row: Sequence[str], actor: Actor) -> bool:
    """One of them, in a transaction of its own; whether they were new. Twice is once.

    Raises `TooManyInvitations`.
    """
    email, first_name, last_name = row
    if _known(organization, [email]):
        return False
    try:
        with transaction.atomic():
            invite_newcomer(
                organization=organization,
                email=email,
                first_name=first_name,
                last_name=last_name,
                actor=actor,
            )
    except UserNameTaken:  # somebody came meanwhile
        return False
    return True
