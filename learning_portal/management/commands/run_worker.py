from __future__ import annotations

from argparse import ArgumentParser
from contextlib import AbstractContextManager
from typing import Any
from uuid import UUID

from accounts.management.base import PortalCommand
from audit.context import RequestContext, request_context
from jobs.worker import work


class Command(PortalCommand):
    help = "Do what runs beside requests: scheduled jobs and those that somebody started."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--once", action="store_true", help="Do what is due and waits, then end."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        work(is_once=options["once"], around=_as_one_job)
        self.report("The worker has ended.", ended=True)


def _as_one_job(task_id: UUID) -> AbstractContextManager[object]:
    """A worker does jobs of many organizations for weeks: each has an id of its own in events and
    log lines, which is its task's."""
    return request_context(RequestContext(request_id=task_id.hex, source="worker"))
