"""The console's pages about organizations, domains, groups and what happened.

People are in `learning_portal.console.people`: their page puts licenses and profiles beside them.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from accounts.columns import moment_column
from accounts.console_pages import person_at
from accounts.models import (
    DirectoryGroup,
    DirectoryGroupMembership,
    DnsOutcome,
    Domain,
    Organization,
    User,
)
from accounts.policies import lost_at
from accounts.roles import Ability, has_every_ability
from accounts.services import (
    add_domain,
    ask_dns,
    change_members,
    create_group,
    create_organization,
    find_people,
    mark_domain_verified,
    remove_domain,
    rename_group,
    update_organization,
)
from accounts.templatetags.activity import change_sentence
from accounts.templatetags.portal import ago, status_badge, time_and_ago
from accounts.tenant_admin import Section, TenantAdmin
from audit.actors import Actor
from audit.models import AuditEvent

# More members than this are looked up in People, not ticked off in a form.
LISTED_MEMBERS = 100
STATE_OF_ORGANIZATION = {
    Organization.Status.ACTIVE: ("ok", "check-circle"),
    Organization.Status.SUSPENDED: ("bad", "pause"),
}


@admin.register(Organization)
class OrganizationAdmin(TenantAdmin):
    """The customers. Platform staff alone; an organization's own settings are its policies."""

    ability = None
    organization_lookup = "pk"
    section = Section.PEOPLE
    icon = "building"
    menu_order = 1
    list_display = ["name", "slug", "status_shown", "people", "time_zone", "added"]
    list_filter = ["status"]
    search_fields = ["name", "slug"]
    ordering = ["name"]
    list_select_related = False
    fields = ["name", "slug", "time_zone", "contact_email", "status"]

    def get_queryset(self, request):
        people = User.objects.active().filter(organization=OuterRef("pk")).order_by()
        counted = people.values("organization").annotate(number=Count("pk")).values("number")
        return super().get_queryset(request).annotate(active_people=Subquery(counted))

    def get_fields(self, request, obj=None):
        return self.fields if obj else [name for name in self.fields if name != "status"]

    def get_readonly_fields(self, request, obj=None):
        return ["slug"] if obj else []

    added = moment_column("created_at", _("added"))

    @admin.display(description=_("status"), ordering="status")
    def status_shown(self, obj: Organization) -> SafeString:
        kind, icon = STATE_OF_ORGANIZATION[Organization.Status(obj.status)]
        return status_badge(kind, icon, obj.get_status_display())

    @admin.display(description=_("active people"))
    def people(self, obj: Any) -> int:
        return obj.active_people or 0

    def save_model(self, request, obj, form, change):
        actor = Actor.from_user(request.user)
        values = form.cleaned_data
        if change:
            update_organization(organization=obj, values=values, actor=actor)
        else:
            self.become(obj, create_organization(**values, actor=actor))


# While a worker asks, the page looks again so often.
LOOK_AGAIN_SECONDS = 3
# Whoever waited so long waits for a worker that doesn't run.
GIVEN_UP_AFTER = timedelta(minutes=2)
# From an answer of DNS to a badge.
STATE_OF_ANSWER = {
    DnsOutcome.SEEN: ("ok", "check-circle"),
    DnsOutcome.OTHERS: ("warn", "warn"),
    DnsOutcome.NOTHING: ("warn", "none"),
    DnsOutcome.NO_DOMAIN: ("bad", "x-circle"),
    DnsOutcome.UNREACHABLE: ("warn", "clock"),
}


