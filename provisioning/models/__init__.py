"""What connecting a directory takes: credentials, a configuration, what it said, what it did."""

from provisioning.models.configuration import ScimConfiguration
from provisioning.models.log import (
    CHANGES,
    KEPT_DAYS,
    Operation,
    ProvisioningLogEntry,
    ProvisioningLogQuerySet,
)
from provisioning.models.records import DirectoryRecord
from provisioning.models.tokens import ScimToken, ScimTokenQuerySet

__all__ = [
    "CHANGES",
    "KEPT_DAYS",
    "DirectoryRecord",
    "Operation",
    "ProvisioningLogEntry",
    "ProvisioningLogQuerySet",
    "ScimConfiguration",
    "ScimToken",
    "ScimTokenQuerySet",
]
