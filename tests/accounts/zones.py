"""A DNS of the test's own, and the worker that asks it."""

from __future__ import annotations

from dataclasses import dataclass, field

from django_tasks_db.models import DBTaskResult

from accounts import jobs
from accounts.dns import DnsAnswer
from accounts.models import DnsOutcome


@dataclass
class Zone:
    """TXT records by name; `is_down` answers nobody."""

    records: dict[str, list[str]] = field(default_factory=dict)
    is_down: bool = False
    asked: list[str] = field(default_factory=list)

    def look_up(self, name: str, *, wanted: str) -> DnsAnswer:
        self.asked.append(name)
        if self.is_down:
            return DnsAnswer(DnsOutcome.UNREACHABLE)
        if name not in self.records:
            return DnsAnswer(DnsOutcome.NO_DOMAIN)
        found = tuple(self.records[name])
        return DnsAnswer(DnsOutcome.SEEN if wanted in found else DnsOutcome.OTHERS, found)

    def work(self) -> int:
        """Do what was enqueued, as a worker would; answers how much there was."""
        waiting = DBTaskResult.objects.ready().filter(task_path=jobs.check_domain.module_path)
        rows = list(waiting)
        for row in rows:
            jobs.check_domain.func(*row.args_kwargs["args"])
            row.delete()
        return len(rows)
