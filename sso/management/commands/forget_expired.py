from __future__ import annotations

from typing import Any

from accounts.management.base import PortalCommand
from sso.traces import forget_expired


class Command(PortalCommand):
    help = (
        "Drop used-up sign-in requests, assertions too old to be replayed, and traces of 90 days."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        gone = forget_expired()
        self.report(
            f"Dropped {gone['requests']} requests, {gone['assertions']} assertions "
            f"and {gone['traces']} traces.",
            **gone,
        )
