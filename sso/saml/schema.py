"""The SAML schemas, compiled once.

pysaml2 brings the schemas and checks a signed element against them in pure Python, after
writing it out as text again. libxml2 does the same check on the tree that came off the
wire, in a fiftieth of the time and without a second reading that could differ.
"""

import re
import threading
from collections.abc import Iterable
from importlib.resources import files
from typing import Any, cast

from lxml import etree
from saml2.data import schemas

from sso.saml import names

PROTOCOL = "saml-schema-protocol-2.0.xsd"
METADATA = "saml-schema-metadata-2.0.xsd"

# What the schemas of signatures and encryption allow by name in one place or another, and what
# they would call unknown if nobody declared it: masks of RSA-OAEP, prefixes of canonicalization.
_PREFIXES = "exc-c14n.xsd"
_PREFIXES_SCHEMA = f"""
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="{names.EXC_C14N}">
  <xs:element name="InclusiveNamespaces">
    <xs:complexType><xs:attribute name="PrefixList" type="xs:string"/></xs:complexType>
  </xs:element>
</xs:schema>"""
_NAMESPACES = {PROTOCOL: names.SAMLP, METADATA: names.METADATA}
# A type that a value claims, and whether its text is of that type. Values are read as text, so
# neither decides anything; products claim types of their own, or none that they declare.
_OF_NO_CONSEQUENCE = ("SCHEMAV_CVC_ELT_4_2", "SCHEMAV_CVC_DATATYPE_VALID_1_2_1")

_ELEMENT_IN_MESSAGE = re.compile(r"^Element '\{[^}]*\}([\w.-]{1,60})'")


def _fault(error: Any) -> str | None:
    match = _ELEMENT_IN_MESSAGE.match(error.message)
    element = match[1] if match else "?"
    if element == "AttributeValue" and error.type_name in _OF_NO_CONSEQUENCE:
        return None
    return element


def _compile(name: str) -> etree.XMLSchema:
    parser = etree.XMLParser(no_network=True, resolve_entities=False, load_dtd=False)
    parser.resolvers.add(_Bundled())
    imports = (
        (_NAMESPACES[name], name),
        (names.XENC11, "xenc-schema-11.xsd"),
        (names.EXC_C14N, _PREFIXES),
    )
    whole = "".join(
        f'<xs:import namespace="{namespace}" schemaLocation="{location}"/>'
        for namespace, location in imports
    )
    return etree.XMLSchema(
        etree.fromstring(
            f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">{whole}</xs:schema>',
            parser,
            base_url="whole.xsd",
        )
    )


class _Bundled(etree.Resolver):
    """Answers every import with pysaml2's own copy, whatever address the schema gives."""

    def resolve(self, system_url: str, public_id: str, context: Any = None) -> Any:
        name = system_url.rpartition("/")[2]
        if name == _PREFIXES:
            return self.resolve_string(_PREFIXES_SCHEMA, context, base_url=name)
        schema = files(schemas).joinpath(name).read_bytes()
        return self.resolve_string(schema, context, base_url=name)


# While it compiles, libxml2 asks a loader of the whole process for the imports, and lxml sets
# another with every document it parses in any thread. So both are compiled while this module is
# imported, and `reading`, which every parse goes through, imports it.
_COMPILED = {name: _compile(name) for name in _NAMESPACES}
# A schema object keeps the errors of its last run. A check takes less than a millisecond.
_checking = threading.Lock()


def schema_fault(root: etree._Element, name: str) -> str | None:
    """None if the whole document obeys the schema, else the first element that doesn't.

    The type of an AttributeValue is not looked at. `root` has to be the document's root. Only
    the element's name is given away, never its value.
    """
    schema = _COMPILED[name]
    with _checking:
        if schema.validate(root.getroottree()):
            return None
        faults = [_fault(error) for error in cast("Iterable[Any]", schema.error_log)]
    # An empty log would be a fault without a name.
    return next(filter(None, faults), None if faults else "?")