@admin.register(Domain)
class DomainAdmin(TenantAdmin):
    """Whoever looks after single sign-on may look; full admins say what is theirs."""

    ability = Ability.SSO
    section = Section.ACCESS
    icon = "mail"
    menu_order = 20
    empty_text = _(
        "No domain yet. A proved one leads your people’s e-mail addresses to your sign-in."
    )
    guide = "sso-generic"
    change_form_template = "accounts/console/domain.html"
    delete_confirmation_template = "accounts/console/domain_delete.html"
    list_display = ["name", "state", "answer", "organization", "added"]
    list_filter = [
        ("organization", admin.RelatedOnlyFieldListFilter),
        ("verified_at", admin.EmptyFieldListFilter),
    ]
    search_fields = ["name"]
    ordering = ["name"]
    list_select_related = ["organization"]
    actions = ["mark_verified"]
    opens_what_was_added = True

    def get_form(self, request, obj=None, change=False, **kwargs):
        says = _("What stands behind the @ of your people’s addresses, such as acme.example.")
        return super().get_form(request, obj, change=change, help_texts={"name": says}, **kwargs)

    def get_urls(self):
        check = self.admin_site.admin_view(require_POST(self.check_view))
        return [
            path("<uuid:domain_id>/check/", check, name="accounts_domain_check"),
            *super().get_urls(),
        ]

    def get_actions(self, request):
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def _decides(self, request: HttpRequest) -> bool:
        user = person_at(request)
        return user.is_active and has_every_ability(user.role)

    def has_add_permission(self, request):
        return self._decides(request)

    def has_delete_permission(self, request, obj=None):
        return self._decides(request) and self._is_own(request, obj)

    def delete_view(self, request, object_id, extra_context=None):
        domain = self.get_object(request, unquote(object_id))
        if domain is None:
            return super().delete_view(request, object_id, extra_context)
        people = User.objects.in_organization(domain.organization_id).active()
        touched = people.filter(email__endswith=f"@{domain.name}").count()
        context = {**(extra_context or {}), "domain": domain, "touched": touched}
        return super().delete_view(request, object_id, context)

    def delete_model(self, request, obj):
        remove_domain(domain=obj, actor=Actor.from_user(request.user))

    def has_change_permission(self, request, obj=None):
        return False  # a domain is added and proved, never edited

    def has_verify_permission(self, request: HttpRequest) -> bool:
        return self._sees_all(request)

    def get_fieldsets(self, request, obj=None):
        fields = ["organization", "name"] if obj is None else ["organization", "name", "state"]
        return [(None, {"fields": self._hide_organization(request, fields)})]

    def get_readonly_fields(self, request, obj=None):
        return ["organization", "name", "state"] if obj else []

    added = moment_column("created_at", _("added"))

    @admin.display(description=_("state"), ordering="verified_at")
    def state(self, obj: Domain) -> SafeString:
        if obj.verified_at is None:
            return status_badge("warn", "clock", gettext("Waiting for proof"))
        if obj.missing_since is not None:
            return status_badge("warn", "warn", gettext("Proved, record missing"))
        return status_badge("ok", "check-circle", gettext("Proved"))

    @admin.display(description=_("DNS said"), ordering="checked_at")
    def answer(self, obj: Domain) -> str:
        if obj.checked_at is None:
            return "—"
        return format_html("{} {}", DnsOutcome(obj.outcome).label, ago(obj.checked_at))

    def change_view(self, request, object_id, form_url="", extra_context=None):
        domain = self.get_object(request, unquote(object_id))
        context = extra_context or {}
        if domain is not None:
            context |= self._standing(request, domain)
        response = super().change_view(request, object_id, form_url, context)
        if context.get("is_asked"):
            # By header: it works without scripts.
            response.headers["Refresh"] = str(LOOK_AGAIN_SECONDS)
        return response

    def _standing(self, request: HttpRequest, domain: Domain) -> dict[str, Any]:
        asked_at, checked_at = domain.asked_at, domain.checked_at
        is_open = waits = False
        if asked_at is not None:
            is_open = checked_at is None or checked_at < asked_at
            waits = is_open and timezone.now() - asked_at < GIVEN_UP_AFTER
        outcome = DnsOutcome(domain.outcome) if domain.outcome else None
        return {
            "domain": domain,
            "may_decide": self._decides(request),
            "is_asked": waits,
            "is_unanswered": is_open and not waits,
            "outcome": outcome,
            "answer_badge": status_badge(*STATE_OF_ANSWER[outcome], str(outcome.label))
            if outcome
            else "",
            # Seen, and yet not proved: the one reason there is.
            "is_elsewhere": outcome is DnsOutcome.SEEN and domain.verified_at is None,
            "lost_at": lost_at(domain.missing_since, domain.warned_at or timezone.now())
            if domain.missing_since
            else None,
            "check_url": reverse("admin:accounts_domain_check", args=[domain.pk]),
        }

    def check_view(self, request: HttpRequest, domain_id: UUID) -> HttpResponse:
        """Have DNS asked now, by a worker; the page then shows what it said."""
        domain = self.get_object(request, str(domain_id))
        if domain is None:
            return self.not_here(request, str(domain_id))
        if not (self._decides(request) and self._is_own(request, domain)):
            raise PermissionDenied
        if not ask_dns(domain=domain):
            self.message_user(
                request, gettext("DNS was asked a moment ago. Here is what it said."), messages.INFO
            )
        return redirect("admin:accounts_domain_change", domain.pk)

    def save_model(self, request, obj, form, change):
        organization = self.organization_of(request, form)
        domain = add_domain(
            organization=organization,
            name=form.cleaned_data["name"],
            actor=Actor.from_user(request.user),
        )
        self.become(obj, domain)

    @admin.action(description=_("Mark as proved"), permissions=["verify"])
    def mark_verified(self, request: HttpRequest, domains: QuerySet[Domain]) -> None:
        actor = Actor.from_user(person_at(request))
        for domain in domains.select_related("organization"):
            mark_domain_verified(domain=domain, actor=actor)
        self.message_user(request, _("Marked as proved."), messages.SUCCESS)


