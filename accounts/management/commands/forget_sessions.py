from __future__ import annotations

from typing import Any

from accounts.management.base import PortalCommand
from accounts.retention import forget_sessions


class Command(PortalCommand):
    help = "Drop sessions that are over. Run it daily; they open nothing, but take room."

    def handle(self, *args: Any, **options: Any) -> None:
        dropped = forget_sessions()
        self.report(f"Dropped {dropped} sessions.", sessions=dropped)
