"""Addresses at which there is nothing for a directory."""

from __future__ import annotations

from typing import NoReturn

from provisioning.addresses import BASE_PATH, base_url
from provisioning.calls import Call, Handler, Method, Methods
from provisioning.errors import NoSuchEndpoint, NotImplementedHere
from provisioning.models import Operation

EVERY_METHOD = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def _nobody(call: Call) -> NoReturn:
    """A token speaks for a directory, which is nobody's own account (RFC 7644, section 3.11)."""
    raise NotImplementedHere("A directory is not a person: there is no /Me for it.")


def _nothing(call: Call) -> NoReturn:
    raise NoSuchEndpoint


def _twice(call: Call) -> NoReturn:
    raise NoSuchEndpoint(
        f"The address has a part of the base URL twice. The base URL is {base_url()} and no more."
    )


def _missed(call: Call) -> NoReturn:
    raise NoSuchEndpoint(
        f"The address is not below {BASE_PATH}. The base URL is {base_url()}, whole."
    )


def _everywhere(handle: Handler) -> Methods:
    return {name: Method(Operation.OTHER, handle) for name in EVERY_METHOD}


ME = _everywhere(_nobody)
NOWHERE = _everywhere(_nothing)
# Slips in the base URL that a directory was given.
TWICE = _everywhere(_twice)
MISSED = _everywhere(_missed)
