"""The attributes of an assertion, under the names it gives them."""

from typing import Any

from sso.saml import names

_NIL = f"{{{names.XSI}}}nil"


def read_attributes(assertion: Any) -> dict[str, tuple[str, ...]]:
    """Every attribute of pysaml2's assertion, whatever its NameFormat or lack of one.

    A name that comes in several Attribute elements (Keycloak's roles) is one attribute.
    Values lose the blanks around them; nil and empty ones are left out, so an attribute
    that came without a value is there with none.
    """
    found: dict[str, tuple[str, ...]] = {}
    for statement in assertion.attribute_statement or []:
        for attribute in statement.attribute or []:
            values = (_value(value) for value in attribute.attribute_value or [])
            found[attribute.name] = found.get(attribute.name, ()) + tuple(
                value for value in values if value
            )
    return found


def _value(value: Any) -> str:
    """Text, or the text of what is inside (a NameID, in eduPersonTargetedID)."""
    if value.extension_attributes.get(_NIL) in ("true", "1"):
        return ""
    inner = "".join(_all_text(element) for element in value.extension_elements or [])
    return ((value.text or "") + inner).strip()


def _all_text(element: Any) -> str:
    return (element.text or "") + "".join(_all_text(child) for child in element.children)
