"""What we ask an identity provider: a sign-in, by redirect or by form."""

import base64
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from saml2 import BINDING_HTTP_POST

from sso.saml import names
from sso.saml.client import InProcessClient, client_for
from sso.saml.values import Binding, SamlSettings


@dataclass(frozen=True)
class OutgoingRequest:
    """A request on its way: `id` is what the answer's InResponseTo has to be.

    With `fields` empty, redirect to `url`; otherwise post them there.
    """

    id: str
    url: str
    fields: Mapping[str, str]


def build_authn_request(
    settings: SamlSettings,
    *,
    binding: Binding = Binding.REDIRECT,
    relay_state: str = "",
    force_authn: bool = False,
) -> OutgoingRequest:
    """Ask for a sign-in, with as little in the request as every product accepts.

    The ID starts with a letter or `_`, there is no Subject, and neither
    RequestedAuthnContext nor a NameIDPolicy unless the connection names one: anything
    else breaks Entra or AD FS. Signed with RSA-SHA256 where the connection says so:
    the query string for a redirect (bindings, 3.4.4.1), the message for a form (3.5).

    Raises ValueError if the identity provider has no address for this binding.
    """
    idp = settings.idp
    url = idp.sso_redirect_url if binding is Binding.REDIRECT else idp.sso_post_url
    if not url:
        raise ValueError(f"The identity provider has no address for {binding.name}")
    client = client_for(settings)
    request_id = f"_{secrets.token_hex(20)}"
    context = settings.requested_authn_context
    signs_message = settings.sign_requests and binding is Binding.POST
    _, request = client.create_authn_request(
        url,
        binding=BINDING_HTTP_POST,  # how the answer comes back
        message_id=request_id,
        nameid_format=settings.name_id_format,
        allow_create="true",  # a first sign-in may need a new persistent NameID
        requested_authn_context={"authn_context_class_ref": [context]} if context else None,
        force_authn="true" if force_authn else None,
        sign=signs_message,
    )
    return outgoing(
        client,
        binding,
        "SAMLRequest",
        str(request),
        url,
        message_id=request_id,
        relay_state=relay_state,
        signs_query=settings.sign_requests,
    )


def outgoing(
    client: InProcessClient,
    binding: Binding,
    field: str,
    message: str,
    url: str,
    *,
    message_id: str,
    relay_state: str,
    signs_query: bool = True,
) -> OutgoingRequest:
    """A message as its binding carries it: in the query string (bindings, 3.4.4), else in a form
    (3.5). `field` is `SAMLRequest` or `SAMLResponse`."""
    if binding is Binding.REDIRECT:
        info = client.apply_binding(
            binding.value,
            message,
            url,
            relay_state,
            response=field == "SAMLResponse",
            sign=signs_query,
            sigalg=names.RSA_SHA256,
        )
        return OutgoingRequest(message_id, dict(info["headers"])["Location"], MappingProxyType({}))
    fields = {field: base64.b64encode(message.encode()).decode()}
    if relay_state:
        fields["RelayState"] = relay_state
    return OutgoingRequest(message_id, url, MappingProxyType(fields))
