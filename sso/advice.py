"""What an administrator reads about a refusal: in general, and where in their product."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sso.causes import Cause, CodeHelp, Fix, Words, codes_in, fix_for, words_for
from sso.models import Preset, SamlConnection
from sso.saml import CheckName


@dataclass(frozen=True, slots=True)
class Advice:
    words: Words
    # The cause, as lists call it.
    label: str
    product: str
    fix: Fix | None
    # One of ours that has to stand there, and what it is called here.
    value: str
    codes: Sequence[CodeHelp]


def advice_on(
    cause: str, *, connection: SamlConnection, checks: Iterable[dict[str, Any]]
) -> Advice | None:
    """None where nothing was refused. `checks` are rows of `sso.traces`."""
    if not cause:
        return None
    fix = fix_for(connection.preset, cause)
    told = [row["seen"] for row in checks if row["name"] == CheckName.STATUS and not row["passed"]]
    return Advice(
        words=words_for(Cause(cause), idp=connection.name),
        label=str(Cause(cause).label),
        product=str(Preset(connection.preset).label),
        fix=fix,
        value=getattr(connection, fix.value) if fix and fix.value else "",
        codes=[help_ for text in told for help_ in codes_in(text)],
    )
