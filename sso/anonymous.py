"""A checklist as strangers may read it: what is about a person is masked or left out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from sso.causes import codes_in
from sso.saml import CheckName
from sso.traces import mask

_ADDRESS = re.compile(r"[^\s'\"<>()\[\],;:]+@[^\s'\"<>()\[\],;:]+")


def without_names(checks: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of `sso.traces` to be shown to whoever has the link."""
    return [
        {**row, "seen": _seen(row), "expected": _masked(row.get("expected", ""))} for row in checks
    ]


def _seen(row: dict[str, Any]) -> str:
    seen = row.get("seen", "")
    if row["name"] == CheckName.STATUS and not row["passed"]:
        # After the codes come the provider's own words, which like to name the person.
        words = [part for part in seen.split(" / ") if part.isalnum()]
        words += [each.code for each in codes_in(seen) if each.code not in words]
        return " / ".join(words)
    return _masked(seen)


def _masked(text: str) -> str:
    return _ADDRESS.sub(lambda found: mask(found[0]), text)
