"""What became of the names by which identity providers know somebody, when their account ended."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from accounts.receipts import Closing, Line, Outcome, register
from sso.models import SamlIdentity


@register
def identities_line(closing: Closing) -> Iterable[Line]:
    if closing.is_deletion:
        yield Line(
            _("SSO identities"),
            Outcome.DONE,
            _("Forgotten: whoever comes by one of them is somebody new"),
            closing.event.created_at,
        )
    elif SamlIdentity.objects.filter(user=closing.person).exists():
        yield Line(
            _("SSO identities"),
            Outcome.DONE,
            _("Kept, and refused while the account is closed"),
            closing.event.created_at,
        )
    else:
        yield Line(_("SSO identities"), Outcome.NOTHING, _("No identity provider named them"))
