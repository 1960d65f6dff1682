"""What tests of the doors have in common."""

from django.conf import settings

from accounts.models import Session
from tests.factories import PASSWORD

LOGIN = "/login/"
ACME = "/o/acme/login/"


def text(response):
    return response.content.decode()


def enter(client, email, password=PASSWORD, **data):
    return client.post(LOGIN, {"email": email, "password": password, **data})


def signed_in(client):
    """Whose browser it is, as the sessions say."""
    key = client.cookies.get(settings.SESSION_COOKIE_NAME)
    session = Session.objects.filter(session_key=key.value).first() if key else None
    return session.user if session else None
