"""Fill a portal with the demo's customers."""

from __future__ import annotations

from typing import Any

from accounts.management.base import PortalCommand
from sandbox.seed import CUSTOMERS, PASSWORD, STAFF_NAME, seed


class Command(PortalCommand):
    help = "Create Acme and Globex with people, licenses and a month of history. Safe to repeat."

    def handle(self, *args: Any, **options: Any) -> None:
        seed(lambda line: self.stderr.write(line, self.style.NOTICE))
        admins = {customer.provider.slug: customer.admin for customer in CUSTOMERS}
        self.report(
            f"Ready: {', '.join(admins)}. Administrators {', '.join(admins.values())} and staff "
            f"{STAFF_NAME} sign in with the password: {PASSWORD}",
            organizations=list(admins),
            administrators=admins,
            staff=STAFF_NAME,
            password=PASSWORD,
        )
