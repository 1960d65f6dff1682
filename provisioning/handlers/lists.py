"""Lists of resources (RFC 7644, section 3.4.2; RFC 9865 for cursors)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from django.db.models import Model
from django_scim.constants import SchemaURI

from provisioning.calls import Answer, Call
from provisioning.documents import Document
from provisioning.listing import Listing
from provisioning.paging import Page, page
from provisioning.projection import Projection, projection
from provisioning.schema import ResourceType

Row = TypeVar("Row", bound=Model)


def shown_of(call: Call, resource_type: ResourceType) -> Projection:
    """What of the resource the call wants to see."""
    return projection(call.query.attributes, call.query.excluded_attributes, resource_type)


def list_answer(
    call: Call,
    listing: Listing[Row],
    resource_type: ResourceType,
    represent: Callable[[Sequence[Row]], list[Document]],
) -> Answer:
    """The page of the listing that the call asks for; `represent` makes documents of its rows."""
    everything = listing.of(call.directory.organization.pk)
    owner = call.directory.token_id
    found = page(everything, query=call.query, resource_type=resource_type, owner=owner)
    return page_answer(call, found, resource_type, represent)


def page_answer(
    call: Call,
    found: Page[Row],
    resource_type: ResourceType,
    represent: Callable[[Sequence[Row]], list[Document]],
) -> Answer:
    shown = shown_of(call, resource_type)
    resources = [shown.apply(document) for document in represent(found.rows)]
    return Answer(body=list_response(found, resources))


def list_response(found: Page[Any], resources: list[Document]) -> Document:
    """The message around a page (RFC 7644, section 3.4.2). A cursor's page has no index."""
    body: Document = {
        "schemas": [SchemaURI.LIST_RESPONSE],
        "totalResults": found.total,
        "itemsPerPage": len(resources),
    }
    if found.start_index is not None:
        body["startIndex"] = found.start_index
    if found.next_cursor:
        body["nextCursor"] = found.next_cursor
    if found.previous_cursor:
        body["previousCursor"] = found.previous_cursor
    return body | {"Resources": resources}
