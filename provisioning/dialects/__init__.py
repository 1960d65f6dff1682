"""What directories send besides the standard, translated to the standard.

Everything behind this is strict. Each tolerance is one function that says who needs it and where
that is written; `docs/reference/scim-dialects.md` lists them all. They hold for everybody, since a
directory is not asked who it is. `create_missing_value` alone looks at the dialect: there the
standard wants a refusal that Entra ID can't do anything with.

Translation never fails and changes nothing in place. What makes no sense stays as it is, for the
strict part to refuse.
"""

from provisioning.dialects.messages import (
    MESSAGE_TOLERANCES,
    normalize_patch,
    normalize_resource,
    operations_alone,
)
from provisioning.dialects.recognition import Dialect, recognize
from provisioning.dialects.values import PATCH_VALUE_TOLERANCES

TOLERANCES = (*MESSAGE_TOLERANCES, *PATCH_VALUE_TOLERANCES, operations_alone)

__all__ = [
    "TOLERANCES",
    "Dialect",
    "normalize_patch",
    "normalize_resource",
    "operations_alone",
    "recognize",
]
