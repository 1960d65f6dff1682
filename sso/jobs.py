"""What single sign-on does by itself."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext_lazy as _
from django_tasks import task

from jobs.schedules import every
from sso import retention


@every(timedelta(hours=1), label=_("Drop used-up requests, and sign-ins after 90 days"))
@task()
def forget_expired() -> dict[str, int]:
    return retention.forget_expired()
