"""The one door through which organization administrators use Django's admin.

Every `ModelAdmin` of the portal extends `TenantAdmin`. It answers two questions the same way
everywhere: *may this person do this* (by ability, never by Django's permissions) and *which rows
are there at all* (those of the person's organization; platform staff see every organization).
What another organization owns looks exactly like what does not exist.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any, NoReturn, TypeVar
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import ImproperlyConfigured, PermissionDenied, ValidationError
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.functional import Promise

from accounts.admin_checks import TenantAdminChecks
from accounts.console_pages import person_at
from accounts.errors import AccountsError, InvalidValue
from accounts.list_parameters import field_of, is_date_of, is_parameter_of
from accounts.models import Organization, User
from accounts.paging import BoundedPaginator
from accounts.plain_words import PlainWords, name_empty_choice
from accounts.roles import Ability
from accounts.widgets import Moment
from audit.models import AuditEvent

AnyModel = TypeVar("AnyModel", bound=models.Model)

HISTORY_LENGTH = 100
# Characters; no name and no detail that somebody looks for is longer.
LONGEST_SEARCH = 200


class Section(models.TextChoices):
    """The console's menu: an administrator's tasks, not our apps."""

    OVERVIEW = "overview", "Overview"
    PEOPLE = "people", "People"
    ACCESS = "access", "Access"
    RECORD = "record", "Record"


class TenantAdmin(PlainWords):
    """A model in the console, for one organization at a time. See the module's first lines."""

    checks_class = TenantAdminChecks

    # Needed to see and to change; None leaves it to platform staff.
    ability: Ability | None = None
    # Who may look without changing, besides those with `ability`.
    view_abilities: Sequence[Ability] = ()
    # From the model to its organization; "pk" on `Organization` itself.
    organization_lookup = "organization"
    # Only read: neither added nor changed here.
    is_read_only = False
    formfield_overrides = {models.DateTimeField: {"widget": Moment}}

    # Where the menu shows it; None keeps it out of the menu.
    section: Section | None = None
    icon = "list"
    menu_label: str | Promise = ""
    menu_order = 100

    # What services say when they say no; such an answer becomes a message on the form.
    refusals: tuple[type[Exception], ...] = (AccountsError,)
    # Parameters of the list's address besides those of its filters.
    allowed_lookups: Sequence[str] = ()

    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    # "Show all" of a large organization is a page nobody can open.
    list_max_show_all = 200
    view_on_site = False
    object_history_template = "accounts/console/history.html"

    # ------------------------------------------------------------------ who may

    def _is_able(self, request: HttpRequest, *abilities: Ability | None) -> bool:
        user = request.user
        if not isinstance(user, User) or not user.is_active:
            return False
        if user.is_platform_staff:
            return True
        return any(ability is not None and user.is_able(ability) for ability in abilities)

    def _is_own(self, request: HttpRequest, obj: models.Model | None) -> bool:
        """A second net under `get_queryset`, for objects that came another way."""
        user = person_at(request)
        if obj is None or user.is_platform_staff:
            return True
        return organization_id_of(obj, self.organization_lookup) == user.organization_id

    def has_view_permission(self, request, obj=None):
        return self._is_able(request, self.ability, *self.view_abilities) and self._is_own(
            request, obj
        )

    def has_change_permission(self, request, obj=None):
        return (
            not self.is_read_only
            and self._is_able(request, self.ability)
            and self._is_own(request, obj)
        )

    def has_delete_permission(self, request, obj=None):
        return False

    def has_module_permission(self, request):
        return self.has_view_permission(request)

    def has_add_permission(self, request):
        return not self.is_read_only and self._is_able(request, self.ability)

    def get_actions(self, request):
        """An action that does not say what it takes could be run by whoever may look."""
        return {
            name: action
            for name, action in super().get_actions(request).items()
            if action and getattr(action[0], "allowed_permissions", None)
        }

    # ------------------------------------------------------------------ which rows

    def get_queryset(self, request):
        return restrict(super().get_queryset(request), request, self.organization_lookup)

    def get_search_results(self, request, queryset, search_term):
        """Each word is a condition on each of `search_fields`: an address has room for thousands of
        words, which no database plans in reasonable time."""
        return super().get_search_results(request, queryset, search_term[:LONGEST_SEARCH])

    def lookup_allowed(self, lookup, value, request=None):
        """Only what the filters offer. Stock admin lets the address probe any local column."""
        if lookup in self.allowed_lookups or is_date_of(self.date_hierarchy, lookup):
            return True
        filters = self.get_list_filter(request)
        return any(is_parameter_of(each, lookup, self.model) for each in filters)

    def _hide_organization(self, request: HttpRequest, names: Sequence[Any]) -> list[Any]:
        if self._sees_all(request):
            return list(names)
        return [name for name in names if field_of(name) != self.organization_lookup]

    def _sees_all(self, request: HttpRequest) -> bool:
        return isinstance(request.user, User) and request.user.is_platform_staff

    def get_changelist_instance(self, request):
        """An empty list offers to add what it is a list of, or else leads on.

        Not staff: pages outside the lists ask them first for which organization.
        """
        changes = super().get_changelist_instance(request)
        changes.has_add_permission = self.has_add_permission(request)  # type: ignore[attr-defined]  # for our template
        changes.empty_link = self.empty_link if request.user.organization_id else None  # type: ignore[attr-defined]  # likewise
        return changes

    def get_list_display(self, request):
        return self._hide_organization(request, super().get_list_display(request))

    def get_list_filter(self, request):
        return self._hide_organization(request, super().get_list_filter(request))

    # ------------------------------------------------------------------ fields of a form

    def own(self, request: HttpRequest, rows: models.QuerySet[AnyModel]) -> Any:
        """Of `rows`, those the person may name in a form. Unknown ways home lead nowhere."""
        lookup = self._lookup_of(rows.model)
        return rows.none() if lookup is None else restrict(rows, request, lookup)

    def _lookup_of(self, model: type[models.Model]) -> str | None:
        if self.admin_site.is_registered(model):
            registered = self.admin_site.get_model_admin(model)
            if isinstance(registered, TenantAdmin):
                return registered.organization_lookup
        if model is Organization:
            return "pk"
        fields = {field.name for field in model._meta.fields}
        return "organization" if "organization" in fields else None

    def _narrow(self, request: HttpRequest, form: Any) -> None:
        """Every choice of rows on a form, however it was declared, is a choice of own rows."""
        for name, field in form.base_fields.items():
            if isinstance(field, forms.ModelChoiceField):
                # Declared fields belong to the class, hence to every request: change a copy.
                mine = copy.deepcopy(field)
                assert mine.queryset is not None
                mine.queryset = self.own(request, mine.queryset)
                form.base_fields[name] = mine

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        widget = getattr(field, "widget", None)
        if widget is not None and hasattr(widget, "can_add_related"):
            # One page, one task: no pop-up that adds or changes something else meanwhile.
            widget.can_add_related = widget.can_change_related = False
            widget.can_delete_related = widget.can_view_related = False
        name_empty_choice(field)
        return field

    # ------------------------------------------------------------------ the form

    def get_fieldsets(self, request, obj=None):
        return [
            (name, {**options, "fields": self._hide_organization(request, options["fields"])})
            for name, options in super().get_fieldsets(request, obj)
        ]

    def get_readonly_fields(self, request, obj=None):
        """Nothing moves from one organization to another."""
        fields = list(super().get_readonly_fields(request, obj))
        if obj is not None and self.organization_lookup == "organization":
            fields += ["organization"] if "organization" not in fields else []
        return fields

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        self._narrow(request, form)
        refusal = getattr(request, "console_refusal", None)
        return form if refusal is None else _refused(form, refusal)

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        context.setdefault("show_save_and_add_another", False)
        if add and self.opens_what_was_added:
            context["show_save_and_continue"] = False  # *Save* does that already
        return super().render_change_form(request, context, add, change, form_url, obj)

    def organization_of(self, request: HttpRequest, form: forms.BaseForm) -> Organization:
        """Whose a new row will be: the person's own organization; staff choose one."""
        organization = person_at(request).organization or form.cleaned_data.get("organization")
        if organization is None:
            raise PermissionDenied
        return organization

    @staticmethod
    def become(obj: models.Model, saved: models.Model) -> None:
        """Let the form's object be the row that a service made, for the page that follows."""
        obj.__dict__.update(saved.__dict__)

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except self.refusals as refusal:
            # Everything is rolled back. The same form again, as it was sent, with the answer in it.
            request.console_refusal = refusal
            for upload in request.FILES.values():
                upload.seek(0)
            return super().changeform_view(request, object_id, form_url, extra_context)

    def changelist_view(self, request, extra_context=None):
        try:
            return super().changelist_view(request, extra_context)
        except self.refusals as refusal:  # from an action
            return self.say_no(request, refusal)

    def say_no(self, request: HttpRequest, refusal: Exception, *, to: str = "") -> HttpResponse:
        """Show a service's no as a message on the page the person came from, or on `to`."""
        self.message_user(request, str(refusal), messages.ERROR)
        return HttpResponseRedirect(to or request.get_full_path())

    # ------------------------------------------------------------------ saving

    def save_model(self, request, obj, form, change):
        self._needs_a_service("save_model")

    def save_formset(self, request, form, formset, change):
        if formset.has_changed():
            self._needs_a_service("save_formset")

    def save_related(self, request, form, formsets, change):
        """`form.save_m2m()` would write past the services; `save_model` has everything."""
        for formset in formsets:
            self.save_formset(request, form, formset, change)

    def delete_model(self, request, obj):
        self._needs_a_service("delete_model")

    def delete_queryset(self, request, queryset):
        self._needs_a_service("delete_queryset")

    def _needs_a_service(self, method: str) -> NoReturn:
        raise ImproperlyConfigured(f"{type(self).__name__}.{method} must call a service.")

    # ------------------------------------------------------------------ history

    # Services record what happened; Django's own log would be a second, weaker account of it.
    def log_addition(self, request, obj, message):
        return None

    log_change = log_addition

    def log_deletions(self, request, queryset):
        return None

    def construct_change_message(self, request, form, formsets, add=False):
        return []

    def events_about(self, request: HttpRequest, obj: models.Model) -> models.QuerySet[AuditEvent]:
        """What is on record about this row, newest first."""
        events = restrict(AuditEvent.objects.all(), request, "organization")
        return events.filter(target_type=self.opts.label_lower, target_id=str(obj.pk))

    def not_here(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The one answer for what does not exist and for what belongs to somebody else."""
        answer: HttpResponse = self._get_obj_does_not_exist_redirect(  # type: ignore[attr-defined]  # left out of the stubs
            request, self.opts, object_id
        )
        return answer

    def history_view(self, request, object_id, extra_context=None):
        obj = self.get_object(request, unquote(object_id))
        if obj is None:
            return self.not_here(request, object_id)
        if not self.has_view_or_change_permission(request, obj):
            raise PermissionDenied
        return TemplateResponse(
            request,
            self.object_history_template,
            {
                **self.admin_site.each_context(request),
                "title": f"History of {obj}",
                "events": self.events_about(request, obj)[:HISTORY_LENGTH],
                "object": obj,
                "opts": self.opts,
                **(extra_context or {}),
            },
        )


def restrict(
    rows: models.QuerySet[AnyModel], request: HttpRequest, lookup: str
) -> models.QuerySet[AnyModel]:
    """The rows of the person's own organization; all of them for platform staff."""
    user = request.user
    if not isinstance(user, User):
        return rows.none()
    if user.is_platform_staff:
        return rows
    return rows.filter(**{lookup: user.organization_id})


def organization_id_of(obj: models.Model, lookup: str) -> UUID | None:
    *path, last = lookup.split("__")
    for part in path:
        obj = getattr(obj, part)
    field = obj._meta.pk if last == "pk" else obj._meta.get_field(last)
    value: UUID | None = getattr(obj, getattr(field, "attname", last))
    return value


def _refused(form: type[forms.ModelForm[Any]], refusal: Exception) -> type[forms.ModelForm[Any]]:
    """The same form, answering with what the service said."""

    class Refused(form):  # type: ignore[misc, valid-type]
        def clean(self) -> Any:
            cleaned = super().clean()
            if isinstance(refusal, InvalidValue) and refusal.field in self.fields:
                self.add_error(refusal.field, refusal.message)
                return cleaned
            raise ValidationError(str(refusal))

    return Refused
