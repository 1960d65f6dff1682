from __future__ import annotations

from typing import Any

from accounts.management.base import PortalCommand
from sso.retention import TRACES_KEPT_DAYS, forget_expired


class Command(PortalCommand):
    help = (
        "Drop sign-in requests that nobody answered, assertions too old to be replayed, traces and "
        f"tests of more than {TRACES_KEPT_DAYS} days. Run it daily."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        gone = forget_expired()
        self.report(
            f"Dropped {gone['requests']} requests, {gone['assertions']} assertions, "
            f"{gone['traces']} traces and {gone['tests']} tests.",
            **gone,
        )
