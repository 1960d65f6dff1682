from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from accounts.management.base import (
    PortalCommand,
    add_password_argument,
    add_person_arguments,
    named_person,
    read_password,
)
from accounts.services import end_sessions, set_password
from audit.actors import Actor


class Command(PortalCommand):
    help = "Give a person another password, and sign them out everywhere."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_person_arguments(parser)
        add_password_argument(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        user = named_person(options)
        password = read_password(options)
        if password is None:
            raise CommandError("Name the password on standard input: --password-stdin")
        actor = Actor.system("set_password")
        set_password(user=user, password=password, actor=actor)
        ended = end_sessions(user=user, actor=actor)
        self.report(
            f"{user.user_name} has a new password. Sessions ended: {ended}.",
            id=user.pk,
            organization=options["organization"],
            user_name=user.user_name,
            sessions_ended=ended,
        )
