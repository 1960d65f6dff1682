"""The demo's customers: two with single sign-on, as if they had been with us for a month, and three
small ones without.

Doing it again finds the customers there and leaves their data alone.
"""

from __future__ import annotations

from django.db import transaction

from accounts.models import Organization, User
from accounts.services import create_user, set_up_authenticator
from accounts.totp import code_at, current_step
from audit.actors import Actor
from sandbox.authenticator import OWNERS, secret_of
from sandbox.seed.customers import CUSTOMERS
from sandbox.seed.month import PASSWORD, Month, Tell
from sandbox.seed.small import open_for
from sandbox.seed.trust import connect_directories, trust_each_other
from sandbox.small_companies import SMALL_CUSTOMERS

__all__ = ["CUSTOMERS", "PASSWORD", "STAFF_NAME", "connect_directories", "seed"]

STAFF_NAME = "staff@portal.example"


def seed(tell: Tell) -> None:
    """Make what is missing. Everything of one customer comes at once or not at all."""
    if not User.objects.present().filter(organization=None).named(STAFF_NAME).exists():
        create_user(
            organization=None,
            user_name=STAFF_NAME,
            email=STAFF_NAME,
            first_name="Sam",
            last_name="Platform",
            source=User.Source.COMMAND,
            password=PASSWORD,
            actor=Actor.system("seed_demo"),
        )
    for customer in CUSTOMERS:
        slug = customer.provider.slug
        if Organization.objects.filter(slug=slug).exists():
            tell(f"{customer.provider.company}: there already, data kept")
        else:
            with transaction.atomic():
                Month(customer, tell).run()
    for small in SMALL_CUSTOMERS:
        if Organization.objects.filter(slug=small.slug).exists():
            tell(f"{small.company}: there already, data kept")
        else:
            tell(f"{small.company}: no single sign-on, and who was invited")
            with transaction.atomic():
                open_for(small, password=PASSWORD)
    _give_authenticators()
    trust_each_other()
    connect_directories()


def _give_authenticators() -> None:
    """To those who administer with a password and have none: the sandbox shows their codes."""
    owners = User.objects.present().filter(user_name__in=OWNERS, authenticator=None)
    for user in owners.select_related("organization"):
        secret = secret_of(user.user_name)
        set_up_authenticator(
            user=user,
            secret=secret,
            # The one before: whoever starts the demo uses the code of this moment.
            code=code_at(secret, current_step() - 1),
            actor=Actor.system("seed_demo"),
            may_replace=False,
        )
