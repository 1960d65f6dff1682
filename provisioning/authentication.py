"""Which organization a directory speaks for. The token decides, and nothing in the message."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone

from accounts.models import Organization
from audit.actors import Actor
from database.compiled import Blank, CompiledQuery
from provisioning.errors import Forbidden, ScimError, TokenEnded, Unauthorized
from provisioning.models import ScimConfiguration, ScimToken
from provisioning.services.tokens import digest_of


def _token_by(field: str) -> CompiledQuery[ScimToken]:
    return CompiledQuery(
        lambda: ScimToken.objects.filter(**{field: Blank("value")}).select_related(
            "organization__scim_configuration"
        )
    )


_OPENS_NOTHING = "This token is unknown, expired or revoked. Make a new one under Directory sync."

_BY_DIGEST = _token_by("digest")
_BY_ID = _token_by("pk")


@dataclass(frozen=True, slots=True)
class Directory:
    """The directory that speaks: whose it is, how it is to be treated, and with which token."""

    organization: Organization
    configuration: ScimConfiguration
    token_id: UUID
    actor: Actor


def authenticate(request: HttpRequest) -> Directory:
    """The directory whose bearer token a request carries (RFC 6750, section 2.1). One statement.

    It starts no session and opens nothing but SCIM. Raises `Unauthorized`, with one text for
    unknown, expired and revoked tokens alike (of these two it is a `TokenEnded`), and `Forbidden`
    for a suspended organization.
    """
    scheme, _space, text = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme.lower() != "bearer" or not text.strip():
        raise Unauthorized("Send a token: Authorization: Bearer …", has_token=False)
    if text.split(maxsplit=1)[0].lower() == "bearer":
        raise Unauthorized("“Bearer” stands there twice: enter the token alone.")
    return _speaking(_BY_DIGEST.first(value=digest_of(text.strip())))


def as_it_is_now(directory: Directory) -> Directory:
    """The directory again, for a request that takes long: meanwhile its token may be revoked, its
    organization suspended, or the brake pulled. One statement; raises as `authenticate` does."""
    return _speaking(_BY_ID.first(value=directory.token_id))


def _speaking(token: ScimToken | None) -> Directory:
    if token is None:
        raise Unauthorized(_OPENS_NOTHING)
    if not token.is_live(timezone.now()):
        raise TokenEnded(_OPENS_NOTHING, token=token)
    organization = token.organization
    if not organization.is_active:
        raise Forbidden("This organization is suspended.")
    return Directory(
        organization=organization,
        # It comes to be with the first token.
        configuration=organization.scim_configuration,
        token_id=token.pk,
        actor=Actor.directory(str(token.pk), token.name),
    )


def is_known(request: HttpRequest) -> bool:
    """Whether `authenticate` would answer. One statement, where there is a token at all."""
    try:
        authenticate(request)
    except ScimError:
        return False
    return True
