"""What background work itself has to do in the background."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext_lazy as _
from django_tasks import task

from jobs import services
from jobs.schedules import every


@every(timedelta(days=1), label=_("Drop results of background work after 30 days"))
@task()
def forget_finished() -> int:
    return services.forget_finished()
