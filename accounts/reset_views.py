"""A forgotten password: asked for by address, chosen behind a mail's link."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.password_validation import password_validators_help_texts
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from accounts.emails import kept_form
from accounts.errors import InvalidValue, ResetClosed
from accounts.forms import EmailForm, NewPasswordForm
from accounts.jobs import send_reset_mail
from accounts.languages import page_language
from accounts.limit_pages import limits_mail_links, rate_limited
from accounts.models import User
from accounts.rate_limit import RateLimited, count_attempt
from accounts.resets import user_of_reset
from accounts.services import reset_password
from accounts.sessions import keep_from_a_mail
from audit.context import current_context

RESET = "password_reset"


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def forgot(request: HttpRequest) -> HttpResponseBase:
    """Every address is answered alike: a worker finds out whether there is anybody to write to."""
    form = EmailForm(
        request.POST if request.method == "POST" else None,
        initial={"email": request.GET.get("email", "")},
    )
    if not form.is_valid():
        return render(request, "accounts/forgot_password.html", {"form": form})
    email = kept_form(form.cleaned_data["email"])
    try:
        count_attempt(address=current_context().address, account=f"reset {email}")
    except RateLimited as limited:
        return rate_limited(request, limited)
    send_reset_mail.enqueue(email, page_language())
    return redirect("accounts:forgot_sent")


@login_not_required
@require_safe
def forgot_sent(request: HttpRequest) -> HttpResponseBase:
    return render(request, "accounts/forgot_sent.html")


@login_not_required
@never_cache
@sensitive_variables("token")
@require_safe
@limits_mail_links
def follow(request: HttpRequest, user_id: UUID, token: str) -> HttpResponseBase:
    """The mail's link. Its token leaves the address at once."""
    keep_from_a_mail(request, RESET, [str(user_id), token])
    return redirect("accounts:reset_password")


@login_not_required
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def choose_password(request: HttpRequest) -> HttpResponseBase:
    """Another password, once. Signing in is another step: it may ask for more than a password."""
    pk, token = request.session.get(RESET, ["", ""])
    user = user_of_reset(UUID(pk), token) if pk else None
    if user is None:
        return render(request, "accounts/reset_closed.html", status=403)
    form = NewPasswordForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            reset_password(user_id=user.pk, token=token, password=form.cleaned_data["password"])
        except ResetClosed:
            return render(request, "accounts/reset_closed.html", status=403)
        except InvalidValue as refusal:
            form.add_error("password", refusal.message)
        else:
            return _done(request, user)
    return render(
        request,
        "accounts/reset_password.html",
        {
            "form": form,
            "at": user.organization,
            "email": user.email,
            "rules": password_validators_help_texts(),
        },
    )


def _done(request: HttpRequest, user: User) -> HttpResponseBase:
    request.session.flush()
    messages.success(request, _("Your password is changed. Sign in with it."))
    if user.organization is None:
        return redirect("accounts:login")
    return redirect("accounts:organization_login", user.organization.slug)