class GroupForm(forms.ModelForm[DirectoryGroup]):
    add_people = forms.CharField(
        label=_("Add people"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("User names or e-mail addresses, one a line."),
    )
    remove_people = forms.ModelMultipleChoiceField(
        label=_("Take out"),
        queryset=User.objects.get_queryset().none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = DirectoryGroup
        fields = ("display_name",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "remove_people" not in self.fields:
            return
        members = User.objects.get_queryset().filter(memberships__group=self.instance)
        listed = members.values_list("pk", flat=True)[:LISTED_MEMBERS]
        choice = self.fields["remove_people"]
        assert isinstance(choice, forms.ModelMultipleChoiceField)
        choice.queryset = members.filter(pk__in=[*listed])


@admin.register(DirectoryGroup)
class DirectoryGroupAdmin(TenantAdmin):
    ability = Ability.PEOPLE
    section = Section.PEOPLE
    icon = "building"
    menu_order = 20
    empty_text = _("No group yet. Put people together by hand, or let your directory bring groups.")
    guide = "people"
    form = GroupForm
    list_display = ["display_name", "kept_by", "members_shown", "organization", "changed"]
    list_filter = [("organization", admin.RelatedOnlyFieldListFilter), "source"]
    search_fields = ["display_name"]
    ordering = ["display_name", "id"]
    list_select_related = ["organization"]

    def get_queryset(self, request):
        members = DirectoryGroupMembership.objects.filter(group=OuterRef("pk")).order_by()
        counted = members.values("group").annotate(number=Count("pk")).values("number")
        return super().get_queryset(request).annotate(member_count=Subquery(counted))

    def has_change_permission(self, request, obj=None):
        is_ours = obj is None or obj.source == DirectoryGroup.Source.CONSOLE
        return is_ours and super().has_change_permission(request, obj)

    def get_fieldsets(self, request, obj=None):
        if obj is None:
            names = ["organization", "display_name", "add_people"]
        elif self.has_change_permission(request, obj):
            names = ["organization", "display_name", "members_shown", "add_people"]
            names += ["remove_people"] if obj.member_count else []
        else:
            names = ["organization", "display_name", "kept_by", "members_shown", "member_names"]
        return [(None, {"fields": self._hide_organization(request, names)})]

    def get_readonly_fields(self, request, obj=None):
        shown = ["kept_by", "members_shown", "member_names"]
        return [*super().get_readonly_fields(request, obj), *shown]

    changed = moment_column("updated_at", _("changed"))

    @admin.display(description=_("kept by"), ordering="source")
    def kept_by(self, obj: DirectoryGroup) -> SafeString:
        if obj.source == DirectoryGroup.Source.SCIM:
            return format_html('<span class="tag">IdP</span> {}', _("Your directory"))
        return format_html("{}", _("You"))

    @admin.display(description=_("members"))
    def members_shown(self, obj: Any) -> SafeString:
        people = reverse("admin:accounts_user_changelist")
        return format_html(
            '<a href="{}?group={}">{}</a>',
            people,
            obj.pk,
            obj.member_count or 0,
        )

    @admin.display(description=_("people"))
    def member_names(self, obj: DirectoryGroup) -> str:
        return ", ".join(str(user) for user in obj.members.all()[:LISTED_MEMBERS]) or "—"

    def save_model(self, request, obj, form, change):
        actor = Actor.from_user(request.user)
        name = form.cleaned_data["display_name"]
        if change:
            rename_group(group=obj, display_name=name, actor=actor)
        else:
            organization = self.organization_of(request, form)
            self.become(
                obj, create_group(organization=organization, display_name=name, actor=actor)
            )
        coming = find_people(
            organization=obj.organization, names=form.cleaned_data["add_people"].splitlines()
        )
        leaving = form.cleaned_data.get("remove_people") or []
        change_members(group=obj, add=coming, remove=leaving, actor=actor)


class EventList(ChangeList):
    def url_for_result(self, result: Any) -> str:
        """By the public id: a running number would tell how busy other organizations are."""
        return reverse("admin:audit_auditevent_change", args=[result.public_id])


@admin.register(AuditEvent)
class AuditEventAdmin(TenantAdmin):
    """*Activity*. Registered here because `audit` may not know of organizations and abilities."""

    ability = Ability.ACTIVITY
    is_read_only = True
    section = Section.RECORD
    icon = "list"
    list_display = ["what", "on_what", "changed", "actor_name", "when", "address", "organization"]
    list_filter = [
        "action",
        "actor_kind",
        ("created_at", admin.DateFieldListFilter),
        ("organization", admin.RelatedOnlyFieldListFilter),
    ]
    allowed_lookups = ["target_id"]
    search_fields = ["actor_name", "target_name", "request_id"]
    search_help_text = _(
        "By person, by what it happened to, or by request. "
        "Look for a sign-in’s reference in Sign-ins."
    )
    ordering = ["-id"]
    # The order is the index; any other would sort the whole history.
    sortable_by = ()
    list_select_related = ["organization"]
    change_form_template = "accounts/console/event.html"
    rows_label = _("events")

    def get_changelist(self, request, **kwargs):
        return EventList

    def get_object(self, request, object_id, from_field=None):
        try:
            return self.get_queryset(request).filter(public_id=UUID(object_id)).first()
        except ValueError:
            return None

    def get_fieldsets(self, request, obj=None):
        fields = ["organization", "what", "on_what", "actor", "full_time", "address", "request_id"]
        return [(None, {"fields": self._hide_organization(request, fields)})]

    def get_readonly_fields(self, request, obj=None):
        return ["organization", "what", "on_what", "actor", "full_time", "address", "request_id"]

    @admin.display(description=_("what happened"))
    def what(self, obj: AuditEvent) -> str:
        return obj.get_action_display()

    @admin.display(description=_("on what"))
    def on_what(self, obj: AuditEvent) -> str:
        return obj.target_name or "—"

    @admin.display(description=_("what changed"))
    def changed(self, obj: AuditEvent) -> str:
        return change_sentence(obj) or "—"

    @admin.display(description=_("who"))
    def actor(self, obj: AuditEvent) -> str:
        return f"{obj.actor_name} ({obj.get_actor_kind_display().lower()})"

    @admin.display(description=_("when"))
    def when(self, obj: AuditEvent) -> str:
        return ago(obj.created_at)

    @admin.display(description=_("when"))
    def full_time(self, obj: AuditEvent) -> str:
        return time_and_ago(obj.created_at)
