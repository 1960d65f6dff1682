"""What became of somebody's connected profile when their account ended."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from accounts.receipts import Closing, Line, Outcome, register
from audit.actions import Action
from profiles.models import ProfileBinding


@register
def profile_line(closing: Closing) -> Iterable[Line]:
    asleep, ended = closing.found(Action.PROFILE_SUSPENDED), closing.found(Action.PROFILE_UNBOUND)
    current = ProfileBinding.objects.current().filter(user=closing.person)
    if ended is not None:
        yield Line(_("Connected profile"), Outcome.DONE, _("Disconnected"), ended.created_at)
    elif asleep is not None:
        said = _("Asleep: nothing is shown or sent, and nothing is deleted")
        yield Line(_("Connected profile"), Outcome.DONE, said, asleep.created_at)
    elif closing.was_closed and current.exists():
        yield Line(_("Connected profile"), Outcome.NOTHING, _("Asleep since before"))
    else:
        yield Line(_("Connected profile"), Outcome.NOTHING, _("None was connected"))
