"""`/api/v1`: what a signed-in browser may ask."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response


@login_not_required  # the framework answers strangers with 401 in JSON, not with a sign-in page
@api_view(["GET"])
def me(request: Request) -> Response:
    return Response({"id": str(request.user.pk)})
