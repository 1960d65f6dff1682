"""Entity tags in answers and conditions (RFC 7644, section 3.14)."""

from __future__ import annotations

from provisioning.calls import Call
from provisioning.versions import names


def etag(version: str) -> dict[str, str]:
    return {"ETag": version}


def not_modified(call: Call, version: str) -> bool:
    """Whether the directory has this version already and wants only a newer one."""
    return bool(call.if_none_match) and names(call.if_none_match, version)
