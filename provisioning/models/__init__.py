"""What connecting a directory takes: credentials, a configuration, what it said, what it did."""

from provisioning.models.configuration import ScimConfiguration
from provisioning.models.log import Operation, ProvisioningLogEntry
from provisioning.models.records import DirectoryRecord
from provisioning.models.tokens import ScimToken, ScimTokenQuerySet

__all__ = [
    "DirectoryRecord",
    "Operation",
    "ProvisioningLogEntry",
    "ScimConfiguration",
    "ScimToken",
    "ScimTokenQuerySet",
]
