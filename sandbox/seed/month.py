"""One customer's month, as if it had been with us for so long.

Everything is done by the services that the console and the sign-in use, at the times it would have
happened.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import islice
from unittest import mock

from django.utils import timezone

from accounts.models import BindingPolicy, User
from accounts.roles import Role
from accounts.services import (
    add_domain,
    change_members,
    create_group,
    create_organization,
    create_user,
    deactivate_user,
    mark_domain_verified,
    set_policies,
)
from audit.actions import Action
from audit.actors import Actor, ActorKind
from audit.services import record
from licenses.services import Source, assign_license, assign_on_first_sso, create_pool
from profiles.consent import CURRENT_VERSION
from profiles.models import Provider, Via
from profiles.services import answer_offer, bind_profile
from sandbox.history import write_sign_ins
from sandbox.names import publish
from sandbox.people import BOUND_MEMBER, Person
from sandbox.seed.customers import KNOWN, Customer, Known
from sandbox.seed.trust import trust
from sandbox.workforce import Employee, employees
from sso.models import SamlIdentity
from sso.services import activate_connection, create_connection

# Known to everybody who reads this: the system check keeps the sandbox on this machine.
PASSWORD = "try the learning portal"
DAYS = 30
GROUPS = ("Engineering", "Production", "Sales")

Tell = Callable[[str], None]


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Let the services believe it is `moment`, so that history has a past."""
    with mock.patch("django.utils.timezone.now", return_value=moment):
        yield


