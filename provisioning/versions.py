"""Versions of resources, for ETag, If-Match and If-None-Match (RFC 7644, section 3.14)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from provisioning.errors import PreconditionFailed

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def version_of(updated_at: datetime) -> str:
    """The weak entity tag of a resource that last changed then. Changes are serialized by a lock
    on the resource, so no two of them fall into one microsecond."""
    return f'W/"{(updated_at - _EPOCH) // timedelta(microseconds=1):x}"'


def names(header: str, version: str) -> bool:
    """Whether entity tags, or `*`, name this version; compared weakly (RFC 9110, 8.8.3.2)."""
    tags = {tag.strip().removeprefix("W/") for tag in header.split(",")}
    return "*" in tags or version.removeprefix("W/") in tags


def require(if_match: str, version: str) -> None:
    """Raises `PreconditionFailed` where an `If-Match` header is given and names other versions."""
    if if_match and not names(if_match, version):
        raise PreconditionFailed(f"The resource has changed meanwhile: its version is {version}.")
