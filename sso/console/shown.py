"""The difference between two contents of a connection, as its pages show it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sso.console.pages import Visit
from sso.content import Content
from sso.differences import (
    CertificateDifference,
    Difference,
    certificate_difference,
    consequences,
    differences,
)


@dataclass(frozen=True, slots=True)
class ShownDifference:
    fields: Sequence[Difference]
    certificates: CertificateDifference
    consequences: Sequence[str]

    @classmethod
    def between(cls, before: Content, after: Content, visit: Visit) -> ShownDifference:
        return cls(
            differences(before, after, pools=visit.pools),
            certificate_difference(before, after),
            consequences(before, after),
        )

    @property
    def is_empty(self) -> bool:
        return not self.fields and self.certificates.is_empty
