"""Where the design lives, read as text."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
STATIC = ROOT / "static"
TEMPLATES = ROOT / "templates"
TOKENS = STATIC / "portal" / "tokens.css"
COMPONENTS = STATIC / "portal" / "components.css"
ICONS = STATIC / "portal" / "icons.svg"
APPS = ["accounts", "audit", "learning_portal", "licenses", "profiles", "provisioning", "sso"]

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_TEMPLATE_COMMENT = re.compile(r"{#.*?#}|{% comment %}.*?{% endcomment %}", re.DOTALL)


def style_sheets() -> list[Path]:
    return sorted(STATIC.rglob("*.css"))


def templates() -> list[Path]:
    """Pages and their parts; mail has no style sheets to name (tests/accounts/test_mail.py)."""
    return sorted(path for path in TEMPLATES.rglob("*.html") if path.parent.name != "mail")


def css(path: Path) -> str:
    return _COMMENT.sub("", path.read_text())


def markup(path: Path) -> str:
    return _TEMPLATE_COMMENT.sub("", path.read_text())


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))
