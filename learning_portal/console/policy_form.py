"""The form of *Policies*: what each choice does is said beside it, with the number of people."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import MAX_GRACE_DAYS, BindingPolicy, Organization
from accounts.session_length import session_length_choices
from accounts.widgets import Moment, RadioCards, Switch
from learning_portal.console.facts import OrganizationFacts
from learning_portal.console.policy_differences import what_requiring_does


class DayForm(forms.Form):
    """When the changes are to be made, in the organization's time."""

    due_at = forms.SplitDateTimeField(label=_("When"), widget=Moment())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        in_a_week = timezone.localtime() + timedelta(days=7)
        kwargs.setdefault(
            "initial", {"due_at": in_a_week.replace(hour=9, minute=0, second=0, microsecond=0)}
        )
        super().__init__(*args, **kwargs)


class PolicyForm(forms.ModelForm[Organization]):
    """Only what the person changed is saved, against what the page showed: two administrators on
    the same page undo nothing of each other's."""

    session_hours = forms.TypedChoiceField(label=_("Session length"), coerce=int)

    class Meta:
        model = Organization
        fields = (
            "binding_policy",
            "binding_grace_days",
            "auto_assign",
            "jit_enabled",
            "session_hours",
        )

    def __init__(
        self,
        *args: Any,
        facts: OrganizationFacts,
        may_change: bool,
        door: str | None,
        **kwargs: Any,
    ) -> None:
        """`door` is the identity provider by name, None where there is none."""
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.show_hidden_initial = may_change
            field.disabled = not may_change
        self._say_what_binding_does(facts)
        self._say_what_grace_does()
        self._say_what_switches_do(facts, has_sso=door is not None)
        hours = self.fields["session_hours"]
        assert isinstance(hours, forms.TypedChoiceField)
        hours.choices = session_length_choices(self.instance.session_hours)
        again = (
            _("After this, people sign in again.")
            if door is None
            else _("After this, people go through %(door)s again.") % {"door": door}
        )
        counts = _(
            "Shorter counts at once, longer from the next sign-in on. Deactivated people are "
            "signed out at once, whatever you choose."
        )
        hours.help_text = f"{again} {counts}"

    def _say_what_binding_does(self, facts: OrganizationFacts) -> None:
        self.fields["binding_policy"] = forms.ChoiceField(
            label=_("LinkedIn profile"),
            choices=BindingPolicy.choices,
            disabled=self.fields["binding_policy"].disabled,
            show_hidden_initial=self.fields["binding_policy"].show_hidden_initial,
            widget=RadioCards(
                descriptions={
                    BindingPolicy.REQUIRED: what_requiring_does(
                        facts.unbound_people, facts.grace_ends
                    ),
                    BindingPolicy.OPTIONAL: _(
                        "Asked once after sign-in. %(bound)d of %(active)d are connected."
                    )
                    % {"bound": facts.bound_people, "active": facts.active_people},
                    BindingPolicy.OFF: ngettext(
                        "No LinkedIn button anywhere. %(count)d connection is put to sleep and "
                        "forgotten after 90 days.",
                        "No LinkedIn button anywhere. %(count)d connections are put to sleep and "
                        "forgotten after 90 days.",
                        facts.bound_people,
                    )
                    % {"count": facts.bound_people},
                }
            ),
        )
        self.order_fields(self.Meta.fields)

    def _say_what_grace_does(self) -> None:
        days = self.fields["binding_grace_days"]
        assert isinstance(days, forms.IntegerField)
        days.widget.attrs |= {"max": MAX_GRACE_DAYS, "class": "vIntegerField"}
        days.help_text = _(
            "Once they must: how long people who are here and have no profile go on without, past "
            "a banner that says until when. They get a mail three days ahead. Whoever joins later "
            "is asked at once. 0 asks everybody at their next page, 90 is the most."
        )

    def _say_what_switches_do(self, facts: OrganizationFacts, *, has_sso: bool) -> None:
        free = facts.seats.free
        if free and not has_sso:
            on = ngettext(
                "On: whoever joins takes a seat. The next %(count)d person gets one; later ones "
                "wait in line.",
                "On: whoever joins takes a seat. The next %(count)d people get one; later ones "
                "wait in line.",
                free,
            ) % {"count": free}
        elif not has_sso:
            on = _("On: no seat is free, so whoever joins waits in line for one.")
        elif free:
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
            if_on=_("On: whoever your identity provider lets through gets an account here.")
            if has_sso
            else _(
                "On: whoever has an address of a domain you proved may join by the activation link."
            ),
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
