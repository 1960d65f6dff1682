from __future__ import annotations

from typing import Any

from accounts.management.base import PortalCommand
from provisioning.models import KEPT_DAYS
from provisioning.retention import forget_calls


class Command(PortalCommand):
    help = f"Drop the calls of directories that are older than {KEPT_DAYS} days. Run it daily."

    def handle(self, *args: Any, **options: Any) -> None:
        gone = forget_calls()
        self.report(f"Dropped {gone} calls.", calls=gone)
