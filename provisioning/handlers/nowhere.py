"""Addresses at which there is nothing for a directory."""

from __future__ import annotations

from typing import NoReturn

from provisioning.calls import Call, Method, Methods
from provisioning.errors import NoSuchEndpoint, NotImplementedHere
from provisioning.models import Operation

EVERY_METHOD = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def _nobody(call: Call) -> NoReturn:
    """A token speaks for a directory, which is nobody's own account (RFC 7644, section 3.11)."""
    raise NotImplementedHere("A directory is not a person: there is no /Me for it.")


def _nothing(call: Call) -> NoReturn:
    raise NoSuchEndpoint


ME: Methods = {name: Method(Operation.OTHER, _nobody) for name in EVERY_METHOD}
NOWHERE: Methods = {name: Method(Operation.OTHER, _nothing) for name in EVERY_METHOD}
