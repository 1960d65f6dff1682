"""A person in the console: who they are and what they may do. No password: that is their own."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.roles import ORGANIZATION_ROLES, Ability, Role, may_grant

WHO_FIELDS = (
    "email",
    "first_name",
    "last_name",
    "title",
    "department",
    "location",
    "manager_name",
)


class PersonForm(forms.ModelForm[User]):
    """`granter` is set by the page: which roles are offered depends on who asks."""

    granter: User

    abilities = forms.MultipleChoiceField(
        label=_("What a sub-admin may do"),
        choices=Ability.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_(
            "Counts for the role Sub-admin. A full admin may do everything. Whoever runs single "
            "sign-on decides who comes in as whom, full admins included."
        ),
    )

    class Meta:
        model = User
        fields = ("user_name", *WHO_FIELDS, "role")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "role" in self.fields:
            role = self.fields["role"]
            assert isinstance(role, forms.ChoiceField)
            role.choices = [
                (each.value, each.label)
                for each in ORGANIZATION_ROLES
                if may_grant(self.granter.role, each)
            ]
            self.initial.setdefault("role", Role.LEARNER)
        if "abilities" in self.fields:
            self.initial["abilities"] = self.instance.abilities
            if not may_grant(self.granter.role, Role.SUB_ADMIN):
                del self.fields["abilities"]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("role") == Role.SUB_ADMIN and not cleaned.get("abilities"):
            self.add_error("abilities", _("Choose at least one thing this sub-admin may do."))
        return cleaned
