"""What became of somebody's license when their account ended."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from accounts.receipts import Closing, Line, Outcome, register
from audit.actions import Action


@register
def license_line(closing: Closing) -> Iterable[Line]:
    revoked = closing.found(Action.LICENSE_REVOKED)
    waited = closing.found(Action.LICENSE_WAIT_ENDED)
    if revoked is not None:
        pool = revoked.changes.get("pool")
        said = _("Seat of %(pool)s is free again") % {"pool": pool} if pool else _("Seat is free")
        yield Line(_("License"), Outcome.DONE, said, revoked.created_at)
    elif waited is not None:
        yield Line(_("License"), Outcome.DONE, _("No longer waits for one"), waited.created_at)
    else:
        yield Line(_("License"), Outcome.NOTHING, _("Had none"))
