"""The customers without an identity provider, as a month of invitations leaves them."""

from __future__ import annotations

from accounts.models import User
from accounts.roles import Role
from accounts.services import create_organization, create_user, invite_newcomer, set_policies
from audit.actors import Actor
from licenses.services import create_pool
from profiles.consent import CURRENT_VERSION
from profiles.models import Provider, Via
from profiles.services import bind_profile
from sandbox.small_companies import SmallCustomer

SEATS = 10


def open_for(customer: SmallCustomer, *, password: str) -> None:
    """The customer, its administrator, a colleague and whoever was invited."""
    by_system = Actor.system("seed_demo")
    organization = create_organization(
        slug=customer.slug,
        name=customer.company,
        time_zone="Europe/Stockholm",
        contact_email=f"office@{customer.slug}.example",
        actor=by_system,
    )

    def add(name: tuple[str, str], role: Role) -> User:
        return create_user(
            organization=organization,
            user_name=customer.address(name),
            email=customer.address(name),
            first_name=name[0],
            last_name=name[1],
            source=User.Source.INVITATION,
            role=role,
            password=password,
            actor=by_system,
        )

    create_pool(organization=organization, name="Team contract", seats=SEATS, actor=by_system)
    by_admin = Actor.from_user(add(customer.admin, Role.FULL_ADMIN))
    set_policies(
        organization=organization,
        changes={"auto_assign": True, "binding_policy": customer.binding_policy},
        actor=by_admin,
    )
    colleague = add(customer.colleague, Role.LEARNER)
    if customer.bound is not None:
        bind_profile(
            user=colleague,
            provider=Provider.LINKEDIN,
            subject=customer.bound.subject,
            name=customer.bound.name,
            consent_version=CURRENT_VERSION,
            via=Via.SIGN_IN,
            actor=Actor.from_user(colleague),
        )
    for first_name, last_name in customer.invited:
        invite_newcomer(
            organization=organization,
            email=customer.address((first_name, last_name)),
            first_name=first_name,
            last_name=last_name,
            actor=by_admin,
        )
