from __future__ import annotations

from typing import Any

from django.utils import timezone

from accounts.management.base import PortalCommand
from accounts.models import Session
from accounts.retention import drop


class Command(PortalCommand):
    help = "Drop sessions that are over. Run it daily; they open nothing, but take room."

    def handle(self, *args: Any, **options: Any) -> None:
        over = Session.objects.filter(expire_date__lte=timezone.now()).order_by("expire_date")
        dropped = drop(over)
        self.report(f"Dropped {dropped} sessions.", sessions=dropped)
