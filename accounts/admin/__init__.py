"""The console's pages about organizations, domains, groups and what happened.

People are in `learning_portal.console.people`: their page puts licenses and profiles beside them.
"""

from accounts.admin.domains import DomainAdmin
from accounts.admin.events import AuditEventAdmin
from accounts.admin.groups import DirectoryGroupAdmin
from accounts.admin.organizations import OrganizationAdmin

__all__ = ["AuditEventAdmin", "DirectoryGroupAdmin", "DomainAdmin", "OrganizationAdmin"]
