"""What can be done where. Requests come here by address, Bulk operations by their path."""

from __future__ import annotations

from provisioning.calls import Handler, Method, Methods
from provisioning.handlers import discovery, groups, search, users
from provisioning.limits import GROUP_MAX_BYTES
from provisioning.models import Operation
from provisioning.paging import Query
from provisioning.schema import GROUP, USER, ResourceType

USERS: Methods = {
    "GET": Method(Operation.LIST, users.list_users),
    "POST": Method(Operation.CREATE, users.create_user, takes_body=True),
}
ONE_USER: Methods = {
    "GET": Method(Operation.READ, users.read_user),
    "PUT": Method(Operation.REPLACE, users.replace_user, takes_body=True),
    "PATCH": Method(Operation.MODIFY, users.modify_user, takes_body=True),
    "DELETE": Method(Operation.DELETE, users.delete_user),
}
GROUPS: Methods = {
    "GET": Method(Operation.LIST, groups.list_groups),
    "POST": Method(
        Operation.CREATE, groups.create_group, takes_body=True, max_bytes=GROUP_MAX_BYTES
    ),
}
ONE_GROUP: Methods = {
    "GET": Method(Operation.READ, groups.read_group),
    "PUT": Method(
        Operation.REPLACE, groups.replace_group, takes_body=True, max_bytes=GROUP_MAX_BYTES
    ),
    "PATCH": Method(
        Operation.MODIFY, groups.modify_group, takes_body=True, max_bytes=GROUP_MAX_BYTES
    ),
    "DELETE": Method(Operation.DELETE, groups.delete_group),
}
ROOT: Methods = {"GET": Method(Operation.LIST, search.query_everything)}

# By resource type: the collection, and one of it.
OF_RESOURCE: dict[ResourceType, tuple[Methods, Methods]] = {
    USER: (USERS, ONE_USER),
    GROUP: (GROUPS, ONE_GROUP),
}


def _search(handle: Handler) -> Methods:
    return {"POST": Method(Operation.LIST, handle, takes_body=True)}


def _discovery(handle: Handler) -> Methods:
    return {"GET": Method(Operation.DISCOVER, handle, read_query=Query.filter_alone)}


SEARCH_USERS = _search(search.search_users)
SEARCH_GROUPS = _search(search.search_groups)
SEARCH_EVERYTHING = _search(search.search_everything)

SERVICE_PROVIDER_CONFIG = _discovery(discovery.service_provider_config)
RESOURCE_TYPES = _discovery(discovery.resource_types)
SCHEMAS = _discovery(discovery.schemas)
