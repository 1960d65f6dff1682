from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from accounts.management.base import (
    PortalCommand,
    add_password_argument,
    organization,
    read_password,
)
from accounts.models import User
from accounts.services import end_sessions, set_password
from audit.actors import Actor


class Command(PortalCommand):
    help = "Give a person another password, and sign them out everywhere."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user_name", help="The person's user name.")
        parser.add_argument(
            "--organization", help="The organization's short name. Without it: platform staff."
        )
        add_password_argument(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        slug = options["organization"]
        customer = organization(slug) if slug else None
        people = User.objects.get_queryset().filter(organization=customer)
        user = people.named(options["user_name"]).select_related("organization").first()
        if user is None:
            place = slug or "platform staff"
            raise CommandError(f"Nobody in {place} is called {options['user_name']}.")
        password = read_password(options)
        if password is None:
            raise CommandError("Name the password on standard input: --password-stdin")
        actor = Actor.system("set_password")
        set_password(user=user, password=password, actor=actor)
        ended = end_sessions(user=user, actor=actor)
        self.report(
            f"{user.user_name} has a new password. Sessions ended: {ended}.",
            id=user.pk,
            organization=slug,
            user_name=user.user_name,
            sessions_ended=ended,
        )
