"""`/api/v1`: what a signed-in browser may ask. `docs/reference/api.md` describes each answer."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from licenses.standing import license_state
from profiles.standing import UNBOUND, current_binding


@login_not_required  # the framework answers strangers with 401 in JSON, not with a sign-in page
@api_view(["GET"])
def me(request: Request) -> Response:
    """Who is signed in here."""
    user = request.user
    assert isinstance(user, User)  # the framework let nobody else in
    binding = current_binding(user)
    response = Response(
        {
            "id": str(user.pk),
            "user_name": user.user_name,
            "organization": user.organization.slug if user.organization else None,
            "role": user.role,
            "license": license_state(user).value,
            "binding": binding.state if binding else UNBOUND,
        }
    )
    response.headers["Cache-Control"] = "no-store"
    return response
