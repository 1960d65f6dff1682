"""What the portal and the sandbox know of each other: keys, addresses, tokens.

All of it may have changed since the last time: another port, a deleted folder.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings

from accounts.models import Organization
from audit.actors import Actor
from provisioning.addresses import base_url
from provisioning.models import ScimToken
from provisioning.services import create_token
from provisioning.services.tokens import digest_of
from sandbox.people import IdentityProvider
from sandbox.places import (
    ScimAccess,
    ServiceProvider,
    entity_id,
    give_scim_tokens,
    metadata_url,
    register_service_providers,
    scim_tokens,
    sign_on_url,
    sign_out_url,
)
from sandbox.roll_over import own_metadata, published
from sandbox.seed.customers import CUSTOMERS
from sso.models import SamlConnection
from sso.services import change_connection, import_metadata


def connect_directories() -> None:
    """See that each company's directory has a token that the portal takes, at today's address."""
    known = scim_tokens()
    tokens = {}
    for customer in CUSTOMERS:
        provider = customer.provider
        text = known[provider.slug].text if provider.slug in known else ""
        if not ScimToken.objects.live().filter(digest=digest_of(text)).exists():
            made = create_token(
                organization=Organization.objects.get(slug=provider.slug),
                name=provider.product,
                actor=Actor.system("seed_demo"),
            )
            text = made.text
        tokens[provider.slug] = ScimAccess(base_url(), text)
    give_scim_tokens(tokens)


def trust_each_other() -> None:
    """Tell the portal what the sandbox's identity providers are today, and them what it is."""
    services = []
    for customer in CUSTOMERS:
        provider = customer.provider
        connection = SamlConnection.objects.get(
            organization__slug=provider.slug, name=provider.product
        )
        trust(connection, provider)
        services.append(
            ServiceProvider(
                entity_id=connection.entity_id,
                provider=provider.slug,
                name="the learning portal",
                acs_url=connection.acs_url,
                login_url=connection.login_url,
                certificate_pem=connection.sp_certificate,
            )
        )
    register_service_providers(services)


def trust(connection: SamlConnection, provider: IdentityProvider) -> None:
    certificates = {each.certificate_pem for each in published(provider.slug)}
    is_known = (
        connection.idp_entity_id == entity_id(provider.slug)
        and set(connection.certificates) == certificates
        and connection.idp_sso_redirect_url == sign_on_url(provider.slug)
        and connection.idp_slo_redirect_url == sign_out_url(provider.slug)
    )
    if not is_known:
        import_metadata(
            connection=connection,
            xml=own_metadata(provider.slug),
            actor=Actor.system("seed_demo"),
        )
    if urlsplit(metadata_url(provider.slug)).hostname in settings.METADATA_ALLOWED_HOSTS:
        change_connection(
            connection=connection,
            changes={"idp_metadata_url": metadata_url(provider.slug)},
            actor=Actor.system("seed_demo"),
        )
