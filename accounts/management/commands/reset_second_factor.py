from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from accounts.management.base import PortalCommand, add_person_arguments, named_person
from accounts.services import reset_second_factor
from audit.actors import Actor


class Command(PortalCommand):
    help = "Take a person's authenticator app, recovery codes and passkeys away."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_person_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        user = named_person(options)
        was_there = reset_second_factor(user=user, actor=Actor.system("reset_second_factor"))
        self.report(
            f"{user.user_name}'s second factor is reset."
            if was_there
            else f"{user.user_name} has no second factor.",
            id=user.pk,
            organization=options["organization"],
            user_name=user.user_name,
            changed=was_there,
        )