class Month:
    """One customer's month, in the order it happened."""

    def __init__(self, customer: Customer, tell: Tell) -> None:
        self.customer = customer
        self.tell = tell
        self.by_system = Actor.system("seed_demo")
        # Midnight, so that hours of the day can be added.
        self.start = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(
            days=DAYS + 4
        )
        # When each person who has signed in did so first.
        self.joined: dict[User, datetime] = {}

    def run(self) -> None:
        company = self.customer.provider.company
        self.tell(f"{company}: organization, policies, domain, connection")
        with at(self.start + timedelta(hours=8)):
            self._sign_the_contract()
            self._connect()
        self.tell(f"{company}: {self.customer.people} people and their licenses")
        with at(self.start + timedelta(hours=8, minutes=30)):
            self._settle_admin()
        people = [self.admin, *self._hire()]
        self._part(people)
        self.tell(f"{company}: {DAYS} days of sign-ins")
        write_sign_ins(self.connection, self.customer.provider, self.joined, days=DAYS)

    def _sign_the_contract(self) -> None:
        provider = self.customer.provider
        self.organization = create_organization(
            slug=provider.slug,
            name=provider.company,
            time_zone=self.customer.time_zone,
            contact_email=f"it@{provider.domain}",
            actor=self.by_system,
        )
        domain = add_domain(
            organization=self.organization, name=provider.domain, actor=self.by_system
        )
        publish(domain.name, domain.txt_record)
        mark_domain_verified(domain=domain, actor=self.by_system)
        self.pool = create_pool(
            organization=self.organization,
            name="Company contract",
            seats=self.customer.seats,
            actor=self.by_system,
        )
        boss = provider.person(self.customer.admin)
        assert boss is not None
        self.admin = self._add(
            boss, external_id=boss.stable_id, role=Role.FULL_ADMIN, password=PASSWORD
        )
        self.by_admin = Actor.from_user(self.admin)
        set_policies(
            organization=self.organization,
            changes={"auto_assign": True, "binding_policy": self.customer.binding_policy},
            actor=self.by_admin,
        )

    def _connect(self) -> None:
        provider = self.customer.provider
        self.connection = create_connection(
            organization=self.organization,
            name=provider.product,
            preset=self.customer.preset,
            actor=self.by_admin,
            idp_initiated=self.customer.idp_initiated,
        )
        trust(self.connection, provider)
        activate_connection(
            connection=self.connection,
            actor=self.by_admin,
            untested_because="it comes with the demo",
        )
        # As `sso.sign_in` names the identity provider in what it records.
        self.by_idp = Actor(ActorKind.DIRECTORY, str(self.connection.pk), self.connection.name)

    def _settle_admin(self) -> None:
        """The administrator goes first, and has been asked about LinkedIn."""
        self._join(self.admin, self.admin.user_name)
        if self.customer.binding_policy == BindingPolicy.REQUIRED:
            self._bind(self.admin, f"sandbox-{self.customer.admin}")
        else:
            answer_offer(user=self.admin, ask_again=False, actor=self.by_admin)

    def _hire(self) -> Iterator[User]:
        """Everybody else, over three weeks; with a license while there are some to give."""
        customer = self.customer
        cast = [person for person in customer.provider.people if person.email in KNOWN]
        others = employees(customer.provider.domain, start=customer.first_employee)
        entries: list[Person | Employee] = [*cast, *islice(others, customer.people - 1 - len(cast))]
        leaving = sum(KNOWN[person.email].has_left for person in cast)
        licenses = customer.seats - customer.seats_left - 1 + leaving
        for number, entry in enumerate(entries):
            known = KNOWN.get(entry.email, Known())
            with at(self._working_hour(number / len(entries))):
                user = self._add(
                    entry,
                    external_id=known.external_id or entry.stable_id,
                    email=known.email,
                    last_name=known.last_name,
                )
                if number < licenses:
                    self._settle(user, known, number)
            yield user

    def _working_hour(self, share: float) -> datetime:
        """The moment at which this share of three weeks' working hours has gone by."""
        minutes = int(share * 21 * 9 * 60)
        return self.start + timedelta(days=1 + minutes // 540, hours=8, minutes=minutes % 540)

    def _add(
        self,
        entry: Person | Employee,
        *,
        external_id: str,
        email: str = "",
        last_name: str = "",
        role: Role = Role.LEARNER,
        password: str | None = None,
    ) -> User:
        return create_user(
            organization=self.organization,
            user_name=email or entry.email,
            email=email or entry.email,
            external_id=external_id,
            first_name=entry.first_name,
            last_name=last_name or entry.last_name,
            title=entry.title,
            department=entry.department,
            source=User.Source.SCIM,
            role=role,
            password=password,
            actor=self.by_system,
        )

    def _settle(self, user: User, known: Known, number: int) -> None:
        """The first sign-in, or a license without one; then perhaps a profile."""
        if known.name_id is None:
            assign_license(user=user, source=Source.SCIM, pool=self.pool, actor=self.by_system)
            return
        self._join(user, known.name_id or user.user_name)
        if known.is_bound:
            self._bind(user, BOUND_MEMBER.subject)
        elif known == Known() and number % 6 < self.customer.bound_of_six and number >= len(KNOWN):
            self._bind(user, f"sandbox-{number:04}")

    def _join(self, user: User, name_id: str) -> None:
        """What a first sign-in leaves behind."""
        now = timezone.now()
        SamlIdentity.objects.create(
            connection=self.connection, user=user, name_id=name_id, last_used_at=now
        )
        record(
            Action.IDENTITY_LINKED,
            organization=self.organization,
            actor=self.by_idp,
            target=user,
            changes={"connection": self.connection.name},
        )
        assign_on_first_sso(user=user, actor=self.by_idp)
        self.joined[user] = now

    def _bind(self, user: User, subject: str) -> None:
        bind_profile(
            user=user,
            provider=Provider.LINKEDIN,
            subject=subject,
            name=user.display_name,
            consent_version=CURRENT_VERSION,
            via=Via.SSO,
            actor=Actor.from_user(user),
        )

    def _part(self, people: Sequence[User]) -> None:
        """The fourth week: who leaves, and the groups that the administrator made."""
        with at(self.start + timedelta(days=26, hours=16)):
            for user in people:
                if KNOWN.get(user.user_name, Known()).has_left:
                    deactivate_user(user=user, actor=self.by_admin, reason="Left the company")
                    del self.joined[user]
            for department in GROUPS if len(people) > 100 else ():
                group = create_group(
                    organization=self.organization, display_name=department, actor=self.by_admin
                )
                members = [user for user in people if user.department == department]
                change_members(group=group, add=members, actor=self.by_admin)
