"""What it takes to require single sign-on, and whom that would shut out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Exists, Max, OuterRef, QuerySet
from django.utils import timezone

from accounts.models import Organization, RecoveryCode, User
from accounts.roles import Role
from sso.models import SamlConnection, SamlIdentity, SignInTrace

# A sign-in that is older says little about today.
PROOF_LASTS = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Readiness:
    """`proved`: the connection that the full admin who asks has come in through lately."""

    connections: Sequence[SamlConnection]
    proved: SamlConnection | None
    codes: int

    @property
    def is_ready(self) -> bool:
        return self.proved is not None and self.codes > 0


def readiness(*, organization: Organization, admin: User) -> Readiness:
    """A sign-in counts if it is younger than a day, and than its connection's last change."""
    connections = list(SamlConnection.objects.in_organization(organization).active())
    since = timezone.now() - PROOF_LASTS
    sign_ins = SignInTrace.objects.in_organization(organization).since(since)
    mine = sign_ins.filter(user=admin, outcome=SignInTrace.Outcome.ACCEPTED)
    latest = dict(mine.order_by().values_list("connection").annotate(Max("created_at")))
    may_prove = admin.role == Role.FULL_ADMIN and admin.organization_id == organization.pk
    proofs = [
        each
        for each in connections
        if may_prove and each.pk in latest and latest[each.pk] >= each.updated_at
    ]
    codes = RecoveryCode.objects.in_organization(organization).unused().count()
    return Readiness(connections, next(iter(proofs), None), codes)


def people_without_sso(organization: Organization) -> QuerySet[User]:
    """Active people whom no active connection knows yet.

    Some of them single sign-on would find at their first sign-in, by user name or address; who of
    them, only the identity provider knows.
    """
    known = SamlIdentity.objects.filter(
        user=OuterRef("pk"), connection__state=SamlConnection.State.ACTIVE
    )
    people = User.objects.in_organization(organization).active()
    return people.filter(~Exists(known))
