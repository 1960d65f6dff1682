from __future__ import annotations

from argparse import ArgumentParser
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    """Stands before Django's, which would look for an id and leave nothing in the record."""

    help = "Use set_password instead."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username", nargs="?", help="Has no effect.")

    def handle(self, *args: Any, **options: Any) -> NoReturn:
        raise CommandError(
            "Change a password with: "
            "manage.py set_password USER_NAME --organization ORG --password-stdin"
        )
