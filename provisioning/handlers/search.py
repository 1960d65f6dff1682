"""/.search, and queries at the root, which reach all resources (RFC 7644, 3.4.2.1 and 3.4.3)."""

from __future__ import annotations

from dataclasses import replace

from provisioning.calls import Answer, Call
from provisioning.handlers import groups, users
from provisioning.paging import Query


def search_users(call: Call) -> Answer:
    return users.list_users(_asked(call))


def search_groups(call: Call) -> Answer:
    return groups.list_groups(_asked(call))


def search_everything(call: Call) -> Answer:
    return query_everything(_asked(call))


def query_everything(call: Call) -> Answer:
    raise NotImplementedError


def _asked(call: Call) -> Call:
    """The call with the query that its body spells out."""
    return replace(call, query=Query.from_body(call.body), body=None)
