"""What the pages of connections say in the same way everywhere."""

from __future__ import annotations

from django.utils.safestring import SafeString

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


def state_badge(connection: SamlConnection) -> SafeString:
    kind, icon = STATE_BADGES[SamlConnection.State(connection.state)]
    return status_badge(kind, icon, connection.get_state_display())


def spoken_refusal(refusal: SsoError) -> str:
    """What a service said no to, without the name that code has for the field."""
    return refusal.message if isinstance(refusal, InvalidOption) else str(refusal)
