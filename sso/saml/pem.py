"""Certificates between the two ways they are written: PEM, and bare base64 in XML."""

import base64
import binascii
import textwrap

_BEGIN = "-----BEGIN CERTIFICATE-----"
_END = "-----END CERTIFICATE-----"


def certificate_body(pem: str) -> str:
    """The base64 between the two lines of a PEM."""
    return "".join(pem.replace(_BEGIN, "").replace(_END, "").split())


def certificate_pem(body: str) -> str:
    """A PEM of what an X509Certificate element holds, line breaks or not.

    Raises ValueError if that isn't base64. Takes a whole PEM too: some administrators
    paste one into hand-written metadata.
    """
    text = certificate_body(body)
    try:
        der = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("A certificate is base64") from error
    lines = textwrap.wrap(base64.b64encode(der).decode(), 64)
    return "\n".join([_BEGIN, *lines, _END, ""])


def split_pem(text: str) -> tuple[str, ...]:
    """The certificates in a text that holds one after the other."""
    return tuple(f"{part.strip()}\n{_END}\n" for part in text.split(_END) if part.strip())
