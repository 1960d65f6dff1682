from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from accounts.management.base import PortalCommand, add_password_argument, read_password
from accounts.models import User
from accounts.services import create_user
from audit.actors import Actor


class Command(PortalCommand):
    help = "Add a member of platform staff, who sees every organization."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user_name", help="Unique among platform staff.")
        parser.add_argument("--email", required=True, help="Where mail reaches the person.")
        add_password_argument(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        user = create_user(
            organization=None,
            user_name=options["user_name"],
            email=options["email"],
            password=read_password(options),
            source=User.Source.COMMAND,
            actor=Actor.system("create_staff"),
        )
        self.report(
            f"Added {user.user_name} to platform staff.",
            id=user.pk,
            organization=None,
            user_name=user.user_name,
            email=user.email,
            role=user.role,
        )
