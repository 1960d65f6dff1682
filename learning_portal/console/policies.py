"""*Policies*: who gets in, and what they meet on the way. One page, one service call.

Whoever may enter the console may read it; changing takes the ability. A change that touches people
shows how many before it is made.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.console_pages import address_of, console_page, organization_at_hand
from accounts.doors import doors_of
from accounts.errors import AccountsError, InvalidValue, NobodyGetsIn
from accounts.models import Organization, User
from accounts.roles import Ability
from accounts.services import cancel_scheduled, schedule_policies, set_policies
from accounts.templatetags.portal import full_time
from audit.actors import Actor
from learning_portal.console.facts import OrganizationFacts
from learning_portal.console.learner_view import learner_view
from learning_portal.console.policies_forget import asleep
from learning_portal.console.policy_differences import Difference, differences
from learning_portal.console.policy_form import DayForm, PolicyForm
from learning_portal.console.policy_waiting import WaitingChange, waiting_change
from licenses.services import assign_to_everyone
from licenses.verbs import bulk_sentence


def may_look(user: User) -> bool:
    """Staff come from an organization's page; in their own menu there is no "own" policy."""
    return user.organization_id is not None and user.is_active and user.is_staff


def edit(request: HttpRequest) -> HttpResponse:
    user, organization = organization_at_hand(request)
    may_change = user.is_able(Ability.POLICIES)
    if request.method == "POST" and not may_change:
        raise PermissionDenied
    facts = OrganizationFacts(organization)
    doors = doors_of(organization)
    door = doors[0].name if doors else None
    form = PolicyForm(
        request.POST if request.method == "POST" else None,
        # A fresh row: a form writes into its instance, and the page compares with what is stored.
        instance=Organization.objects.get(pk=organization.pk),
        facts=facts,
        may_change=may_change,
        door=door,
    )
    if form.is_bound and form.is_valid() and "_back" not in request.POST:
        return _decide(request, user, organization, form, facts)
    return _page(
        request,
        "learning_portal/console/policies.html",
        user,
        organization,
        title=_("Policies"),
        form=form,
        may_change=may_change,
        matrix=learner_view(organization, door=door),
        facts=facts,
        waiting=waiting_change(organization, facts),
        asleep=asleep(organization, _address(user, organization, "admin:policies_forget")),
    )


def _decide(
    request: HttpRequest,
    user: User,
    organization: Organization,
    form: PolicyForm,
    facts: OrganizationFacts,
) -> HttpResponse:
    """Save, schedule, or show what it would do first."""
    found = differences(organization, form.wanted(), facts)
    if not found:
        messages.info(request, _("Nothing to save: these are today’s policies."))
        return redirect(_address(user, organization))
    is_harmless = not any(difference.touched for difference in found)
    if "_confirm" in request.POST or ("_save" in request.POST and is_harmless):
        return _save(request, user, organization, form, found)
    is_scheduling = "_schedule" in request.POST
    day = DayForm(request.POST if is_scheduling else None)
    if is_scheduling and day.is_valid():
        try:
            return _schedule(request, user, organization, form, day)
        except AccountsError as refusal:
            day.add_error("due_at", str(refusal))
    return _page(
        request,
        "learning_portal/console/policies_difference.html",
        user,
        organization,
        title=_("Save these changes?"),
        form=form,
        day=day,
        differences=found,
        touched=sum(difference.touched for difference in found),
        waiting=waiting_change(organization, facts),
    )


def _schedule(
    request: HttpRequest,
    user: User,
    organization: Organization,
    form: PolicyForm,
    day: DayForm,
) -> HttpResponse:
    due_at = day.cleaned_data["due_at"]
    schedule_policies(
        organization=organization,
        changes=form.wanted(),
        due_at=due_at,
        actor=Actor.from_user(user),
    )
    messages.success(
        request,
        _("Scheduled for %(moment)s. Nothing changes before.") % {"moment": full_time(due_at)},
    )
    return redirect(_address(user, organization))


@require_POST
def cancel(request: HttpRequest, change_id: UUID) -> HttpResponse:
    """The scheduled change doesn't happen."""
    user, organization = organization_at_hand(request)
    if not user.is_able(Ability.POLICIES):
        raise PermissionDenied
    is_canceled = cancel_scheduled(
        organization=organization, change_id=change_id, actor=Actor.from_user(user)
    )
    if is_canceled:
        messages.success(request, _("Canceled. Today’s policies stay."))
    else:
        messages.info(request, _("That change no longer waits: it was made, or canceled before."))
    return redirect(_address(user, organization))


def _save(
    request: HttpRequest,
    user: User,
    organization: Organization,
    form: PolicyForm,
    found: list[Difference],
) -> HttpResponse:
    try:
        changed = set_policies(
            organization=organization, changes=form.wanted(), actor=Actor.from_user(user)
        )
    except InvalidValue as refusal:
        messages.error(request, refusal.message)
        return redirect(_address(user, organization))
    except NobodyGetsIn as refusal:
        messages.error(request, str(refusal))
        return redirect(_address(user, organization))
    what = "; ".join(f"{each.label}: {each.before} → {each.after}" for each in found)
    messages.success(request, _("Saved. %(what)s.") % {"what": what})
    is_switched_on = changed.get("auto_assign", [None, None])[1] is True
    may_assign = is_switched_on and user.is_able(Ability.LICENSES)
    if may_assign and OrganizationFacts(organization).unlicensed_people:
        return redirect(_address(user, organization, "admin:policies_assign"))
    return redirect(_address(user, organization))


def assign(request: HttpRequest) -> HttpResponse:
    """*Also assign to the people who have no license*: offered once the switch is on."""
    user, organization = organization_at_hand(request)
    if not (user.is_able(Ability.POLICIES) and user.is_able(Ability.LICENSES)):
        raise PermissionDenied
    facts = OrganizationFacts(organization)
    if request.method == "POST":
        given = assign_to_everyone(organization=organization, actor=Actor.from_user(user))
        messages.success(request, bulk_sentence(given))
        return redirect(_address(user, organization))
    number, free = facts.unlicensed_people, facts.seats.free
    if not number:
        return redirect(_address(user, organization))
    return _page(
        request,
        "learning_portal/console/policies_assign.html",
        user,
        organization,
        title=_("Also assign to people without a license?"),
        number=number,
        free=free,
        granted=min(number, free),
        left=max(number - free, 0),
    )


def _page(
    request: HttpRequest,
    template: str,
    user: User,
    organization: Organization,
    *,
    title: str,
    **context: Any,
) -> HttpResponse:
    history = reverse("admin:audit_auditevent_changelist")
    return console_page(
        request,
        template,
        organization=organization,
        title=title,
        policies_url=_address(user, organization),
        cancel_url=_cancel_url(user, organization, context.get("waiting")),
        assign_url=_address(user, organization, "admin:policies_assign"),
        history_url=f"{history}?action__exact=accounts.policies.changed"
        if user.is_able(Ability.ACTIVITY)
        else "",
        **context,
    )


def _cancel_url(user: User, organization: Organization, waiting: WaitingChange | None) -> str:
    if waiting is None:
        return ""
    return address_of(user, organization, "admin:policies_cancel", waiting.change.pk)


def _address(user: User, organization: Organization, name: str = "admin:policies") -> str:
    return address_of(user, organization, name)
