from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from accounts.management.base import PortalCommand, organization
from audit.actors import Actor
from sso.services import stop_requiring_sso


class Command(PortalCommand):
    help = "Let an organization's people sign in with a password again, beside single sign-on."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("organization", help="The organization's short name.")

    def handle(self, *args: Any, **options: Any) -> None:
        customer = organization(options["organization"])
        is_new = stop_requiring_sso(organization=customer, actor=Actor.system("stop_requiring_sso"))
        self.report(
            f"{customer.name} no longer requires single sign-on."
            if is_new
            else f"{customer.name} did not require single sign-on.",
            id=customer.pk,
            slug=customer.slug,
            changed=is_new,
        )
