from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.db import transaction

from accounts.management.base import PortalCommand, organization
from audit.actors import Actor
from sso.errors import SsoError
from sso.models import Preset
from sso.saml import MetadataUnreadable
from sso.services import activate_connection, create_connection, import_metadata


class Command(PortalCommand):
    help = "Connect an organization to a SAML identity provider."
    refusals = (*PortalCommand.refusals, SsoError, MetadataUnreadable)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("organization", help="The organization's short name.")
        parser.add_argument("--name", required=True, help="What learners read, as in Okta.")
        parser.add_argument(
            "--preset", choices=Preset.values, default=Preset.GENERIC, help="Which product it is."
        )
        parser.add_argument(
            "--metadata", required=True, type=Path, help="The identity provider's metadata file."
        )
        parser.add_argument(
            "--idp-initiated",
            action="store_true",
            help="Also take sign-ins that start at the identity provider.",
        )
        parser.add_argument(
            "--activate",
            action="store_true",
            help="Let people sign in through it at once, without a test sign-in.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        actor = Actor.system("create_saml_connection")
        customer = organization(options["organization"])
        try:
            xml = options["metadata"].read_bytes()
        except OSError as error:
            raise CommandError(f"The metadata can't be read: {error.strerror}.") from error
        with transaction.atomic():  # a metadata file that can't be read leaves no draft behind
            connection = create_connection(
                organization=customer,
                name=options["name"],
                preset=options["preset"],
                idp_initiated=options["idp_initiated"],
                actor=actor,
            )
            import_metadata(connection=connection, xml=xml, actor=actor)
            if options["activate"]:
                activate_connection(
                    connection=connection, actor=actor, untested_because="activated by command"
                )
        self.report(
            f"{customer.name} is connected to {connection.name} ({connection.state}).\n"
            f"  Entity ID     {connection.entity_id}\n"
            f"  ACS URL       {connection.acs_url}\n"
            f"  Sign-in URL   {connection.login_url}\n"
            f"  Metadata URL  {connection.metadata_url}",
            id=connection.pk,
            entity_id=connection.entity_id,
            acs_url=connection.acs_url,
            login_url=connection.login_url,
            metadata_url=connection.metadata_url,
        )
