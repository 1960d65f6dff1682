"""The doors without single sign-on, and the page that leads to the ones with it."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.contrib.auth import SESSION_KEY, logout
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.csrf import REASON_NO_CSRF_COOKIE
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts.doors import LocalDoor, doors_of, is_failing, local_doors_of
from accounts.emails import domain_of, usable
from accounts.forms import EmailForm, EmailPasswordForm, NamePasswordForm
from accounts.leaving import way_out, what_it_knew
from accounts.models import Domain, Organization, Session, User
from accounts.organization_pages import of_an_open_organization, organization_url
from accounts.password_views import answer_to_password
from accounts.passwords import lets_in
from accounts.policies import is_door_closed
from accounts.relying_party import are_possible
from accounts.sign_in import (
    LAST_ORGANIZATION_COOKIE,
    allowed_path,
    door_id,
    remembered_organization,
)
from audit.actions import Action
from audit.actors import Actor
from audit.services import record


@login_not_required
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def login(request: HttpRequest) -> HttpResponseBase:
    """One field leads to the right door. Known and unknown addresses see the same page."""
    next_path = _next_path(request)
    if request.method == "POST":
        return _login_step(request, next_path)
    # Some acts want a fresh sign-in: `?again` keeps the door open to who is asked for one.
    if request.user.is_authenticated and "again" not in request.GET:
        return redirect(next_path or "home")
    if "again" in request.GET:
        return _again_page(request, next_path)
    if "other" in request.GET:
        response = _login_page(request, EmailForm(), next_path)
        response.delete_cookie(LAST_ORGANIZATION_COOKIE, samesite="Lax")
        return response
    slug, door = remembered_organization(request)
    if slug and Organization.objects.filter(slug=slug).exists():
        return redirect(organization_url(slug, next_path, door=door))
    return _login_page(request, EmailForm(), next_path)


def _again_page(request: HttpRequest, next_path: str) -> HttpResponse:
    """For whoever is to prove anew who they are: who that is, this browser knows."""
    user = request.user
    if isinstance(user, User) and user.email and user.has_usable_password() and lets_in(user):
        form = EmailPasswordForm(initial={"email": user.email})
        return _password_page(request, form, next_path, user.email)
    return _login_page(request, EmailForm(), next_path)


def _login_step(request: HttpRequest, next_path: str) -> HttpResponseBase:
    if "password" in request.POST:
        form = EmailPasswordForm(request.POST)
        answer = answer_to_password(request, form, next_path)
        return answer or _password_page(request, form, next_path, request.POST.get("email", ""))
    first = EmailForm(request.POST)
    if not first.is_valid():
        return _login_page(request, first, next_path)
    email = first.cleaned_data["email"]
    domain = _domain_of(email)
    if domain is not None and doors_of(domain.organization):
        url = organization_url(domain.organization.slug, next_path, door=domain.leads_to)
        return redirect(url)
    form = EmailPasswordForm(initial={"email": email})
    return _password_page(request, form, next_path, email, domain)


@login_not_required
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@of_an_open_organization
def organization_login(request: HttpRequest, organization: Organization) -> HttpResponseBase:
    """An organization's own door: says where people will sign in before they go there."""
    next_path = _next_path(request)
    form = None
    takes_passwords = not is_door_closed(organization, Session.Door.PASSWORD)
    if request.method == "POST":
        if not takes_passwords:
            return redirect(organization_url(organization.slug, next_path))
        form = NamePasswordForm(request.POST)
        answer = answer_to_password(request, form, next_path, organization)
        if answer is not None:
            return answer
    elif _is_at_home(request, organization):
        return redirect(next_path or "home")
    doors = doors_of(organization, first=door_id(request.GET.get("door", "")))
    local_doors = local_doors_of(organization)
    has_usual_door = bool(doors) or any(door.is_usual for door in local_doors)
    if form is None and takes_passwords and (not has_usual_door or "password" in request.GET):
        form = NamePasswordForm()
    # Whoever is signed in here and asked to prove it is asked at the identity provider too.
    again = "again" in request.GET and _is_of(request, organization)
    response = render(
        request,
        "accounts/organization_login.html",
        {
            "at": organization,
            "local_doors": local_doors,
            "is_failing": bool(doors) and is_failing(doors[0], organization),
            "doors": [(door, door.leads_to(next_path, again=again)) for door in doors],
            "domains": Domain.objects.in_organization(organization).verified()[:3],
            "form": form,
            "takes_passwords": takes_passwords,
            "takes_passkeys": takes_passwords and are_possible(),
            "next": next_path,
            "notice": _notice(request),
            "is_remembered": remembered_organization(request)[0] == organization.slug,
        },
    )
    return _let_leave(response, local_doors)


