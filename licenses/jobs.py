"""What licenses do by themselves."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext_lazy as _
from django_tasks import task

from audit.actors import Actor
from jobs.each import each
from jobs.schedules import every
from licenses import services


@every(timedelta(hours=1), label=_("End licenses past their grace days, serve who waits"))
@task()
def expire_licenses() -> dict[str, int]:
    actor = Actor.system("expire_licenses")
    expired, served = each(
        (services.expire_licenses, services.serve_all_queues), lambda do: do(actor=actor)
    )
    return {"expired": expired, "served": served}
