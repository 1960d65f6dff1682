"""Whom access rules would leave out, by what the portal has stored of people.

An estimate: what an identity provider says at the next sign-in is what counts.
"""

from __future__ import annotations

from dataclasses import dataclass

from accounts.models import User
from accounts.roles import Role
from sso.access import COLUMNS, AccessRules, Said, stored_of
from sso.models import SamlConnection, SamlIdentity

# Looked at, those added last: the number of people must not decide how long a page takes.
LOOKED_AT = 20_000
NAMED = 5


@dataclass(frozen=True, slots=True)
class LeftOut:
    """`newly` come in today and would not any more; `unknown` are those of them of whom nothing is
    stored that the allow list asks for. `by_identity`: who has signed in through the connection was
    asked, else everybody."""

    people: int
    left_out: int
    newly: int
    unknown: int
    administrators: int
    named: tuple[str, ...]
    has_reader: bool
    by_identity: bool
    is_partial: bool


def left_out(connection: SamlConnection, rules: AccessRules, *, reader: User) -> LeftOut:
    """Two statements. `reader` is who asks: whether they would be left out themselves."""
    before = AccessRules.of(connection.access_rules)
    identities = SamlIdentity.objects.filter(connection=connection)
    by_identity = identities.exists()
    people = User.objects.present().filter(organization=connection.organization_id)
    people = people.filter(state__in=User.OPEN_STATES)
    if by_identity:
        people = people.filter(pk__in=identities.values("user"))
    rows = people.order_by("-pk").values("pk", "role", "attributes", *COLUMNS.values())
    found = list(rows[: LOOKED_AT + 1])
    looked_at = found[:LOOKED_AT]
    out = [(row, stored_of(row)) for row in looked_at]
    out = [(row, said) for row, said in out if not rules.decide(said).is_allowed]
    newly = [(row, said) for row, said in out if before.decide(said).is_allowed]
    administrators = [row for row, _said in newly if row["role"] != Role.LEARNER]
    return LeftOut(
        people=len(looked_at),
        left_out=len(out),
        newly=len(newly),
        unknown=sum(_is_unknown(rules, said) for _row, said in newly),
        administrators=len(administrators),
        named=tuple(
            f"{row['first_name']} {row['last_name']}".strip() or row["email"]
            for row in administrators[:NAMED]
        ),
        has_reader=any(row["pk"] == reader.pk for row, _said in newly),
        by_identity=by_identity,
        is_partial=len(found) > LOOKED_AT,
    )


def _is_unknown(rules: AccessRules, said: Said) -> bool:
    return bool(rules.allow) and not any(list(said(rule.attribute)) for rule in rules.allow)
