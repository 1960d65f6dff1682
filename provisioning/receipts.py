"""The tokens of a directory that somebody made, when their account ended."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from accounts.receipts import Closing, Line, Outcome, register
from audit.actions import Action
from audit.actors import ActorKind
from audit.models import AuditEvent
from provisioning.models import ScimToken


@register
def tokens_line(closing: Closing) -> Iterable[Line]:
    """They saw these once and may have kept them. Yet a whole organization's directory depends on
    each: it is for a colleague to replace them, with the overlap that replacing has."""
    organization = closing.event.organization_id
    made = AuditEvent.objects.in_organization(organization).filter(
        actor_kind=ActorKind.PERSON,
        actor_id=closing.event.target_id,
        action=Action.TOKEN_CREATED,
    )
    live = ScimToken.objects.live().filter(organization=organization)
    mine = live.filter(pk__in=list(made.values_list("target_id", flat=True)))
    names = ", ".join(map(str, mine.order_by("created_at")))
    if names:
        said = _("They made %(names)s, and may have kept it") % {"names": names}
        yield Line(
            _("Directory tokens"),
            Outcome.OPEN,
            said,
            page="admin:directory",
            verb=_("Replace it"),
        )
    elif closing.was_admin:
        yield Line(_("Directory tokens"), Outcome.NOTHING, _("None of theirs is live"))
