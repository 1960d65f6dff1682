"""Many people invited at once: who is new, and how many there may be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.errors import AccountsError, TooManyInvitations
from accounts.models import Invitation, Organization, User
from accounts.names import name_key
from accounts.pasted import Pasted, people_in
from accounts.services.invitations import INVITATIONS_A_DAY, invite_newcomer
from audit.actors import Actor

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


def plan_invitations(*, organization: Organization, text: str) -> Plan:
    """Sort the people out whom somebody pasted, for the page that asks before it is done."""
    plan = Plan()
    valid: dict[str, Pasted] = {}
    for each in people_in(text):
        if not each.email:
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


def invitations_left(organization: Organization) -> int:
    """How many more mails the organization may have sent today."""
    since = timezone.now() - timedelta(days=1)
    sent = Invitation.objects.in_organization(organization).filter(created_at__gt=since).count()
    return max(0, INVITATIONS_A_DAY - sent)


@transaction.atomic
def start_inviting(*, organization: Organization, people: Sequence[Pasted], actor_id: UUID) -> UUID:
    """Have a worker invite these people; answers its task. Raises `TooManyInvitations`."""
    from accounts.jobs import invite_people  # the job calls the services

    if len(people) > min(AT_ONCE, invitations_left(organization)):
        raise TooManyInvitations(most=INVITATIONS_A_DAY)
    rows = [[each.email, each.first_name, each.last_name] for each in people]
    return UUID(str(invite_people.enqueue(str(organization.pk), str(actor_id), rows).id))


def invite_pasted(*, organization: Organization, row: Sequence[str], actor: Actor) -> bool:
    """One of them, in a transaction of its own; whether they were new. Twice is once."""
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
    except TooManyInvitations:
        raise
    except AccountsError:  # somebody of this name came meanwhile
        return False
    return True
