"""What the pages of connections say in the same way everywhere."""

from __future__ import annotations

from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.templatetags.portal import status_badge
from sso.errors import InvalidOption, SsoError
from sso.models import SamlConnection

STATE_BADGES = {
    SamlConnection.State.DRAFT: ("", "none"),
    SamlConnection.State.ACTIVE: ("ok", "check-circle"),
    SamlConnection.State.INACTIVE: ("warn", "pause"),
}
# From here on a certificate's end is shown as a warning.
FEW_DAYS = 30
BEING_READ = _("The metadata is being read. Load this page again in a few seconds.")
NOT_CHANGED_YET = _(
    "This is not changed yet, since a mistake could shut every full admin out. Try it first: once "
    "a full admin would have come in with it, apply it."
)
METADATA_WAITS = _("People sign in through this connection, so nothing is changed yet: look first.")
NOTHING_DIFFERS = _("Nothing differs: the connection trusts this already.")


def state_badge(connection: SamlConnection) -> SafeString:
    kind, icon = STATE_BADGES[SamlConnection.State(connection.state)]
    return status_badge(kind, icon, connection.get_state_display())


def spoken_refusal(refusal: SsoError) -> str:
    """What a service said no to, without the name that code has for the field."""
    return refusal.message if isinstance(refusal, InvalidOption) else str(refusal)
