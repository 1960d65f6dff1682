from typing import Any

from django.utils.translation import ngettext

from accounts.management.base import PortalCommand
from audit.actors import Actor
from licenses.services import expire_licenses, serve_all_queues


class Command(PortalCommand):
    help = (
        "Do what pools' dates ask for: end the licenses of pools past their grace days, and give "
        "the seats of pools that have opened to whoever waits. Run it daily; twice does no harm."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        actor = Actor.system("expire_licenses")
        expired = expire_licenses(actor=actor)
        served = serve_all_queues(actor=actor)
        ended = ngettext("%(count)d license expired", "%(count)d licenses expired", expired)
        given = ngettext(
            "%(count)d person in line got a seat", "%(count)d people in line got a seat", served
        )
        self.report(
            f"{ended % {'count': expired}}, {given % {'count': served}}.",
            expired=expired,
            served=served,
        )
