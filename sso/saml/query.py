"""A message off the query string or the form, and the signature of a query string.

A redirect's parameters are read from the raw query string alone, by the same code that decides
what is signed: `SAML%52equest` beside `SAMLRequest` is nothing to one reader and the message to
another (bindings, 3.4.4.1).
"""

from collections.abc import Mapping
from urllib.parse import unquote, unquote_plus

from sso.causes import Cause
from sso.saml import names
from sso.saml.reading import decode
from sso.saml.values import Arrived, Binding, SamlRefused, printable

MAX_QUERY = 512 * 1024
# In the order they are signed in.
_SIGNED = ("SAMLRequest", "SAMLResponse", "RelayState", "SigAlg")
_DEFLATE = "urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:DEFLATE"


def arrived_by_redirect(query: str) -> Arrived:
    found = _parameters(query)
    name = _kind(found)
    return Arrived(
        binding=Binding.REDIRECT,
        is_request=name == "SAMLRequest",
        message=unquote(found[name]),
        relay_state=unquote_plus(found.get("RelayState", "")),
        query=query,
    )


def arrived_by_form(fields: Mapping[str, str]) -> Arrived:
    name = _kind(fields)
    return Arrived(
        binding=Binding.POST,
        is_request=name == "SAMLRequest",
        message=fields[name],
        relay_state=fields.get("RelayState", ""),
    )


def _kind(fields: Mapping[str, str]) -> str:
    found = [name for name in ("SAMLRequest", "SAMLResponse") if name in fields]
    if len(found) != 1:
        raise SamlRefused(
            Cause.MALFORMED,
            seen=" and ".join(found) or "no message",
            expected="SAMLRequest or SAMLResponse",
        )
    return found[0]


def _parameters(query: str) -> dict[str, str]:
    """SAML's parameters as they are written, still encoded. None of them may come twice."""
    if len(query) > MAX_QUERY:
        raise SamlRefused(Cause.TOO_LARGE, seen=f"{len(query)} characters")
    found: dict[str, str] = {}
    for part in query.split("&"):
        name, _equals, value = part.partition("=")
        if name not in (*_SIGNED, "Signature", "SAMLEncoding"):
            continue
        if name in found:
            raise SamlRefused(Cause.MALFORMED, seen=f"{name} twice", expected="once")
        found[name] = value
    if unquote_plus(found.get("SAMLEncoding", _DEFLATE)) != _DEFLATE:
        raise SamlRefused(Cause.MALFORMED, seen="another SAMLEncoding", expected="DEFLATE")
    return found


def signed_parts(query: str) -> tuple[bytes, str, bytes]:
    """What is signed, how, and the signature. Raises `SamlRefused` where there is none.

    The octets are the sender's own, never written anew: how `/` and blanks are encoded differs
    from product to product, and decides.
    """
    found = _parameters(query)
    if not found.get("Signature") or not found.get("SigAlg"):
        raise SamlRefused(Cause.UNSIGNED, seen="none", expected="a signature of the query string")
    algorithm = unquote_plus(found["SigAlg"])
    if algorithm not in names.SIGNATURES:
        raise SamlRefused(
            Cause.WEAK_ALGORITHM, seen=printable(algorithm), expected="RSA-SHA256 or better"
        )
    octets = "&".join(f"{name}={found[name]}" for name in _SIGNED if name in found)
    return octets.encode(), algorithm, decode(unquote(found["Signature"]))
