from __future__ import annotations

from argparse import ArgumentParser
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    """Stands before Django's, which would ask for an id and leave nothing in the record."""

    help = "Use create_staff instead."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--noinput", "--no-input", action="store_true", help="Has no effect.")

    def handle(self, *args: Any, **options: Any) -> NoReturn:
        raise CommandError(
            "Superusers are platform staff here. Add one with: "
            "manage.py create_staff USER_NAME --email E --password-stdin"
        )
