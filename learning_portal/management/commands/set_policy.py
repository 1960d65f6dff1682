from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.db import transaction

from accounts.management.base import PortalCommand, organization
from accounts.models import BindingPolicy
from accounts.services import set_policies
from audit.actors import Actor
from provisioning.models import ScimConfiguration
from provisioning.services import configure_directory

ON_OFF = {"on": True, "off": False}


def on_off(value: bool) -> str:
    return "on" if value else "off"


class Command(PortalCommand):
    help = "Change an organization's policies. Without options: show them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("organization", help="The organization's short name.")
        parser.add_argument(
            "--auto-assign", choices=ON_OFF, help="A license at the first single sign-on."
        )
        parser.add_argument(
            "--binding",
            choices=BindingPolicy.values,
            help="Whether learners must, may or may not connect their LinkedIn profile.",
        )
        parser.add_argument(
            "--grace-days",
            type=int,
            help="Days that people without a profile have once it is required: 0 to 90.",
        )
        parser.add_argument(
            "--jit", choices=ON_OFF, help="Single sign-on creates people it doesn't know."
        )
        parser.add_argument(
            "--scim-brake", choices=ON_OFF, help="Pause a directory that removes very many people."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        customer = organization(options["organization"])
        wanted: dict[str, Any] = {}
        if options["auto_assign"] is not None:
            wanted["auto_assign"] = ON_OFF[options["auto_assign"]]
        if options["binding"] is not None:
            wanted["binding_policy"] = options["binding"]
        if options["grace_days"] is not None:
            wanted["binding_grace_days"] = options["grace_days"]
        if options["jit"] is not None:
            wanted["jit_enabled"] = ON_OFF[options["jit"]]
        actor = Actor.system("set_policy")
        with transaction.atomic():
            changed = set_policies(organization=customer, changes=wanted, actor=actor)
            if options["scim_brake"] is not None:
                changed |= configure_directory(
                    organization=customer,
                    changes={"brake_is_on": ON_OFF[options["scim_brake"]]},
                    actor=actor,
                )
        # What holds before the first token: the configuration's own defaults.
        directory = ScimConfiguration.objects.filter(pk=customer.pk).first() or ScimConfiguration()
        self.report(
            f"{customer.slug}: automatic licenses {on_off(customer.auto_assign)}, "
            f"LinkedIn profile {customer.binding_policy}, "
            f"{customer.binding_grace_days} days to connect it, "
            f"people created at sign-in {on_off(customer.jit_enabled)}, "
            f"directory brake {on_off(directory.brake_is_on)}.",
            id=customer.pk,
            slug=customer.slug,
            auto_assign=customer.auto_assign,
            binding=str(customer.binding_policy),
            grace_days=customer.binding_grace_days,
            jit=customer.jit_enabled,
            scim_brake=directory.brake_is_on,
            changed=sorted(changed),
        )
