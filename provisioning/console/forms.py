"""What administrators choose about their directory."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.widgets import Switch
from licenses.models import LicensePool
from provisioning.models import ScimConfiguration
from provisioning.services import CONFIGURATION_FIELDS, DEFAULT_DAYS, MAX_DAYS

LIFETIMES = {
    90: gettext_lazy("90 days"),
    180: gettext_lazy("180 days"),
    DEFAULT_DAYS: gettext_lazy("1 year"),
    MAX_DAYS: gettext_lazy("2 years"),
}


class LifetimeForm(forms.Form):
    """How long a token lives. `id` is the id that the token will have: sent twice, the form makes
    one token."""

    id = forms.UUIDField(widget=forms.HiddenInput)
    days = forms.TypedChoiceField(
        label=gettext_lazy("Valid for"),
        coerce=int,
        choices=list(LIFETIMES.items()),
        initial=DEFAULT_DAYS,
        help_text=gettext_lazy(
            "We write to your full admins 60, 30 and 7 days and the day before it ends."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["id"].initial = uuid.uuid4


class TokenForm(LifetimeForm):
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=100,
        help_text=gettext_lazy("For you, such as Okta or Entra ID."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Give the token a name.")},
    )
    field_order = ("name", "days", "id")


class ConfigurationForm(forms.ModelForm[ScimConfiguration]):
    """Only what the person changed is saved, against what the page showed: two administrators on
    the same page undo nothing of each other's."""

    class Meta:
        model = ScimConfiguration
        fields = CONFIGURATION_FIELDS

    def __init__(
        self,
        *args: Any,
        pools: Iterable[LicensePool],
        free_seats: int,
        name: str,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._pools = {str(pool.pk): pool for pool in pools}
        self._offer_pools()
        self._say_what_switches_do(free_seats, name)
        for field in self.fields.values():
            field.show_hidden_initial = True

    def _offer_pools(self) -> None:
        self.fields["pool"] = forms.TypedChoiceField(
            label=_("License pool"),
            required=False,
            choices=[
                ("", _("Any pool with a free seat")),
                *((key, str(pool.name)) for key, pool in self._pools.items()),
            ],
            coerce=self._pools.__getitem__,
            empty_value=None,
        )

    def _say_what_switches_do(self, free_seats: int, name: str) -> None:
        on = (
            ngettext(
                "On: whoever %(name)s adds gets a license at once. %(count)d seat is free; later "
                "people wait in line.",
                "On: whoever %(name)s adds gets a license at once. %(count)d seats are free; later "
                "people wait in line.",
                free_seats,
            )
            if free_seats
            else _("On: whoever %(name)s adds gets a license. No seat is free: they wait in line.")
        )
        said = {"name": name, "count": free_seats}
        self._switch(
            "auto_assign",
            on % said,
            _("Off: %(name)s gives nobody a license. Sign-in may, as your policies say.") % said,
        )
        self._switch(
            "adopts_people",
            _("On: %(name)s takes over people who are here under the same user name.") % said,
            _("Off: adding somebody whose user name is here already is refused.") % said,
        )
        self._switch(
            "brake_is_on",
            _("On: if %(name)s removes too many people in one hour, we hold it and ask you.")
            % said,
            _("Off: %(name)s may remove everybody at once. Seats and sessions end immediately.")
            % said,
        )
        for field, help_text in (
            ("brake_percent", _("Percent of your active people, within an hour.")),
            ("brake_minimum", _("So many may go in any case, however few people there are.")),
        ):
            self.fields[field].help_text = help_text
            self.fields[field].widget.attrs["class"] = "vIntegerField"

    def _switch(self, name: str, if_on: str, if_off: str) -> None:
        self.fields[name].widget = Switch(if_on=if_on, if_off=if_off)
        self.fields[name].help_text = ""

    def wanted(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.changed_data}
