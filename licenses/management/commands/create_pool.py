from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.utils.translation import ngettext

from accounts.errors import AccountsError
from accounts.management.base import PortalCommand, organization
from audit.actors import Actor
from licenses.errors import LicensesError
from licenses.models import LEARNING
from licenses.services import create_pool


class Command(PortalCommand):
    help = "Add a license pool: seats that an organization has bought."
    refusals = (AccountsError, LicensesError)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("organization", help="The organization's short name.")
        parser.add_argument("--name", required=True, help="What administrators call the pool.")
        parser.add_argument("--seats", required=True, type=int, help="How many were bought.")
        parser.add_argument("--product", default=LEARNING, help="What they are for.")
        parser.add_argument(
            "--priority",
            type=int,
            default=100,
            help="Pools with smaller numbers are used up first.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        pool = create_pool(
            organization=organization(options["organization"]),
            name=options["name"],
            seats=options["seats"],
            product=options["product"],
            priority=options["priority"],
            actor=Actor.system("create_pool"),
        )
        seats = ngettext("%(count)d seat", "%(count)d seats", pool.seats) % {"count": pool.seats}
        self.report(
            f"Added {pool.name} with {seats} to {pool.organization.slug}; "
            f"{pool.seats_taken} went to people who waited.",
            id=pool.pk,
            organization=pool.organization.slug,
            name=pool.name,
            product=pool.product,
            priority=pool.priority,
            seats=pool.seats,
            seats_taken=pool.seats_taken,
        )
