from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from accounts.management.base import PortalCommand
from accounts.services import create_organization
from audit.actors import Actor


class Command(PortalCommand):
    help = "Add an organization."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="Its short name, as in acme. Stands in sign-in addresses.")
        parser.add_argument("--name", required=True, help="Its full name.")
        parser.add_argument(
            "--time-zone", default="UTC", help="Where its days begin, as in Europe/Stockholm."
        )
        parser.add_argument(
            "--contact-email", default="", help="Whom its learners ask when something is wrong."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        organization = create_organization(
            slug=options["slug"],
            name=options["name"],
            time_zone=options["time_zone"],
            contact_email=options["contact_email"],
            actor=Actor.system("create_organization"),
        )
        self.report(
            f"Added {organization.name} ({organization.slug}).",
            id=organization.pk,
            slug=organization.slug,
            name=organization.name,
        )
