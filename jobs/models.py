"""When scheduled jobs run next, who runs them, and how far they are.

What is to be done and what came of it is django-tasks-db's own table; these say what it can't.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q


class Schedule(models.Model):
    """A scheduled job's next time. Its row is what workers race for."""

    name = models.CharField(primary_key=True, max_length=100)
    next_at = models.DateTimeField()
    # The task that ran last, or runs, or waits to.
    last_task_id = models.UUIDField(null=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Worker(models.Model):
    """A worker process, alive for as long as it keeps saying so."""

    id = models.CharField(primary_key=True, max_length=64)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.id


class Progress(models.Model):
    """How far a running task is, and whether somebody asked it to stop."""

    task_id = models.UUIDField(primary_key=True)
    done = models.PositiveIntegerField(default=0)
    # Null where it can't be known beforehand.
    total = models.PositiveIntegerField(null=True)
    cancel_requested_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(total=None) | Q(done__lte=F("total")),
                name="jobs_no_more_done_than_there_is",
            )
        ]

    def __str__(self) -> str:
        return str(self.task_id)
