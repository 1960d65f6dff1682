"""What accounts do by themselves."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext_lazy as _
from django_tasks import task

from accounts import retention
from jobs.schedules import every


@every(timedelta(days=1), label=_("Drop sessions that have ended"))
@task()
def forget_sessions() -> int:
    return retention.forget_sessions()
