"""Where a connected profile is required, every page waits for one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.roles import may_enter_console
from profiles.standing import is_held

# Doors and one's own account, the way to connect, the place in line for a seat (who waits is asked
# to connect when a seat comes), and the answer to "who am I", which names the missing profile.
OPEN_NAMESPACES = frozenset({"accounts", "profiles"})
OPEN_VIEWS = frozenset(
    {
        *("account", "account_sessions", "account_password", "account_data"),
        *("account_theme", "account_language"),
        *("licenses:waiting", "me"),
    }
)
CONSOLE = "admin"
API_PREFIX = "/api/"


class BindingGateMiddleware:
    """Holds a requirement on every request, so that no redirect can be skipped.

    Nothing is remembered between requests: the policy comes with the person, and where it may hold
    them, one look into an index says whether there is a profile. A change of policy or a binding
    that ends anywhere is therefore felt by every session at its next request.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self,
        request: HttpRequest,
        view: Callable[..., HttpResponse],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> HttpResponse | None:
        is_api = request.path_info.startswith(API_PREFIX)
        if not is_api and not getattr(view, "login_required", True):
            return None  # public: sign-in, SAML, SCIM and health ask for no person of a session
        user = request.user
        if not isinstance(user, User) or _is_open(request, user) or not is_held(user):
            return None
        return _refuse_call() if is_api else _send_to_connect(request)


def _is_open(request: HttpRequest, user: User) -> bool:
    match = request.resolver_match
    if match is None:
        return False
    # An organization whose LinkedIn is down must be able to reach its policies.
    if match.app_name == CONSOLE and may_enter_console(user.role):
        return True
    return match.app_name in OPEN_NAMESPACES or match.view_name in OPEN_VIEWS


def _send_to_connect(request: HttpRequest) -> HttpResponse:
    url = reverse("profiles:connect")
    if request.method in {"GET", "HEAD"} and request.path_info != "/":
        url = f"{url}?{urlencode({'next': request.get_full_path()})}"
    # 303, so that what was posted isn't posted to the connect page.
    return HttpResponseRedirect(url, status=303)


def _refuse_call() -> HttpResponse:
    return JsonResponse(
        {
            "error": "profile_required",
            "detail": _("Your organization requires a connected profile."),
            "connect_url": reverse("profiles:connect"),
        },
        status=403,
    )
