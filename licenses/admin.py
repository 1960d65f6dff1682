"""*Licenses* in the console: the pools, and who holds, awaits or held a seat."""

from __future__ import annotations

from datetime import datetime

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.roles import Ability
from accounts.templatetags.portal import ago, status_badge, time_and_ago
from accounts.tenant_admin import Section, TenantAdmin, restrict
from accounts.verb_admin import VerbAdmin, as_action
from audit.actors import Actor
from audit.models import AuditEvent
from licenses.errors import LicensesError
from licenses.models import LicenseAssignment, LicenseAssignmentQuerySet, LicensePool, standing
from licenses.policies import LicenseState, are_few_free
from licenses.services import BOUGHT_FIELDS, POOL_FIELDS, change_pool, create_pool
from licenses.standing import seats_summary
from licenses.verbs import LICENSE_VERBS
from licenses.words import LicenseFilter, license_badge


def _dated(badge: SafeString, word: str, when: datetime | None) -> SafeString:
    """A state, and the moment at which it changes."""
    if when is None:
        return badge
    return format_html(
        '<span class="row snug">{}<span class="small muted">{} {}</span></span>',
        badge,
        word,
        ago(when),
    )


@admin.register(LicensePool)
class LicensePoolAdmin(TenantAdmin):
    ability = Ability.LICENSES
    refusals = (LicensesError,)
    section = Section.PEOPLE
    icon = "seat"
    menu_label = gettext_lazy("License pools")
    menu_order = 25
    empty_text = gettext_lazy(
        "No license pool yet. A pool holds the seats of one contract, and comes with it."
    )
    guide = "licenses"
    change_list_template = "licenses/console/pools.html"
    list_display = ("name", "usage", "free", "validity", "priority", "organization")
    list_filter = (("organization", admin.RelatedOnlyFieldListFilter),)
    search_fields = ("name",)
    ordering = ("priority", "id")
    list_select_related = ("organization",)

    def changelist_view(self, request, extra_context=None):
        """With the seats of all pools together, where there is one organization to sum up."""
        organization = request.user.organization
        summary = seats_summary(organization) if organization else None
        return super().changelist_view(request, {**(extra_context or {}), "summary": summary})

    def has_add_permission(self, request):
        """A pool is bought: the platform's staff add it."""
        return self._sees_all(request)

    def get_fieldsets(self, request, obj=None):
        chosen = self._hide_organization(request, ["organization", "name", "priority"])
        if not self._sees_all(request):
            said = _("As your contract with us says. To change it, ask us.")
            bought = ["product", "seats", "in_use", "starts", "ends", "grace_days"]
            return [
                (None, {"fields": chosen}),
                (_("What you bought"), {"fields": bought, "description": said}),
            ]
        return [
            (None, {"fields": [*chosen, "product", "seats", *(["in_use"] if obj else [])]}),
            (_("When it gives seats"), {"fields": ["starts_at", "ends_at", "grace_days"]}),
        ]

    def get_readonly_fields(self, request, obj=None):
        fixed = [*super().get_readonly_fields(request, obj), "in_use", "starts", "ends"]
        if obj is not None:
            fixed.append("product")
        return fixed if self._sees_all(request) else [*fixed, *BOUGHT_FIELDS]

    @admin.display(description=gettext_lazy("seats"))
    def usage(self, obj: LicensePool) -> SafeString:
        used = round(100 * obj.seats_taken / obj.seats) if obj.seats else 100
        is_short = are_few_free(free=obj.seats_free, seats=obj.seats)
        said = _("%(taken)d of %(seats)d seats used") % {
            "taken": obj.seats_taken,
            "seats": obj.seats,
        }
        return format_html(
            '<svg class="bar w6" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">'
            '<rect class="c0" width="100" height="6"/>'
            '<rect class="{}" width="{}" height="6"/></svg><span class="num">{}</span>',
            "c3" if is_short else "c1",
            used,
            said,
        )

    @admin.display(description=gettext_lazy("free"))
    def free(self, obj: LicensePool) -> SafeString:
        if not obj.is_open(timezone.now()):
            return format_html('<span class="muted">{}</span>', "—")
        return format_html('<span class="num">{}</span>', obj.seats_free)

    @admin.display(description=gettext_lazy("state"))
    def validity(self, obj: LicensePool) -> SafeString:
        now = timezone.now()
        lapses_at = obj.lapses_at
        if obj.is_open(now):
            badge = status_badge("ok", "check-circle", _("Open"))
            return _dated(badge, _("Ends"), obj.ends_at)
        if obj.ends_at is None or now < obj.ends_at:
            badge = status_badge("info", "clock", _("Not open yet"))
            return _dated(badge, _("Opens"), obj.starts_at)
        if lapses_at is not None and now < lapses_at:
            badge = status_badge("warn", "clock", _("In its grace days"))
            return _dated(badge, _("Licenses end"), lapses_at)
        return status_badge("", "pause", _("Ended"))

    @staticmethod
    def _has_lapsed(obj: LicensePool) -> bool:
        return obj.lapses_at is not None and obj.lapses_at <= timezone.now()

    @admin.display(description=gettext_lazy("in use"))
    def in_use(self, obj: LicensePool) -> SafeString:
        return format_html(
            '<a href="{}?pool__id__exact={}&amp;license={}">{}</a>',
            reverse("admin:licenses_licenseassignment_changelist"),
            obj.pk,
            LicenseState.EXPIRED if self._has_lapsed(obj) else LicenseState.ACTIVE,
            obj.seats_taken,
        )

    @admin.display(description=gettext_lazy("starts"))
    def starts(self, obj: LicensePool) -> str:
        return time_and_ago(obj.starts_at)

    @admin.display(description=gettext_lazy("ends"))
    def ends(self, obj: LicensePool) -> str:
        return time_and_ago(obj.ends_at)

    def save_model(self, request, obj, form, change):
        actor = Actor.from_user(request.user)
        values = {name: value for name, value in form.cleaned_data.items() if name in POOL_FIELDS}
        if change:
            changed = change_pool(pool=obj, changes=values, actor=actor)
            self._say_where_seats_went(request, obj if "seats" in changed else None)
            return
        organization = self.organization_of(request, form)
        values["product"] = form.cleaned_data["product"]
        pool = create_pool(organization=organization, actor=actor, **values)
        self.become(obj, pool)
        self._say_where_seats_went(request, pool)

    def _say_where_seats_went(self, request: HttpRequest, pool: LicensePool | None) -> None:
        if pool is not None:
            self.message_user(
                request,
                _("%(name)s has %(taken)d of %(seats)d seats in use.")
                % {"name": pool.name, "taken": pool.seats_taken, "seats": pool.seats},
                messages.INFO,
            )


