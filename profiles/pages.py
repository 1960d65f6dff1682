"""What every page on the way to the provider and back is told."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from accounts.models import BindingPolicy, Organization, User
from audit.context import current_context
from profiles import linkedin
from profiles.standing import grace_until


def page(
    request: HttpRequest,
    name: str,
    organization: Organization | None,
    *,
    status: int = HTTPStatus.OK,
    **context: Any,
) -> HttpResponse:
    is_required = organization is not None and organization.binding_policy == BindingPolicy.REQUIRED
    # Somebody who may yet go on without a profile.
    user = request.user
    until = grace_until(user) if is_required and isinstance(user, User) else None
    return render(
        request,
        f"profiles/{name}.html",
        {
            "organization": organization,
            "is_required": is_required,
            "grace_until": until,
            "may_go_on": not is_required or until is not None,
            "provider": linkedin.name(),
            "reference": current_context().request_id,
            "account_url": reverse("account"),
            **context,
        },
        status=status,
    )


def allow_leaving(response: HttpResponse) -> HttpResponse:
    """The form of this page is answered with a redirect to the provider, and browsers hold
    `form-action` against that."""
    response.form_action_origins = [  # type: ignore[attr-defined]  # read by the middleware
        linkedin.authorization_origin()
    ]
    return response
