from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from accounts.management.base import PortalCommand
from jobs.worker import work


class Command(PortalCommand):
    help = "Do what runs beside requests: scheduled jobs and those that somebody started."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--once", action="store_true", help="Do what is due and waits, then end."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        work(is_once=options["once"])
        self.report("The worker has ended.", ended=True)