@login_not_required
@require_safe
def new_here(request: HttpRequest) -> HttpResponse:
    """How somebody comes to an account: nobody makes one for themselves."""
    return render(request, "accounts/new_here.html")


@login_not_required
@require_safe
@of_an_open_organization
def organization_new_here(request: HttpRequest, organization: Organization) -> HttpResponse:
    """The same, of one organization: it says whom to ask."""
    return render(
        request,
        "accounts/new_here.html",
        {"at": organization, "has_sso": bool(doors_of(organization))},
    )


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_out(request: HttpRequest) -> HttpResponseBase:
    """Asks before, says so after: a link alone signs nobody out."""
    user = request.user
    if not user.is_authenticated:
        return render(request, "accounts/signed_out.html")
    if request.method != "POST":
        return render(request, "accounts/sign_out.html")
    with transaction.atomic():
        record(
            Action.SIGNED_OUT,
            organization=user.organization,
            actor=Actor.from_user(user),
            target=user,
        )
        ended = what_it_knew(request)
        logout(request)
    onward = way_out(request, ended) if ended else None
    return onward or redirect("accounts:logout")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form came without the token that proves it is ours: mostly a browser without cookies."""
    return render(
        request,
        "accounts/no_cookies.html" if reason == REASON_NO_CSRF_COOKIE else "403_csrf.html",
        status=403,
    )


def _login_page(
    request: HttpRequest,
    form: EmailForm | EmailPasswordForm,
    next_path: str,
    at: Organization | None = None,
) -> HttpResponse:
    """`at` is the organization that proved the address's domain: its own doors alone are shown."""
    local_doors = local_doors_of(at)
    response = render(
        request,
        "accounts/login.html",
        {
            "form": form,
            "next": next_path,
            "notice": _notice(request),
            "has_password_step": isinstance(form, EmailPasswordForm),
            "local_doors": local_doors,
            "takes_passkeys": are_possible(),
        },
    )
    return _let_leave(response, local_doors)


def _password_page(
    request: HttpRequest,
    form: EmailPasswordForm,
    next_path: str,
    email: str,
    domain: Domain | None = None,
) -> HttpResponse:
    domain = domain or _domain_of(email)
    return _login_page(request, form, next_path, domain.organization if domain else None)


def _let_leave(response: HttpResponse, local_doors: Sequence[LocalDoor]) -> HttpResponse:
    """Forms of the page are answered with redirects, and browsers hold `form-action` against
    them."""
    response.form_action_origins = [  # type: ignore[attr-defined]  # read by the middleware
        door.origin for door in local_doors
    ]
    return response


def _is_at_home(request: HttpRequest, organization: Organization) -> bool:
    """Whether somebody signed in has no business at this door.

    Some acts want a fresh sign-in: `?again` and `?password` keep it open to who is asked for one.
    """
    if "again" in request.GET or "password" in request.GET:
        return False
    return _is_of(request, organization)


def _is_of(request: HttpRequest, organization: Organization) -> bool:
    return request.user.is_authenticated and request.user.organization_id == organization.pk


def _notice(request: HttpRequest) -> str:
    """Why somebody who was signed in a moment ago stands at the door again."""
    if request.user.is_authenticated or settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return ""
    if SESSION_KEY in request.session:
        return _("Your account is closed at the moment. Your administrator can tell you why.")
    if request.session.is_empty():
        return _(
            "You were signed out: your session ended. If you can’t sign in again, your "
            "administrator can tell you why."
        )
    return ""


def _next_path(request: HttpRequest) -> str:
    return allowed_path(request.POST.get("next") or request.GET.get("next"), default="")


def _domain_of(email: str) -> Domain | None:
    """The domain of this address, if an organization proved that it is its own; None for what is no
    address, as somebody may have typed it."""
    name = domain_of(usable(email))
    if not name:
        return None
    domain = Domain.objects.verified().filter(name=name).select_related("organization").first()
    if domain is None or not domain.organization.is_active:
        return None
    return domain
