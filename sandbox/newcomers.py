"""Connections that an administrator of the demo makes: nobody registers them here by hand.

An identity provider may read what a service says of itself. Only the portal beside the sandbox is
asked, and only for what it publishes about one connection.
"""

from __future__ import annotations

import base64
import http.client
import re
import urllib.error
import urllib.request
from typing import Any

from cryptography import x509
from django.conf import settings
from lxml import etree

from accounts.checks import is_loopback
from sandbox.places import ServiceProvider
from sandbox.saml_messages import DS, HTTP_POST, MD

SECONDS = 3
MAX_BYTES = 64 * 1024
_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"


class MetadataUnreadable(Exception):
    """The portal was asked and the answer is of no use; the text says why."""


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *arguments: Any, **names: Any) -> None:
        return None


def is_connection_of_the_portal(entity_id: str) -> bool:
    """Whether this is the address of a connection's metadata at our own portal, to the letter."""
    portal: str = settings.PORTAL_BASE_URL
    address = rf"{re.escape(portal)}/sso/{_UUID}/metadata"
    return is_loopback(portal) and re.fullmatch(address, entity_id) is not None


def read_from_the_portal(entity_id: str, provider: str) -> ServiceProvider:
    if not is_connection_of_the_portal(entity_id):
        raise ValueError(f"{entity_id} is nothing to be read from the portal")
    try:
        root = etree.fromstring(
            _fetch(entity_id),
            etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False),
        )
    except etree.XMLSyntaxError as error:
        raise MetadataUnreadable("It is no XML.") from error
    if root.tag != f"{{{MD}}}EntityDescriptor" or root.get("entityID") != entity_id:
        raise MetadataUnreadable("It describes another service.")
    service = f"{{{MD}}}SPSSODescriptor"
    consumer = root.find(f"{service}/{{{MD}}}AssertionConsumerService[@Binding='{HTTP_POST}']")
    # The first is the one it signs with; another is there while its key rolls over.
    certificate = root.findtext(
        f"{service}/{{{MD}}}KeyDescriptor[@use='signing']//{{{DS}}}X509Certificate", ""
    )
    base = entity_id.removesuffix("metadata")
    acs_url = "" if consumer is None else consumer.get("Location", "")
    if not acs_url.startswith(base):
        raise MetadataUnreadable("It names no address below its own for the answer.")
    return ServiceProvider(
        entity_id=entity_id,
        provider=provider,
        name="the learning portal",
        acs_url=acs_url,
        login_url=f"{base}login",
        certificate_pem=_pem(certificate),
    )


def _fetch(url: str) -> bytes:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirects)
    try:
        with opener.open(url, timeout=SECONDS) as response:
            body: bytes = response.read(MAX_BYTES + 1)
    except urllib.error.HTTPError as error:
        raise MetadataUnreadable(f"The portal answered {error.code}.") from error
    except (OSError, http.client.HTTPException) as error:
        raise MetadataUnreadable("The portal didn’t answer.") from error
    if len(body) > MAX_BYTES:
        raise MetadataUnreadable("It is too large.")
    return body


def _pem(text: str) -> str:
    body = "".join(text.split())
    pem = f"-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n"
    try:
        x509.load_der_x509_certificate(base64.b64decode(body, validate=True))
    except ValueError as error:
        raise MetadataUnreadable("It carries no certificate to know its requests by.") from error
    return pem
