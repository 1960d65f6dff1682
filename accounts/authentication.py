"""How the REST API knows who asks."""

from rest_framework.authentication import SessionAuthentication
from rest_framework.request import Request


class PortalSessionAuthentication(SessionAuthentication):
    """The portal's session. Naming a scheme makes a missing session a 401 and not a 403."""

    def authenticate_header(self, request: Request) -> str:
        return "Session"
