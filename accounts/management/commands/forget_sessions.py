from __future__ import annotations

from typing import Any

from accounts.jobs import forget_sessions
from accounts.management.base import PortalCommand
from accounts.retention import SETUP_LINKS_KEPT_DAYS


class Command(PortalCommand):
    help = (
        "Drop sessions that are over, and set-up links and invitations that ended more than "
        f"{SETUP_LINKS_KEPT_DAYS} days ago. Run it daily; they open nothing, but take room."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        gone = forget_sessions.func()
        self.report(
            f"Dropped {gone['sessions']} sessions, {gone['setup_links']} set-up links and "
            f"{gone['invitations']} invitations.",
            **gone,
        )
