from __future__ import annotations

from typing import Any

from django.utils.translation import ngettext

from accounts.management.base import PortalCommand
from provisioning.notices import notify_expiring_tokens


class Command(PortalCommand):
    help = (
        "Write to full admins whose directory's token ends in 60, 30, 7 or 1 days. Run it daily; "
        "each of these is told once."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        told = notify_expiring_tokens()
        tokens = ngettext("%(count)d token", "%(count)d tokens", told) % {"count": told}
        self.report(f"Told full admins of {tokens}.", tokens=told)
