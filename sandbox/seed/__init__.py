"""The demo's two customers, as if they had been with us for a month.

Doing it again finds the customers there and leaves their data alone.
"""

from __future__ import annotations

from django.db import transaction

from accounts.models import Organization, User
from accounts.services import create_user
from audit.actors import Actor
from sandbox.seed.customers import CUSTOMERS
from sandbox.seed.month import PASSWORD, Month, Tell
from sandbox.seed.trust import connect_directories, trust_each_other

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
    trust_each_other()
    connect_directories()
