"""What every command of the portal has in common: it can be read by people and by scripts."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.errors import AccountsError
from accounts.models import Organization, User
from audit.context import RequestContext, new_request_id, request_context
from jobs.errors import FailedInPart


class PortalCommand(BaseCommand):
    """Prints one readable line, or with `--json` one JSON object, and nothing else on stdout.

    A service's no (`refusals`) becomes a readable line on stderr and exit code 1, in both modes.
    """

    refusals: tuple[type[Exception], ...] = (AccountsError,)

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.add_argument(
            "--json", action="store_true", help="Print one JSON object instead of a line of text."
        )
        return parser

    def execute(self, *args: Any, **options: Any) -> str | None:
        self._is_json: bool = options.get("json", False)
        context = RequestContext(request_id=new_request_id(), source="command")
        with request_context(context):
            try:
                return super().execute(*args, **options)
            except self.refusals as error:
                raise CommandError(str(error)) from error
            except FailedInPart as error:
                raise CommandError(f"{error}. The log says why.") from error

    def report(self, line: str, **fields: Any) -> None:
        self.stdout.write(json.dumps(fields, default=str) if self._is_json else line)


def organization(slug: str) -> Organization:
    """The organization a command line names."""
    found = Organization.objects.filter(slug=slug).first()
    if found is None:
        raise CommandError(f"There is no organization called {slug}.")
    return found


def add_person_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("user_name", help="The person's user name.")
    parser.add_argument(
        "--organization", help="The organization's short name. Without it: platform staff."
    )


def named_person(options: dict[str, Any]) -> User:
    """Whom `add_person_arguments` name."""
    slug = options["organization"]
    customer = organization(slug) if slug else None
    people = User.objects.get_queryset().filter(organization=customer)
    user = people.named(options["user_name"]).select_related("organization").first()
    if user is None:
        place = slug or "platform staff"
        raise CommandError(f"Nobody in {place} is called {options['user_name']}.")
    return user


def add_password_argument(parser: ArgumentParser) -> None:
    # Never as an argument: a command line can be read by everybody on the machine.
    parser.add_argument(
        "--password-stdin",
        action="store_true",
        help="Read the password from the first line of standard input. "
        "Without it, the account has none.",
    )


def read_password(options: dict[str, Any]) -> str | None:
    """The password on standard input, if one was announced."""
    if not options["password_stdin"]:
        return None
    password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise CommandError("There was no password on standard input.")
    return password
