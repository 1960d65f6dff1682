"""*Policies*: who gets in, and what they meet on the way. One page, one service call.

Whoever may enter the console may read it; changing takes the ability. A change that touches people
shows how many before it is made.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.console_pages import address_of, console_page, organization_at_hand
from accounts.doors import doors_of
from accounts.errors import InvalidValue
from accounts.models import BindingPolicy, Organization, User
from accounts.roles import Ability
from accounts.services import set_policies
from accounts.session_length import duration, session_length_choices
from accounts.widgets import RadioCards, Switch
from audit.actors import Actor
from learning_portal.console.facts import OrganizationFacts
from learning_portal.console.learner_view import learner_view
from licenses.services import assign_to_everyone
from licenses.verbs import bulk_sentence


def may_look(user: User) -> bool:
    """Staff come from an organization's page; in their own menu there is no "own" policy."""
    return user.organization_id is not None and user.is_active and user.is_staff


class PolicyForm(forms.ModelForm[Organization]):
    """Only what the person changed is saved, against what the page showed: two administrators on
    the same page undo nothing of each other's."""

    session_hours = forms.TypedChoiceField(label=_("Session length"), coerce=int)

    class Meta:
        model = Organization
        fields = ("binding_policy", "auto_assign", "jit_enabled", "session_hours")

    def __init__(
        self, *args: Any, facts: OrganizationFacts, may_change: bool, door: str, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.show_hidden_initial = may_change
            field.disabled = not may_change
        self._say_what_binding_does(facts)
        self._say_what_switches_do(facts)
        hours = self.fields["session_hours"]
        assert isinstance(hours, forms.TypedChoiceField)
        hours.choices = session_length_choices(self.instance.session_hours)
        hours.help_text = _(
            "After this, people go through %(door)s again. Shorter counts at once, longer from the "
            "next sign-in on. Deactivated people are signed out at once, whatever you choose."
        ) % {"door": door}

    def _say_what_binding_does(self, facts: OrganizationFacts) -> None:
        self.fields["binding_policy"] = forms.ChoiceField(
            label=_("LinkedIn profile"),
            choices=BindingPolicy.choices,
            disabled=self.fields["binding_policy"].disabled,
            show_hidden_initial=self.fields["binding_policy"].show_hidden_initial,
            widget=RadioCards(
                descriptions={
                    BindingPolicy.REQUIRED: ngettext(
                        "%(count)d person without a profile is asked at their next page.",
                        "%(count)d people without a profile are asked at their next page.",
                        facts.unbound_people,
                    )
                    % {"count": facts.unbound_people},
                    BindingPolicy.OPTIONAL: _(
                        "Asked once after sign-in. %(bound)d of %(active)d are connected."
                    )
                    % {"bound": facts.bound_people, "active": facts.active_people},
                    BindingPolicy.OFF: ngettext(
                        "No LinkedIn button anywhere. %(count)d connection is put to sleep, "
                        "not deleted.",
                        "No LinkedIn button anywhere. %(count)d connections are put to sleep, "
                        "none is deleted.",
                        facts.bound_people,
                    )
                    % {"count": facts.bound_people},
                }
            ),
        )
        self.order_fields(self.Meta.fields)

    def _say_what_switches_do(self, facts: OrganizationFacts) -> None:
        free = facts.seats.free
        if free:
            on = ngettext(
                "On: each person’s first SSO sign-in takes a seat. The next %(count)d sign-in "
                "gets one; later ones wait in line.",
                "On: each person’s first SSO sign-in takes a seat. The next %(count)d first "
                "sign-ins get a seat; later ones wait in line.",
                free,
            ) % {"count": free}
        else:
            on = _("On: no seat is free, so each first SSO sign-in waits in line for one.")
        off = ngettext(
            "Off: signing in gives nobody a seat. The %(count)d person who has one keeps it.",
            "Off: signing in gives nobody a seat. The %(count)d people who have one keep it.",
            facts.seats.taken,
        ) % {"count": facts.seats.taken}
        self.fields["auto_assign"].widget = Switch(if_on=on, if_off=off)
        self.fields["jit_enabled"].help_text = ""
        self.fields["jit_enabled"].widget = Switch(
            if_on=_("On: whoever your identity provider lets through gets an account here."),
            if_off=_("Off: only people who are in the list of people already can sign in."),
        )

    def carried(self) -> list[str]:
        """Every value as hidden inputs, beside the values that the page showed at first."""
        return [
            part
            for field in self
            for part in (field.as_hidden(), field.as_hidden(only_initial=True))
        ]

    def wanted(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.changed_data}


@dataclass(frozen=True, slots=True)
class Difference:
    """One changed policy: before, after, and whom it touches."""

    label: str
    before: str
    after: str
    touched: int
    sentence: str


def differences(
    organization: Organization, wanted: dict[str, Any], facts: OrganizationFacts
) -> list[Difference]:
    """What the wanted policies change, compared with what is stored now."""
    changed = {name: new for name, new in wanted.items() if getattr(organization, name) != new}
    return [_difference(organization, name, new, facts) for name, new in changed.items()]


def _difference(
    organization: Organization, name: str, new: Any, facts: OrganizationFacts
) -> Difference:
    before = getattr(organization, name)
    match name, new:
        case "binding_policy", _any:
            touched, sentence = _binding_touches(BindingPolicy(before), BindingPolicy(new), facts)
            return Difference(
                _("LinkedIn profile"),
                str(BindingPolicy(before).label),
                str(BindingPolicy(new).label),
                touched,
                sentence,
            )
        case "auto_assign", True:
            touched, sentence = 0, _("Nobody gets a seat now: the next first sign-ins do.")
        case "auto_assign", False:
            touched, sentence = 0, _("Nobody loses a seat. First sign-ins get none any more.")
        case "jit_enabled", True:
            touched, sentence = 0, _("New people get in through single sign-on.")
        case "jit_enabled", False:
            touched, sentence = 0, _("Nobody is shut out. New people have to be added first.")
        case _:
            return Difference(
                _("Session length"),
                duration(before),
                duration(new),
                0,
                _("Counts from the next sign-in. Nobody is signed out now."),
            )
    labels = {
        "auto_assign": _("Automatically assign licenses"),
        "jit_enabled": _("Create people at their first sign-in"),
    }
    on, off = _("On"), _("Off")
    return Difference(labels[name], on if before else off, on if new else off, touched, sentence)


def _binding_touches(
    before: BindingPolicy, after: BindingPolicy, facts: OrganizationFacts
) -> tuple[int, str]:
    match after:
        case BindingPolicy.REQUIRED:
            number = facts.unbound_people
            return number, ngettext(
                "%(count)d person without a profile is asked at their next page.",
                "%(count)d people without a profile are asked at their next page.",
                number,
            ) % {"count": number}
        case BindingPolicy.OFF:
            number = facts.bound_people
            return number, ngettext(
                "%(count)d connection is put to sleep. It is not deleted and comes back with the "
                "policy.",
                "%(count)d connections are put to sleep. None is deleted; they come back with the "
                "policy.",
                number,
            ) % {"count": number}
        case _ if before is BindingPolicy.OFF:
            number = facts.bound_people
            return number, ngettext(
                "%(count)d connection wakes up.", "%(count)d connections wake up.", number
            ) % {"count": number}
        case _:
            return 0, _("Nobody has to do anything. The gate opens for those without a profile.")


def edit(request: HttpRequest) -> HttpResponse:
    user, organization = organization_at_hand(request)
    may_change = user.is_able(Ability.POLICIES)
    if request.method == "POST" and not may_change:
        raise PermissionDenied
    facts = OrganizationFacts(organization)
    doors = doors_of(organization)
    door = doors[0].name if doors else _("sign-in")
    form = PolicyForm(
        request.POST if request.method == "POST" else None,
        # A fresh row: a form writes into its instance, and the page compares with what is stored.
        instance=Organization.objects.get(pk=organization.pk),
        facts=facts,
        may_change=may_change,
        door=door,
    )
    if form.is_bound and form.is_valid():
        found = differences(organization, form.wanted(), facts)
        if not found:
            messages.info(request, _("Nothing to save: these are today’s policies."))
            return redirect(_address(user, organization))
        is_harmless = not any(difference.touched for difference in found)
        if "_confirm" in request.POST or ("_save" in request.POST and is_harmless):
            return _save(request, user, organization, form, found)
        if "_back" not in request.POST:
            return _page(
                request,
                "learning_portal/console/policies_difference.html",
                user,
                organization,
                title=_("Save these changes?"),
                form=form,
                differences=found,
                touched=sum(difference.touched for difference in found),
            )
    return _page(
        request,
        "learning_portal/console/policies.html",
        user,
        organization,
        title=_("Policies"),
        form=form,
        may_change=may_change,
        door=door,
        matrix=learner_view(organization, door=doors[0].name if doors else None),
        facts=facts,
    )


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
        assign_url=_address(user, organization, "admin:policies_assign"),
        history_url=f"{history}?action__exact=accounts.policies.changed"
        if user.is_able(Ability.ACTIVITY)
        else "",
        **context,
    )


def _address(user: User, organization: Organization, name: str = "admin:policies") -> str:
    return address_of(user, organization, name)
