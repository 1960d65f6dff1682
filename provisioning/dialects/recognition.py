"""Which directory speaks, by the shape of its words."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

# Flags that administrators put behind the address in Entra ID: learn.microsoft.com, "Known issues
# with System for Cross-Domain Identity Management (SCIM) 2.0 protocol compliance".
_FLAG_OPTSCIM = "aadoptscim062020"
_FLAG_LEGACY = "azureadscimpatch2017"
# "Okta SCIM Client 1.0.0"
_OKTA = "okta"


class Dialect(StrEnum):
    ENTRA = "entra"
    ENTRA_OPTSCIM = "entra_optscim"
    OKTA = "okta"
    OTHER = "other"

    @property
    def is_entra(self) -> bool:
        return self in {Dialect.ENTRA, Dialect.ENTRA_OPTSCIM}


def recognize(user_agent: str, body: Any, query_string: str) -> Dialect:
    """Whose words these are: for the log, and for `normalize_patch`. It opens nothing to anybody.

    `body` is what the JSON says, whatever that is; None where there is none.
    """
    query = query_string.lower()
    if _OKTA in user_agent.lower():
        return Dialect.OKTA
    if _FLAG_OPTSCIM in query:
        return Dialect.ENTRA_OPTSCIM
    if _FLAG_LEGACY in query:
        return Dialect.ENTRA
    fields = _lowered(body)
    operations = [_lowered(each) for each in _listed(fields, "operations")]
    if any(_is_capitalized(each.get("op")) for each in operations):
        return Dialect.ENTRA
    # Groups are created with a schema of Microsoft's own besides the standard one.
    if any("schemas.microsoft.com" in str(urn) for urn in _listed(fields, "schemas")):
        return Dialect.ENTRA
    if any(_has_paths(each.get("value")) for each in operations if each.get("path") is None):
        return Dialect.ENTRA_OPTSCIM
    return Dialect.OTHER


def _lowered(fields: Any) -> dict[str, Any]:
    """The fields of an object by their names in lower case; anything else has none."""
    return {name.lower(): part for name, part in fields.items()} if isinstance(fields, dict) else {}


def _listed(fields: dict[str, Any], name: str) -> list[Any]:
    value = fields.get(name)
    return value if isinstance(value, list) else []


def _is_capitalized(kind: Any) -> bool:
    return isinstance(kind, str) and kind[:1].isupper()


def _has_paths(value: Any) -> bool:
    """Whether an object of attributes names parts of them, which only a path should."""
    return isinstance(value, dict) and any("." in name.rpartition(":")[2] for name in value)
