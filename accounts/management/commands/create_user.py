from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from accounts.management.base import (
    PortalCommand,
    add_password_argument,
    organization,
    read_password,
)
from accounts.models import User
from accounts.roles import ORGANIZATION_ROLES, Role
from accounts.services import create_user
from audit.actors import Actor


class Command(PortalCommand):
    help = "Add a person to an organization."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("organization", help="The organization's short name.")
        parser.add_argument("user_name", help="Unique within the organization.")
        parser.add_argument("--email", required=True, help="Where mail reaches the person.")
        parser.add_argument("--first-name", default="", help="The person's first name.")
        parser.add_argument("--last-name", default="", help="The person's last name.")
        parser.add_argument(
            "--role",
            choices=[role.value for role in ORGANIZATION_ROLES],
            default=Role.LEARNER.value,
            help="What the person may do (default: learner).",
        )
        add_password_argument(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        user = create_user(
            organization=organization(options["organization"]),
            user_name=options["user_name"],
            email=options["email"],
            first_name=options["first_name"],
            last_name=options["last_name"],
            role=Role(options["role"]),
            password=read_password(options),
            source=User.Source.COMMAND,
            actor=Actor.system("create_user"),
        )
        self.report(
            f"Added {user.user_name} to {options['organization']} ({Role(user.role).label}).",
            id=user.pk,
            organization=options["organization"],
            user_name=user.user_name,
            email=user.email,
            role=user.role,
        )
