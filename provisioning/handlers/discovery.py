"""/ServiceProviderConfig, /ResourceTypes and /Schemas (RFC 7644, section 4)."""

from __future__ import annotations

from provisioning import discovery
from provisioning.addresses import base_url
from provisioning.calls import Answer, Call


def service_provider_config(call: Call) -> Answer:
    _refuse_filter(call)
    return Answer(body=discovery.service_provider_config(base_url()))


def resource_types(call: Call) -> Answer:
    if call.id:
        return Answer(body=discovery.resource_type(call.id, base_url()))
    _refuse_filter(call)
    return Answer(body=discovery.resource_types(base_url()))


def schemas(call: Call) -> Answer:
    if call.id:
        return Answer(body=discovery.schema(call.id, base_url()))
    _refuse_filter(call)
    return Answer(body=discovery.schemas(base_url()))


def _refuse_filter(call: Call) -> None:
    if call.query.filter is not None:
        discovery.refuse_filter({"filter": call.query.filter})