class StandingFilter(LicenseFilter):
    annotation = "standing"
    # Whoever has no row is in no list of rows.
    choices_offered = tuple(state for state in LicenseState if state != LicenseState.NONE)


@admin.register(LicenseAssignment)
class LicenseAssignmentAdmin(VerbAdmin):
    """Nobody writes in these rows by hand. The verbs are the ways to change what they say."""

    ability = Ability.LICENSES
    refusals = (LicensesError,)
    is_read_only = True
    section = Section.PEOPLE
    icon = "seat"
    menu_label = gettext_lazy("Licenses")
    menu_order = 24
    empty_text = gettext_lazy(
        "Nobody holds or awaits a license yet. "
        "Assign them in People, or let sign-in do it: Policies."
    )
    empty_link = ("admin:accounts_user_changelist", gettext_lazy("See people"))
    guide = "licenses"
    list_display = ("who", "state_shown", "pool", "source", "asked", "since", "organization")
    list_filter = (
        StandingFilter,
        "source",
        ("pool", admin.RelatedOnlyFieldListFilter),
        ("withheld_at", admin.EmptyFieldListFilter),
        ("organization", admin.RelatedOnlyFieldListFilter),
    )
    search_fields = ("user__first_name", "user__last_name", "user__email", "user__user_name")
    search_help_text = gettext_lazy("Name, e-mail or user name")
    ordering = ("-requested_at", "-id")
    sortable_by = ()
    list_select_related = ("user", "pool", "organization")
    verbs = LICENSE_VERBS
    actions = tuple(map(as_action, LICENSE_VERBS.values()))

    def get_fieldsets(self, request, obj=None):
        names = ["organization", "person", "state_shown", "pool", "source", "reason"]
        moments = ["asked_at", "assigned", "ended", "withheld"]
        return [(None, {"fields": self._hide_organization(request, [*names, *moments])})]

    def get_readonly_fields(self, request, obj=None):
        return [
            name
            for _title, options in self.get_fieldsets(request, obj)
            for name in options["fields"]
        ]

    def get_queryset(self, request):
        rows: LicenseAssignmentQuerySet = super().get_queryset(request)
        known = rows.select_related("user", "pool", "organization")
        return known.annotate(standing=standing())

    def events_about(self, request: HttpRequest, obj: Model) -> QuerySet[AuditEvent]:
        """The person's whole history of licenses: events are about people, not about rows."""
        assert isinstance(obj, LicenseAssignment)
        events = restrict(AuditEvent.objects.all(), request, "organization")
        return events.filter(target_id=str(obj.user_id), action__startswith="licenses.")

    # ------------------------------------------------------------------ what the list shows

    @admin.display(description=gettext_lazy("person"))
    def who(self, obj: LicenseAssignment) -> SafeString:
        return format_html("{} <small>{}</small>", obj.user.display_name, obj.user.email)

    @admin.display(description=gettext_lazy("person"))
    def person(self, obj: LicenseAssignment) -> SafeString:
        address = reverse("admin:accounts_user_change", args=[obj.user_id])
        return format_html('<a href="{}">{}</a>', address, obj.user.display_name)

    @admin.display(description=gettext_lazy("license"))
    def state_shown(self, obj: LicenseAssignment) -> SafeString:
        return license_badge(obj.standing_at(timezone.now()), obj.ended_source)

    @admin.display(description=gettext_lazy("asked"))
    def asked(self, obj: LicenseAssignment) -> str:
        return ago(obj.requested_at)

    @admin.display(description=gettext_lazy("since"))
    def since(self, obj: LicenseAssignment) -> str:
        """When the row came to say what it says."""
        return ago(obj.ended_at or obj.assigned_at or obj.requested_at)

    @admin.display(description=gettext_lazy("asked"))
    def asked_at(self, obj: LicenseAssignment) -> str:
        return time_and_ago(obj.requested_at)

    @admin.display(description=gettext_lazy("assigned"))
    def assigned(self, obj: LicenseAssignment) -> str:
        return time_and_ago(obj.assigned_at)

    @admin.display(description=gettext_lazy("ended"))
    def ended(self, obj: LicenseAssignment) -> str:
        if obj.ended_at is None:
            return "—"
        return f"{time_and_ago(obj.ended_at)}, {obj.get_ended_source_display()}"

    @admin.display(description=gettext_lazy("signing in gives a license"))
    def withheld(self, obj: LicenseAssignment) -> str:
        if obj.withheld_at is None:
            return _("If your policy says so")
        return _("No: an administrator took it away")
