"""The pages that set a connection up, as a browser asks for them and sends them."""

from __future__ import annotations

from sandbox.saml_messages import idp_metadata
from sso.models import SamlConnection
from tests.sso.conftest import signing_identity

IDP = "https://idp.acme.example"


def step(connection: SamlConnection, name: str) -> str:
    return f"/console/sso/samlconnection/{connection.pk}/setup/{name}/"


def metadata(entity_id: str = IDP) -> bytes:
    return idp_metadata(signing_identity(entity_id), sso_url=f"{entity_id}/sso")


def carried(response) -> dict[str, str]:
    """What the page that shows what was read would send."""
    form = response.context["form"]
    sent = {field.name: field.value() for field in form}
    return {name: value for name, value in sent.items() if value} | {"_use": "1"}


def options(page, **changes) -> dict[str, str]:
    """The options as the page shows them, hidden first values included, but for `changes`."""
    form = page.context["options"]
    sent = {}
    for field in form:
        value = field.value()
        for name in (field.html_name, field.html_initial_name):
            if value not in (None, False, ""):
                sent[name] = "on" if value is True else str(value)
    return {k: v for k, v in (sent | changes).items() if v is not None} | {"_options": "1"}


def change_form(**changes: str) -> dict[str, str]:
    """What the connection's own page sends when nothing was touched but `changes`."""
    return {
        "name": "Okta",
        "preset": "okta",
        "request_binding": "redirect",
        "sign_requests": "on",
        "include_acs_url": "on",
        "clock_skew_seconds": "60",
        "attribute_map": "{}",
    } | changes
