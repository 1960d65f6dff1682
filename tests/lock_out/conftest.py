"""Identity providers and LinkedIn at once."""

from tests.profiles.conftest import _provider, bind, provider
from tests.sso.conftest import make_journey

__all__ = ["_provider", "bind", "make_journey", "provider"]
