"""From a form field or a redirect's parameter to a tree: which bytes may become one at all.

What passes has one reading, whoever reads it: no two parsers can see two documents
(CVE-2025-25291, CVE-2025-25292, CVE-2017-11427, CVE-2025-23369).
"""

import base64
import binascii
import re
import zlib

from lxml import etree

from sso.causes import Cause
from sso.saml import schema  # noqa: F401 - compiled before anything is parsed, see there
from sso.saml.values import SamlRefused, printable

MAX_BYTES = 256 * 1024
MAX_TAGS = 10_000  # opening and closing ones: 5,000 elements
MAX_NAMESPACES = 10_000

_MAX_BASE64 = MAX_BYTES * 4 // 3 + 16 * 1024  # and room for line breaks
_WHITESPACE = str.maketrans("", "", " \t\r\n")
# A comment between two tags: canonicalization leaves it out of what is signed, and so does our
# parser. Beside text it could hide half of a name (CVE-2017-11427).
_COMMENT_BETWEEN_TAGS = re.compile(rb"(?:(?<=>)|\A)\s*+<!--(?:[^-]++|-(?!-))*+-->(?=\s*+(?:<|\Z))")
# CDATA is another way to write the same text. The whole of an attribute's value is where
# templates use it; anywhere else it could only split a name.
_CDATA_VALUE = re.compile(
    rb"(?<=[<:])AttributeValue(?:\s[^<>]*+)?>\s*+<!\[CDATA\[(?:[^\]]++|\](?!\]>))*+\]\]>\s*+(?=</)"
)
_DECLARATION = re.compile(
    rb"""^<\?xml\s+version\s*=\s*["']1\.0["'](?:\s+encoding\s*=\s*["']([\w.-]+)["'])?"""
    rb"""(?:\s+standalone\s*=\s*["'](?:yes|no)["'])?\s*\?>"""
)


def decode(saml_response: str) -> bytes:
    """The bytes of a form field (bindings, 3.5.4). Never inflates: POST isn't deflated."""
    if len(saml_response) > _MAX_BASE64:
        raise SamlRefused(
            Cause.TOO_LARGE,
            seen=f"{len(saml_response)} characters",
            expected=f"≤ {MAX_BYTES} bytes",
        )
    try:
        raw = base64.b64decode(saml_response.translate(_WHITESPACE), validate=True)
    except (binascii.Error, ValueError):
        raise SamlRefused(Cause.MALFORMED, seen="no base64", expected="base64") from None
    if len(raw) > MAX_BYTES:
        raise SamlRefused(
            Cause.TOO_LARGE, seen=f"{len(raw)} bytes", expected=f"≤ {MAX_BYTES} bytes"
        )
    return raw


def inflate(raw: bytes) -> bytes:
    """The message in a redirect's parameter (bindings, 3.4.4.1), and never more than `MAX_BYTES`.

    Some stop the stream short of its end and some put bytes behind it; neither changes what is
    read, and what is signed is the parameter as it came.
    """
    inflater = zlib.decompressobj(-15)
    try:
        xml = inflater.decompress(raw, MAX_BYTES + 1)
    except zlib.error:
        raise SamlRefused(Cause.MALFORMED, seen="not deflated", expected="DEFLATE") from None
    if len(xml) > MAX_BYTES:
        raise SamlRefused(Cause.TOO_LARGE, seen="inflates to more", expected=f"≤ {MAX_BYTES} bytes")
    return xml


def parse(raw: bytes, *, max_bytes: int = MAX_BYTES, max_tags: int = MAX_TAGS) -> etree._Element:
    """The only place where a stranger's bytes become a tree.

    XML 1.0 in UTF-8 with no DOCTYPE, hence no entity, and no processing instruction. Comments stand
    between tags and are dropped; CDATA is the whole of an attribute's value and becomes
    text. So a text is what is signed, from its first letter to its last.
    """
    if len(raw) > max_bytes:
        raise SamlRefused(
            Cause.TOO_LARGE, seen=f"{len(raw)} bytes", expected=f"≤ {max_bytes} bytes"
        )
    text = raw.removeprefix(b"\xef\xbb\xbf")
    start = 0
    if text.startswith(b"<?"):
        declaration = _DECLARATION.match(text)
        if declaration is None:
            raise SamlRefused(Cause.FORBIDDEN_XML, seen="XML declaration")
        if (declaration[1] or b"utf-8").lower() not in (b"utf-8", b"utf8"):
            raise SamlRefused(
                Cause.FORBIDDEN_XML, seen=printable(declaration[1].decode()), expected="UTF-8"
            )
        start = declaration.end()
    # Counted on the bytes, before a parser builds anything.
    if text.count(b"<") > max_tags:
        raise SamlRefused(
            Cause.TOO_LARGE, seen=f"{text.count(b'<')} tags", expected=f"≤ {max_tags}"
        )
    if text.count(b"xmlns") > MAX_NAMESPACES:
        raise SamlRefused(Cause.TOO_LARGE, seen="namespace declarations")
    _refuse_markup(text, start)
    try:
        text.decode("utf-8")
        # A parser of its own each time: threads never wait for each other's input.
        # As it came: the parser passes over one byte order mark, and over no second one.
        return etree.fromstring(raw, _parser())
    except (UnicodeDecodeError, etree.XMLSyntaxError, ValueError):
        raise SamlRefused(
            Cause.MALFORMED, seen="not well-formed", expected="well-formed XML"
        ) from None


def request_named(saml_response: str) -> str | None:
    """The request an answer says it is for, with nothing checked yet: decides no sign-in, only
    who is shown what is wrong with it. None where it names none or can't be read."""
    try:
        return parse(decode(saml_response)).get("InResponseTo")
    except SamlRefused:
        return None


def _refuse_markup(text: bytes, start: int) -> None:
    """Refuse what starts with `<!` or `<?`, but for the two harmless kinds."""
    rest = text
    if b"<!" in text:
        rest = _COMMENT_BETWEEN_TAGS.sub(b"", _CDATA_VALUE.sub(b"", text))
    for mark in (b"<!", b"<?"):
        if rest.find(mark, start) != -1:
            raise SamlRefused(
                Cause.FORBIDDEN_XML, seen=mark.decode(), expected="elements and text only"
            )


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        recover=False,
        remove_comments=True,
        strip_cdata=True,
    )
