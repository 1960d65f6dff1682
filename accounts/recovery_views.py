"""The door for full admins when nothing else works."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.errors import RecoveryRefused
from accounts.forms import RecoveryForm
from accounts.limit_pages import rate_limited
from accounts.models import Organization, Session
from accounts.organization_pages import of_an_open_organization
from accounts.rate_limit import RateLimited, count_attempt
from accounts.services import use_recovery_code
from accounts.sign_in import start_session
from audit.context import current_context

RECOVERY_SESSION = timedelta(hours=24)


@login_not_required
@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
@of_an_open_organization
def recover(request: HttpRequest, organization: Organization) -> HttpResponseBase:
    """For full admins when nothing else works: one code, one session of at most 24 hours."""
    form = RecoveryForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            return _recover(request, organization, form)
        except RateLimited as error:
            return rate_limited(request, error)
        except RecoveryRefused as refusal:
            form.add_error(None, str(refusal))
    return render(request, "accounts/recover.html", {"at": organization, "form": form})


def _recover(
    request: HttpRequest, organization: Organization, form: RecoveryForm
) -> HttpResponseBase:
    # Not by account: nobody guesses a code, and a stranger could keep this door shut by trying.
    attempt = count_attempt(address=current_context().address)
    recovered = use_recovery_code(
        organization=organization, name=form.cleaned_data["name"], code=form.cleaned_data["code"]
    )
    attempt.forgive()
    start_session(
        request,
        recovered.user,
        door=Session.Door.RECOVERY,
        not_after=timezone.now() + RECOVERY_SESSION,
    )
    if not recovered.codes:
        said = ngettext(
            "You came in with a recovery code; %(count)d is left. This session ends within 24 "
            "hours: set right what shut you out.",
            "You came in with a recovery code; %(count)d are left. This session ends within 24 "
            "hours: set right what shut you out.",
            recovered.left,
        )
        messages.warning(request, said % {"count": recovered.left})
        # Where connections and requirements are: what shut them out is to be found from there.
        return redirect("admin:sign_in_rules")
    return render(
        request,
        "accounts/recovery_codes.html",
        {"at": organization, "codes": recovered.codes, "recover_url": recover_url(organization)},
    )


def recover_url(organization: Organization) -> str:
    path = reverse("accounts:recover", args=[organization.slug])
    return f"{settings.PORTAL_BASE_URL}{path}"
