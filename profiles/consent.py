"""What people agree to, by version.

A version's text is `templates/profiles/consent/<version>.html` and never changes, since bindings
name it as what their person read. New words are a new file and a new `CURRENT_VERSION`.
"""

from __future__ import annotations

CURRENT_VERSION = "1"


def template_for(version: str) -> str:
    return f"profiles/consent/{version}.html"
