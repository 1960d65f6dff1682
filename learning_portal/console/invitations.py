"""*Invitations*: many people invited at once, and the activation link."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from accounts.console_pages import address_of, console_page, organization_at_hand
from accounts.errors import TooManyInvitations
from accounts.jobs import invite_people
from accounts.mail import portal_address
from accounts.models import Domain, Invitation, Organization, User
from accounts.roles import Ability
from accounts.services import (
    AT_ONCE,
    Plan,
    activation_link_of,
    close_activation_link,
    invitations_left,
    make_activation_link,
    plan_invitations,
    start_inviting,
)
from audit.actors import Actor
from jobs.models import Progress

LOOK_AGAIN_SECONDS = 2
# Of each kind; a page is no place to read thousands.
LISTED = 50
# A thousand people with long names.
MOST_LETTERS = 500_000


def may_look(user: User) -> bool:
    """Staff come from an organization's page."""
    return user.organization_id is not None and user.is_able(Ability.PEOPLE)


class PeopleForm(forms.Form):
    people = forms.CharField(
        label=gettext_lazy("People"),
        max_length=MOST_LETTERS,
        widget=forms.Textarea(attrs={"class": "input", "rows": 8, "spellcheck": "false"}),
        help_text=gettext_lazy(
            "One a line: an address, with first and last name if you like. Columns of a table and "
            "“Mara Lind <mara@acme.example>” are read, too. Everybody comes as a learner."
        ),
        error_messages={"required": gettext_lazy("Paste at least one address.")},
    )


def show(request: HttpRequest) -> HttpResponse:
    """The form, who was invited so far, and the activation link. A POST asks before it is done."""
    user, organization = _inviter(request)
    form = PeopleForm(request.POST or None)
    if not form.is_valid() or "edit" in request.POST:
        return _form_page(request, user, organization, form)
    plan = plan_invitations(organization=organization, text=form.cleaned_data["people"])
    if "invite" not in request.POST or not plan.may_start:
        return _check_page(request, user, organization, plan, form.cleaned_data["people"])
    try:
        task = start_inviting(organization=organization, people=plan.new, actor_id=user.pk)
    except TooManyInvitations as refusal:
        form.add_error(None, str(refusal))
        return _form_page(request, user, organization, form)
    return HttpResponseRedirect(address_of(user, organization, "admin:inviting", task))


def _check_page(
    request: HttpRequest, user: User, organization: Organization, plan: Plan, pasted: str
) -> HttpResponse:
    return _page(
        request,
        user,
        organization,
        "invite_check.html",
        title=_("Invite people?"),
        plan=plan,
        new=plan.new[:LISTED],
        known=plan.known[:LISTED],
        invalid=plan.invalid[:LISTED],
        most=AT_ONCE,
        left=invitations_left(organization),
        text=pasted,
    )


def _form_page(
    request: HttpRequest, user: User, organization: Organization, form: PeopleForm
) -> HttpResponse:
    link = activation_link_of(organization)
    address = portal_address(reverse("accounts:join", args=[link.token])) if link else ""
    proved = Domain.objects.in_organization(organization).verified()
    return _page(
        request,
        user,
        organization,
        "invitations.html",
        title=_("Invitations"),
        form=form,
        numbers=_numbers(organization),
        people_url=reverse("admin:accounts_user_changelist"),
        link=link,
        link_address=address,
        domains=proved[:3] if organization.jit_enabled else (),
    )


@require_safe
def inviting(request: HttpRequest, task_id: UUID) -> HttpResponse:
    """How far the worker is. The page looks again by itself."""
    user, organization = _inviter(request)
    task = DBTaskResult.objects.filter(pk=task_id, task_path=invite_people.module_path).first()
    # What another organization runs looks like what there is not.
    if task is None or task.args_kwargs["args"][0] != str(organization.pk):
        raise Http404
    status = TaskResultStatus(task.status)
    is_over = status in {TaskResultStatus.SUCCESSFUL, TaskResultStatus.FAILED}
    progress = Progress.objects.filter(pk=task_id).first()
    total = len(task.args_kwargs["args"][2])
    response = _page(
        request,
        user,
        organization,
        "inviting.html",
        title=_("People were invited") if is_over else _("People are being invited"),
        is_over=is_over,
        has_failed=status == TaskResultStatus.FAILED,
        came=task.return_value or {},
        done=progress.done if progress else 0,
        total=total,
        people_url=reverse("admin:accounts_user_changelist"),
    )
    if not is_over:
        response.headers["Refresh"] = str(LOOK_AGAIN_SECONDS)
    return response


@require_POST
def activation(request: HttpRequest) -> HttpResponse:
    """Make a link, replace it or switch it off."""
    user, organization = _inviter(request)
    actor = Actor.from_user(user)
    if "off" in request.POST:
        if close_activation_link(organization=organization, actor=actor):
            messages.success(request, _("The activation link is off: it opens nothing any more."))
    else:
        make_activation_link(organization=organization, actor=actor)
        messages.success(request, _("Made. Only this activation link counts from now on."))
    return HttpResponseRedirect(f"{address_of(user, organization, 'admin:invitations')}#activation")


def _numbers(organization: Organization) -> dict[str, int]:
    """Of those who were asked and have not come: how many may still, how many came too late."""
    now = timezone.now()
    waiting = Invitation.objects.pending().in_organization(organization).order_by()
    numbers: dict[str, int] = waiting.aggregate(
        live=Count("pk", filter=Q(expires_at__gt=now)),
        opened=Count("pk", filter=Q(expires_at__gt=now, opened_at__isnull=False)),
        expired=Count("pk", filter=Q(expires_at__lte=now)),
    )
    return numbers


def _inviter(request: HttpRequest) -> tuple[User, Organization]:
    user, organization = organization_at_hand(request)
    if not user.is_able(Ability.PEOPLE):
        raise PermissionDenied
    return user, organization


def _page(
    request: HttpRequest, user: User, organization: Organization, template: str, **context: Any
) -> HttpResponse:
    return console_page(
        request,
        f"learning_portal/console/{template}",
        organization=organization,
        own_url=address_of(user, organization, "admin:invitations"),
        activation_url=address_of(user, organization, "admin:activation"),
        **context,
    )
