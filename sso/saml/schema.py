"""The SAML schemas, compiled once.

pysaml2 brings the schemas and checks a signed element against them in pure Python, after
writing it out as text again. libxml2 does the same check on the tree that came off the
wire, in a fiftieth of the time and without a second reading that could differ.
"""

import re
import threading
from collections import defaultdict
from collections.abc import Iterable
from importlib.resources import files
from typing import Any, cast

from lxml import etree
from saml2.data import schemas

PROTOCOL = "saml-schema-protocol-2.0.xsd"
METADATA = "saml-schema-metadata-2.0.xsd"

_ELEMENT_IN_MESSAGE = re.compile(r"^Element '\{[^}]*\}([\w.-]{1,60})'")


# A schema object keeps the errors of its last run, so no two threads may share one at a
# time. There are as many as there were threads at once; taking from a list is atomic.
_idle: defaultdict[str, list[etree.XMLSchema]] = defaultdict(list)
# lxml swaps a loader of the whole process while it compiles.
_compiling = threading.Lock()


def schema_fault(root: etree._Element, name: str) -> str | None:
    """None if the whole document obeys the schema, else the first element that doesn't.

    `root` has to be the document's root. Only the element's name is given away, never
    its value.
    """
    try:
        schema = _idle[name].pop()
    except IndexError:
        schema = _compile(name)
    try:
        if schema.validate(root.getroottree()):
            return None
        for error in cast("Iterable[Any]", schema.error_log):
            if match := _ELEMENT_IN_MESSAGE.match(error.message):
                return match[1]
        return "?"
    finally:
        _idle[name].append(schema)


def _compile(name: str) -> etree.XMLSchema:
    parser = etree.XMLParser(no_network=True, resolve_entities=False, load_dtd=False)
    parser.resolvers.add(_Bundled())
    with _compiling, files(schemas).joinpath(name).open("rb") as source:
        return etree.XMLSchema(etree.parse(source, parser, base_url=name))


class _Bundled(etree.Resolver):
    """Answers every import with pysaml2's own copy, whatever address the schema gives."""

    def resolve(self, system_url: str, public_id: str, context: Any = None) -> Any:
        name = system_url.rpartition("/")[2]
        schema = files(schemas).joinpath(name).read_bytes()
        return self.resolve_string(schema, context, base_url=name)
