from typing import Any

from django.utils.translation import ngettext

from accounts.management.base import PortalCommand
from audit.actors import Actor
from licenses.services import expire_licenses


class Command(PortalCommand):
    help = "End the licenses of pools past their grace days. Run it daily; twice does no harm."

    def handle(self, *args: Any, **options: Any) -> None:
        expired = expire_licenses(actor=Actor.system("expire_licenses"))
        line = ngettext("%(count)d license expired.", "%(count)d licenses expired.", expired)
        self.report(line % {"count": expired}, expired=expired)
