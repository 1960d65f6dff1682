"""PATCH: RFC 7644, section 3.5.2. A document goes in, another comes out; nothing else happens.

What directories send besides the standard is translated before (`provisioning.dialects`).
"""

from provisioning.patch.engine import PatchResult, apply_patch
from provisioning.patch.members import MembersChange
from provisioning.patch.operations import Kind, Operation, read_operations

__all__ = [
    "Kind",
    "MembersChange",
    "Operation",
    "PatchResult",
    "apply_patch",
    "read_operations",
]
