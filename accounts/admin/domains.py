"""*Domains*: e-mail domains, what DNS says of them, and whether they are proved."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
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
from accounts.errors import TooManyLookUps
from accounts.models import (
    DnsOutcome,
    Domain,
    User,
)
from accounts.policies import lost_at
from accounts.roles import Ability, has_every_ability
from accounts.services import (
    add_domain,
    ask_dns,
    mark_domain_verified,
    remove_domain,
)
from accounts.templatetags.portal import ago, status_badge
from accounts.tenant_admin import Section, TenantAdmin
from audit.actors import Actor

# While a worker asks, the page looks again so often.
LOOK_AGAIN_SECONDS = 3
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
    icon = "globe"
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
        # A domain's page has its name as heading and its state above all else.
        fields = ["organization", "name"] if obj is None else ["organization"]
        shown = self._hide_organization(request, fields)
        return [(None, {"fields": shown})] if shown else []

    def get_readonly_fields(self, request, obj=None):
        return ["organization"] if obj else []

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
        is_asked = domain.is_being_asked(timezone.now())
        outcome = DnsOutcome(domain.outcome) if domain.outcome else None
        return {
            "domain": domain,
            "state_badge": self.state(domain),
            "may_decide": self._decides(request),
            "is_asked": is_asked,
            "is_unanswered": domain.is_unanswered and not is_asked,
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
        try:
            is_asked = ask_dns(domain=domain)
        except TooManyLookUps as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
        else:
            if not is_asked:
                said = gettext(
                    "DNS was asked a moment ago. Here is what it said; check again in half a "
                    "minute."
                )
                self.message_user(request, said, messages.INFO)
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
