"""*People*: everybody of an organization, with license and profile beside them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.console_pages import address_of, person_at
from accounts.errors import AccountsError
from accounts.models import User, UserQuerySet
from accounts.roles import Ability, Role, may_grant
from accounts.services import change_role, create_user, update_profile
from accounts.templatetags.portal import ago, status_badge
from accounts.tenant_admin import Section
from accounts.verb_admin import VerbAdmin, as_action
from audit.actors import Actor
from learning_portal.console.people_filters import GroupFilter, PresentStateFilter, ProfileFilter
from learning_portal.console.people_forms import WHO_FIELDS, PersonForm
from learning_portal.console.people_verbs import VERBS
from learning_portal.console.person import person_context
from learning_portal.console.receipts import receipt_address
from licenses.errors import LicensesError
from licenses.policies import LicenseState
from licenses.standing import with_license_state
from licenses.words import LicenseFilter, license_badge
from profiles.models import ProfileBinding
from profiles.standing import with_binding_state

STATES = {
    User.State.INVITED: ("info", "mail"),
    User.State.ACTIVE: ("ok", "check-circle"),
    User.State.DEACTIVATED: ("", "pause"),
    User.State.DELETED: ("", "trash"),
}
PROFILES = {
    ProfileBinding.State.ACTIVE.value: ("ok", "link", gettext_lazy("Connected")),
    ProfileBinding.State.SUSPENDED.value: ("", "pause", gettext_lazy("Asleep")),
    "none": ("", "none", gettext_lazy("Not connected")),
}


@admin.register(User)
class UserAdmin(VerbAdmin):
    ability = Ability.PEOPLE
    view_abilities = (Ability.LICENSES,)
    refusals = (AccountsError, LicensesError)
    section = Section.PEOPLE
    icon = "people"
    menu_order = 10
    empty_text = gettext_lazy(
        "Nobody is here yet. People come at their first sign-in, by invitation, or by hand."
    )
    guide = "people"
    form = PersonForm
    change_form_template = "learning_portal/console/person.html"
    list_display = (
        "who",
        "role_shown",
        "state_shown",
        "license_shown",
        "profile_shown",
        "source_shown",
        "signed_in",
        "organization",
    )
    list_filter = (
        ("state", PresentStateFilter),
        "role",
        LicenseFilter,
        ProfileFilter,
        "source",
        GroupFilter,
        ("organization", admin.RelatedOnlyFieldListFilter),
    )
    search_fields = ("first_name", "last_name", "email", "user_name")
    search_help_text = gettext_lazy("Name, e-mail or user name")
    ordering = ("last_name", "first_name", "id")
    list_select_related = ("organization",)
    verbs = VERBS
    actions = tuple(map(as_action, VERBS.values()))

    def get_queryset(self, request):
        """Everybody who is here. Platform staff are nobody's people; the deleted are history."""
        people: UserQuerySet = super().get_queryset(request)
        here = people.present().exclude(organization=None).select_related("organization")
        return with_binding_state(with_license_state(here))

    # ------------------------------------------------------------------ who may

    def has_change_permission(self, request, obj=None):
        """Nobody changes a person whose role they could not give."""
        may = super().has_change_permission(request, obj)
        return may and (obj is None or may_grant(person_at(request).role, obj.role))

    # ------------------------------------------------------------------ the list

    @admin.display(description=gettext_lazy("person"), ordering="last_name")
    def who(self, obj: User) -> SafeString:
        return format_html("{} <small>{}</small>", obj.display_name, obj.email)

    @admin.display(description=gettext_lazy("role"), ordering="role")
    def role_shown(self, obj: User) -> str:
        return obj.get_role_display()

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def state_shown(self, obj: User) -> SafeString:
        kind, icon = STATES[User.State(obj.state)]
        return status_badge(kind, icon, obj.get_state_display())

    @admin.display(description=gettext_lazy("license"))
    def license_shown(self, obj: Any) -> SafeString:
        return license_badge(LicenseState(obj.license_state), obj.license_ended_by)

    @admin.display(description=gettext_lazy("LinkedIn profile"))
    def profile_shown(self, obj: Any) -> SafeString:
        kind, icon, label = PROFILES[obj.binding_state]
        return status_badge(kind, icon, str(label))

    @admin.display(description=gettext_lazy("came by"), ordering="source")
    def source_shown(self, obj: User) -> str | SafeString:
        """Whom a directory looks after, wears its badge."""
        if obj.source != User.Source.SCIM:
            return obj.get_source_display()
        return format_html('{} <span class="tag">IdP</span>', obj.get_source_display())

    @admin.display(description=gettext_lazy("last sign-in"), ordering="last_login")
    def signed_in(self, obj: User) -> Any:
        return ago(obj.last_login)

    # ------------------------------------------------------------------ one person

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        return type("PersonForm", (form,), {"granter": person_at(request)})

    def get_fieldsets(self, request, obj=None):
        who: list[Any] = [
            "user_name",
            "email",
            ("first_name", "last_name"),
            ("title", "department"),
            ("location", "manager_name"),
        ]
        rights = ["role"]
        if may_grant(person_at(request).role, Role.SUB_ADMIN):
            rights.append("abilities")
        who = ["organization", *who] if obj is None else who
        options: dict[str, Any] = {"fields": self._hide_organization(request, who)}
        if obj is not None and obj.source == User.Source.SCIM:
            options["description"] = format_html(
                '<span class="tag">IdP</span> {}',
                _("Your directory keeps these. Change them there."),
            )
        elif obj is not None and obj.source == User.Source.SSO:
            options["description"] = _(
                "Your identity provider writes what it knows over these at each sign-in."
            )
        return [
            (_("Who"), options),
            (_("What they may do"), {"fields": rights}),
        ]

    def get_readonly_fields(self, request, obj=None):
        if obj is None:
            return []
        is_kept_by_directory = obj.source == User.Source.SCIM
        return ["user_name", *(WHO_FIELDS if is_kept_by_directory else ())]

    def save_model(self, request, obj, form, change):
        actor = Actor.from_user(request.user)
        values = form.cleaned_data
        who = {name: values[name] for name in WHO_FIELDS if name in values}
        if change:
            # The row as it is stored: the form has written into `obj` already.
            person = self.get_queryset(request).get(pk=obj.pk)
            update_profile(user=person, values=who, actor=actor)
        else:
            person = create_user(
                organization=self.organization_of(request, form),
                user_name=values["user_name"],
                source=User.Source.CONSOLE,
                actor=actor,
                **who,
            )
        role = Role(values["role"])
        if role != person.role or role == Role.SUB_ADMIN:
            change_role(
                user=person,
                role=role,
                abilities=values.get("abilities", person.abilities),
                granter_role=request.user.role,
                actor=actor,
            )
        self.become(obj, person)

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if obj is not None:
            context.update(person_context(obj, events=self.events_about(request, obj)))
            if context["closing"] is not None and obj.organization is not None:
                context["receipt_url"] = receipt_address(
                    person_at(request), obj.organization, context["closing"]
                )
            context["state_badge"] = self.state_shown(obj)
            context["license_badge"] = self.license_shown(obj)
            context["profile_badge"] = self.profile_shown(obj)
            context["verbs"] = self.verbs_for(request, obj)
            if obj.source == User.Source.SCIM and person_at(request).is_able(Ability.DIRECTORY):
                context["recheck_url"] = address_of(
                    person_at(request), obj.organization, "admin:directory_person", obj.pk
                )
        return super().render_change_form(request, context, add, change, form_url, obj)

    # ------------------------------------------------------------------ verbs

    def people_of(self, request, rows):
        return rows

    def get_urls(self):
        one = self.admin_site.admin_view(self.act_on_one)
        return [
            path("<path:object_id>/do/<str:verb>/", one, name="accounts_user_do"),
            *super().get_urls(),
        ]

    def act_on_one(self, request: HttpRequest, object_id: str, verb: str) -> HttpResponse:
        chosen = self.verb_called(request, verb)
        person = self.get_object(request, unquote(object_id))
        if person is None:
            return self.not_here(request, object_id)
        back = reverse("admin:accounts_user_change", args=[person.pk])
        people = self.everybody(request).filter(pk=person.pk)
        if request.method == "POST":
            return self.act(request, chosen, people, back)
        return self.ask(request, chosen, people, action=request.path, back=back, person=person)
