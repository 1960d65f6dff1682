"""*Sign-ins*: every attempt through single sign-on, as the checklist it was."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.base32 import ALPHABET, AS_MEANT
from accounts.roles import Ability
from accounts.templatetags.portal import ago, status_badge
from accounts.tenant_admin import Section, TenantAdmin
from sso.advice import advice_on
from sso.causes import Cause
from sso.check_words import labelled
from sso.models import SignInTrace
from sso.traces import mask

# Of a cause, typed: fewer letters begin too many words.
SHORTEST_WORD = 4


@admin.register(SignInTrace)
class SignInTraceAdmin(TenantAdmin):
    """Every attempt through single sign-on, as the checklist it was."""

    ability = Ability.SSO
    view_abilities = (Ability.ACTIVITY,)
    is_read_only = True
    section = Section.RECORD
    icon = "door"
    menu_label = gettext_lazy("Sign-ins")
    empty_text = gettext_lazy("Nobody has tried to sign in through single sign-on yet.")
    guide = "sso-generic"
    change_form_template = "admin/sso/signintrace/change_form.html"
    list_display = (
        "reference",
        "outcome_shown",
        "cause_shown",
        "person",
        "connection",
        "organization",
        "when",
    )
    list_select_related = ("connection", "user", "organization")
    list_filter = (
        "outcome",
        "cause",
        ("connection", admin.RelatedOnlyFieldListFilter),
        "created_at",
        ("organization", admin.RelatedOnlyFieldListFilter),
    )
    search_fields = (
        "reference__istartswith",
        "user__email__istartswith",
        "user__user_name",
        "user__first_name__istartswith",
        "user__last_name__istartswith",
    )
    search_help_text = gettext_lazy(
        "A reference number such as K7QF-4M2X, a person, or a cause such as “audience”"
    )
    ordering = ("-created_at", "-id")
    fields = ("reference",)

    def get_search_results(self, request, queryset, search_term):
        """By reference, by person, or by what a cause is called."""
        found, may_repeat = super().get_search_results(request, queryset, as_reference(search_term))
        if causes := causes_called(search_term):
            found |= queryset.filter(cause__in=causes)
        if "@" in search_term:  # somebody refused before it was certain who they are
            found |= queryset.filter(subject_hint=mask(search_term.strip()))
        return found, may_repeat

    @admin.display(description=gettext_lazy("outcome"), ordering="outcome")
    def outcome_shown(self, trace: SignInTrace) -> SafeString:
        return outcome_badge(trace)

    @admin.display(description=gettext_lazy("cause"), ordering="cause", empty_value="—")
    def cause_shown(self, trace: SignInTrace) -> str:
        return trace.get_cause_display() if trace.cause else ""

    @admin.display(description=gettext_lazy("person"), empty_value="—")
    def person(self, trace: SignInTrace) -> str:
        return str(trace.user) if trace.user else trace.subject_hint

    @admin.display(description=gettext_lazy("when"), ordering="created_at")
    def when(self, trace: SignInTrace) -> str:
        return ago(trace.created_at)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        trace = self.get_object(request, unquote(object_id))
        context = extra_context or {}
        if trace is not None:
            context |= {
                "trace": trace,
                "title": _("Sign-in %(reference)s") % {"reference": trace.reference},
                "subtitle": None,
                "outcome_badge": outcome_badge(trace),
                "checks": labelled(trace.checks),
                "is_sign_out": trace.outcome == SignInTrace.Outcome.LOGOUT_REFUSED,
                "may_share": self._is_able(request, self.ability),
                "is_conflict": trace.cause == Cause.PERSON_CONFLICT,
                "advice": advice_on(trace.cause, connection=trace.connection, checks=trace.checks),
            }
        return super().change_view(request, object_id, form_url, context)


def as_reference(text: str) -> str:
    """What somebody typed who heard a reference number on the telephone, as it is stored."""
    heard = "".join(letter for letter in text.upper() if letter.isalnum())
    heard = heard.translate(AS_MEANT)
    is_reference = len(heard) == 8 and set(heard) <= set(ALPHABET)
    return f"{heard[:4]}-{heard[4:]}" if is_reference and "@" not in text else text


def causes_called(text: str) -> list[str]:
    """The causes in whose name, as in lists or as it is stored, each of these words begins one."""
    wanted = text.casefold().split()
    if not wanted or len(max(wanted, key=len)) < SHORTEST_WORD:
        return []

    def fits(cause: Cause) -> bool:
        words = f"{cause.label} {cause.value} {cause.value.replace('_', ' ')}".casefold().split()
        return all(any(word.startswith(each) for word in words) for each in wanted)

    return [cause.value for cause in Cause if fits(cause)]


def outcome_badge(trace: SignInTrace) -> SafeString:
    accepted = trace.outcome == SignInTrace.Outcome.ACCEPTED
    return status_badge(
        "ok" if accepted else "bad",
        "check-circle" if accepted else "x-circle",
        trace.get_outcome_display(),
    )
