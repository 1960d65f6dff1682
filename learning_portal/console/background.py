"""*Background work*: what runs beside requests, when it ran last, and what came of it.

Platform staff's: a job serves every organization.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from accounts.console_pages import person_at
from accounts.models import User
from accounts.templatetags.portal import status_badge
from jobs.errors import FailedInPart, JobCancelled
from jobs.models import Progress, Schedule
from jobs.schedules import scheduled_job
from jobs.services import living_workers, request_cancel

_BADGES = {
    TaskResultStatus.READY: ("info", "clock"),
    TaskResultStatus.RUNNING: ("info", "sync"),
    TaskResultStatus.SUCCESSFUL: ("ok", "check-circle"),
    TaskResultStatus.FAILED: ("bad", "x-circle"),
}
_CANCELLED = f"{JobCancelled.__module__}.{JobCancelled.__qualname__}"
_IN_PART = f"{FailedInPart.__module__}.{FailedInPart.__qualname__}"


@dataclass(frozen=True, slots=True)
class Line:
    """One scheduled job, with the run that says most about it: the last one."""

    label: str
    every: str
    next_at: datetime
    last: DBTaskResult[Any, Any] | None
    progress: Progress | None

    @property
    def badge(self) -> SafeString:
        if self.last is None:
            return status_badge("", "none", _("Never ran"))
        status = TaskResultStatus(self.last.status)
        if self.last.exception_class_path == _CANCELLED:
            return status_badge("warn", "pause", _("Stopped"))
        if self.last.exception_class_path == _IN_PART:
            return status_badge("warn", "warn", _("Failed in part"))
        kind, icon = _BADGES[status]
        words = {
            TaskResultStatus.READY: _("Waits"),
            TaskResultStatus.RUNNING: _("Runs"),
            TaskResultStatus.SUCCESSFUL: _("Done"),
            TaskResultStatus.FAILED: _("Failed"),
        }
        return status_badge(kind, icon, words[status])

    @property
    def took(self) -> str:
        if self.last is None or self.last.finished_at is None or self.last.started_at is None:
            return ""
        lasted = cast("timedelta", self.last.finished_at - self.last.started_at)
        return f"{lasted.total_seconds():.1f} s"

    @property
    def failure(self) -> str:
        """What kind of error ended it; the log has the rest."""
        if self.last is None or self.last.status != TaskResultStatus.FAILED:
            return ""
        return str(self.last.exception_class_path.rpartition(".")[2])

    @property
    def may_stop(self) -> bool:
        return (
            self.last is not None
            and self.last.status == TaskResultStatus.RUNNING
            and self.progress is not None
            and self.progress.cancel_requested_at is None
        )


def may_look(user: User) -> bool:
    return user.organization_id is None and user.is_active and user.is_staff


def page(request: HttpRequest) -> HttpResponse:
    """The schedule; with POST, a running job is asked to stop."""
    if not may_look(person_at(request)):
        raise PermissionDenied
    if request.method == "POST":
        return _stop(request)
    now = timezone.now()
    return TemplateResponse(
        request,
        "learning_portal/console/background.html",
        {
            **admin.site.each_context(request),
            "title": _("Background work"),
            "workers": len(living_workers(now)),
            "lines": _lines(),
        },
    )


def _stop(request: HttpRequest) -> HttpResponse:
    try:
        task_id = UUID(request.POST.get("task", ""))
    except ValueError:
        task_id = None
    if task_id is not None and request_cancel(task_id=task_id):
        said = _("It stops after the step it is at. What is done stays done.")
        messages.success(request, said)
    else:
        messages.warning(request, _("It has ended in the meantime."))
    return redirect("admin:background")


def _lines() -> list[Line]:
    rows = list(Schedule.objects.all())
    tasks = [row.last_task_id for row in rows if row.last_task_id]
    results = DBTaskResult.objects.in_bulk(tasks)
    progress = Progress.objects.in_bulk(tasks)
    lines = []
    for row in rows:
        job = scheduled_job(row.name)
        if job is None:
            continue
        lines.append(
            Line(
                label=str(job.label),
                every=_every(job.interval),
                next_at=row.next_at,
                last=results.get(row.last_task_id),
                progress=progress.get(row.last_task_id),
            )
        )
    return lines


def _every(interval: timedelta) -> str:
    minutes = int(interval.total_seconds() // 60)
    if minutes % (24 * 60) == 0:
        days = minutes // (24 * 60)
        return ngettext("every day", "every %(days)d days", days) % {"days": days}
    if minutes % 60 == 0:
        hours = minutes // 60
        return ngettext("every hour", "every %(hours)d hours", hours) % {"hours": hours}
    return ngettext("every minute", "every %(minutes)d minutes", minutes) % {"minutes": minutes}
