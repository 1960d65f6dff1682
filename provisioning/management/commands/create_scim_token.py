from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from accounts.management.base import PortalCommand, organization
from audit.actors import Actor
from provisioning.addresses import base_url
from provisioning.services import DEFAULT_DAYS, MAX_DAYS, create_token


class Command(PortalCommand):
    help = "Make a token for an organization's directory. It is printed once and not stored."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("organization", help="The organization's short name.")
        parser.add_argument("--name", required=True, help="What administrators call the token.")
        parser.add_argument(
            "--expires-days",
            type=int,
            default=DEFAULT_DAYS,
            help=f"How many days it lives, {MAX_DAYS} at most (default: {DEFAULT_DAYS}).",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        made = create_token(
            organization=organization(options["organization"]),
            name=options["name"],
            days=options["expires_days"],
            actor=Actor.system("create_scim_token"),
        )
        self.report(
            f"{made.text}\n"
            f"Keep it now: it is not stored. Base URL {base_url()}, "
            f"expires {made.token.expires_at:%Y-%m-%d}.",
            id=made.token.pk,
            organization=options["organization"],
            name=made.token.name,
            token=made.text,
            base_url=base_url(),
            expires_at=made.token.expires_at.isoformat(timespec="seconds"),
        )
