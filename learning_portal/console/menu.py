"""A line of the console's menu."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from accounts.tenant_admin import Section


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """A line of the menu; as a dictionary it is what Django's templates expect of a model."""

    section: Section
    order: int
    label: str
    icon: str
    url: str
    object_name: str
    add_url: str | None = None
    is_view_only: bool = False

    def as_model(self, path: str) -> dict[str, Any]:
        is_overview = self.object_name == "Index"
        return {
            "model": None,
            "name": self.label,
            "object_name": self.object_name,
            "icon": self.icon,
            "admin_url": self.url,
            "add_url": self.add_url,
            "view_only": self.is_view_only,
            "perms": {},
            # "/console/" begins every address, so the overview is current only when it is meant.
            "is_current": path == self.url if is_overview else path.startswith(self.url),
        }
