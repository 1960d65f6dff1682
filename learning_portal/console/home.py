"""The console's first page: is all well, and what comes next.

Every number leads to the list behind it, and nobody is shown what their abilities don't open.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, TruncDate
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.console_pages import person_at
from accounts.models import (
    BindingPolicy,
    Domain,
    Invitation,
    Organization,
    RecoveryCode,
    User,
)
from accounts.roles import Ability
from audit.actions import Action
from audit.models import AuditEvent
from learning_portal.console.alerts import alerts, with_facts
from learning_portal.console.charts import FAILED, NORMAL, Chart, Series, bar_chart
from learning_portal.console.facts import OrganizationFacts, listed_organizations
from learning_portal.console.set_up import SET_UP, set_up_steps
from licenses.models import LEARNING, LicenseAssignment
from provisioning.console.words import standing_badge
from provisioning.standing import DirectoryFacts, fact_columns
from sso.models import SamlConnection, SignInTrace

DAYS = 30
LATEST = 6


@dataclass(frozen=True, slots=True)
class SignIns:
    """Per day, and of the last 24 hours."""

    days: list[date]
    accepted: list[int]
    refused: list[int]
    recent: int
    recent_refused: int

    @property
    def is_any(self) -> bool:
        return any(self.accepted) or any(self.refused)

    @property
    def refused_percent(self) -> float:
        return 100 * self.recent_refused / self.recent if self.recent else 0.0


def overview(request: HttpRequest) -> dict[str, Any]:
    user = person_at(request)
    if user.organization is None:
        return {"organizations": listed_organizations()}
    return _of_organization(user, user.organization)


def _of_organization(user: User, organization: Organization) -> dict[str, Any]:
    facts = OrganizationFacts(organization)
    sees = {ability.value: user.is_able(ability) for ability in Ability}
    connections = _active_connections(organization)
    known = _known(organization)
    directory = DirectoryFacts.of(known, timezone.now())
    steps = [
        step
        for step in set_up_steps(organization, facts, connections, known, directory)
        if sees[step.ability.value]
    ]
    done = sum(step.is_done for step in steps)
    context: dict[str, Any] = {
        "now": timezone.now(),
        "facts": facts,
        "sees": sees,
        "steps": steps,
        "steps_done": done,
        "steps_all": len(steps),
        "steps_percent": round(100 * done / len(steps)) if steps else 100,
        # Nobody can sign in and nobody holds a seat: there is nothing to count yet.
        "is_new": not connections and not facts.seats.seats,
    }
    # Without a requirement the way back in is a convenience; with one it is the only one.
    codes = known["codes_left"] if organization.requires_sso else None
    links = _links()
    found = alerts(facts, connections, directory, sees, links, codes=codes)
    # A directory may need somebody long before the first sign-in.
    context["alerts"] = [alert for alert in found if sees[alert.ability.value]]
    if context["is_new"]:
        return context
    return {
        **context,
        **_numbers(organization, facts, sees, has_sso=bool(connections)),
        "directory": directory,
        "directory_badge": standing_badge(directory.standing),
        "policy": BindingPolicy(organization.binding_policy).label,
        "links": links,
    }


def _numbers(
    organization: Organization, facts: OrganizationFacts, sees: dict[str, bool], *, has_sso: bool
) -> dict[str, Any]:
    """What has happened, as far as the person may see it."""
    sign_ins = _sign_ins(organization)
    # Traces are of single sign-on: without it, none says nothing of who comes in.
    shows_sign_ins = sees[Ability.SSO] and (has_sso or sign_ins.is_any)
    events = AuditEvent.objects.in_organization(organization)[:LATEST]
    return {
        "sign_ins": sign_ins if shows_sign_ins else None,
        "charts": [
            *([_sign_in_chart(sign_ins)] if shows_sign_ins else []),
            *([_seat_chart(organization, facts)] if sees[Ability.LICENSES] else []),
        ],
        "events": events if sees[Ability.ACTIVITY] else [],
    }


def _links() -> dict[str, str]:
    """Each number's own list."""
    people = reverse("admin:accounts_user_changelist")
    traces = reverse("admin:sso_signintrace_changelist")
    yesterday = (timezone.now() - timedelta(days=1)).isoformat(timespec="seconds")
    recent = urlencode({"created_at__gte": yesterday})
    return {
        "sign_ins": f"{traces}?{recent}",
        "refused": f"{traces}?{recent}&outcome__exact={SignInTrace.Outcome.REFUSED}",
        "seats": f"{people}?license=active",
        "waiting": f"{people}?license=waiting",
        "bound": f"{people}?profile=active",
        "pools": reverse("admin:licenses_licensepool_changelist"),
        "activity": reverse("admin:audit_auditevent_changelist"),
        "connections": reverse("admin:sso_samlconnection_changelist"),
        "directory": reverse("admin:directory"),
        "calls": reverse("admin:provisioning_provisioninglogentry_changelist"),
    }


# ---------------------------------------------------------------------- set-up


def _active_connections(organization: Organization) -> list[SamlConnection]:
    rows = SamlConnection.objects.in_organization(organization).active()
    known = with_facts(rows).only("name", "idp_certificates", "sp_certificate")
    return list(known.order_by("name"))


def _known(organization: Organization) -> dict[str, Any]:
    """What one statement says of the set-up and of the directory."""
    domains = Domain.objects.in_organization(organization)
    waiting = domains.filter(verified_at=None).order_by("created_at")
    drafts = SamlConnection.objects.in_organization(organization).filter(
        state=SamlConnection.State.DRAFT
    )
    latest = drafts.order_by("-updated_at")
    unused = RecoveryCode.objects.in_organization(organization).unused().order_by()
    codes = unused.values("organization").annotate(number=Count("pk")).values("number")
    directory = fact_columns(timezone.now())
    row: dict[str, Any] = (
        Organization.objects.filter(pk=organization.pk)
        .annotate(
            proved_domain=Subquery(domains.verified().order_by("verified_at").values("name")[:1]),
            waiting_domain=Subquery(waiting.values("name")[:1]),
            waiting_domain_id=Subquery(waiting.values("pk")[:1]),
            draft=Subquery(latest.values("name")[:1]),
            draft_id=Subquery(latest.values("pk")[:1]),
            chose=Exists(
                AuditEvent.objects.filter(
                    organization=OuterRef("pk"), action=Action.POLICIES_CHANGED
                )
            ),
            has_invited=Exists(Invitation.objects.filter(organization=OuterRef("pk"))),
            codes_left=Coalesce(Subquery(codes), 0),
            **directory,
        )
        .values(*SET_UP, "codes_left", *directory)
        .get()
    )
    return row


# ---------------------------------------------------------------------- numbers over time


def _days(now: datetime) -> list[date]:
    today = timezone.localdate(now)
    return [today - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=timezone.get_current_timezone())


def _sign_ins(organization: Organization) -> SignIns:
    now = timezone.now()
    days = _days(now)
    refused = Q(outcome=SignInTrace.Outcome.REFUSED)
    recent = Q(created_at__gte=now - timedelta(days=1))
    rows = (
        SignInTrace.objects.in_organization(organization)
        .since(_start_of(days[0]))
        .annotate(day=TruncDate("created_at"))
        .order_by()
        .values("day")
        .annotate(
            accepted=Count("pk", filter=~refused),
            refused=Count("pk", filter=refused),
            recent=Count("pk", filter=recent),
            recent_refused=Count("pk", filter=recent & refused),
        )
    )
    by_day: dict[date, dict[str, Any]] = {row["day"]: {**row} for row in rows}

    def column(name: str) -> list[int]:
        return [by_day[day][name] if day in by_day else 0 for day in days]

    return SignIns(
        days=days,
        accepted=column("accepted"),
        refused=column("refused"),
        recent=sum(column("recent")),
        recent_refused=sum(column("recent_refused")),
    )


def _sign_in_chart(sign_ins: SignIns) -> Chart:
    accepted, refused = sum(sign_ins.accepted), sum(sign_ins.refused)
    if not accepted and not refused:
        caption = _(
            "Nobody has signed in through single sign-on during the last %(days)d days."
        ) % {"days": DAYS}
    elif not refused:
        caption = ngettext(
            "%(count)d sign-in in %(days)d days, none failed.",
            "%(count)d sign-ins in %(days)d days, none failed.",
            accepted,
        ) % {"count": accepted, "days": DAYS}
    else:
        worst = max(range(DAYS), key=lambda index: sign_ins.refused[index])
        caption = (
            _("%(refused)d of %(all)d failed in %(days)d days, on %(day)s.")
            if sign_ins.refused[worst] == refused
            else _("%(refused)d of %(all)d failed in %(days)d days, most on %(day)s: %(worst)d.")
        ) % {
            "refused": refused,
            "all": accepted + refused,
            "days": DAYS,
            "day": date_format(sign_ins.days[worst], "j M"),
            "worst": sign_ins.refused[worst],
        }
    return bar_chart(
        id="sign-ins",
        title=_("Sign-ins per day"),
        caption=caption,
        name=_("Bar chart of sign-ins per day over 30 days, failed sign-ins shown in red"),
        days=sign_ins.days,
        series=[
            Series(_("Signed in"), NORMAL, sign_ins.accepted),
            Series(_("Failed"), FAILED, sign_ins.refused),
        ],
    )


def _seat_chart(organization: Organization, facts: OrganizationFacts) -> Chart:
    """Seats in use at each day's end: today's number, and backwards what was given and freed."""
    days = _days(timezone.now())
    start = _start_of(days[0])
    held = LicenseAssignment.objects.in_organization(organization).filter(
        product=LEARNING, assigned_at__isnull=False
    )
    given = _per_day(held.filter(assigned_at__gte=start), "assigned_at", Count("pk"))
    freed = _per_day(held.filter(ended_at__gte=start), "ended_at", Value(0) - Count("pk"))
    change: dict[date, int] = {}
    for day, number in given.union(freed, all=True):
        change[day] = change.get(day, 0) + number
    used = [facts.seats.taken]
    for day in reversed(days[1:]):
        used.append(max(used[-1] - change.get(day, 0), 0))
    used.reverse()
    seats = facts.seats
    growth = used[-1] - used[0]
    return bar_chart(
        id="seats",
        title=_("Seats used"),
        caption=_("%(taken)d of %(seats)d. %(growth)+d in %(days)d days.")
        % {"taken": seats.taken, "seats": seats.seats, "growth": growth, "days": DAYS},
        name=_("Bar chart of seats used per day over 30 days, from %(first)d to %(last)d")
        % {"first": used[0], "last": used[-1]},
        days=days,
        series=[Series(_("Used"), NORMAL, used)],
        limit=seats.seats,
        limit_label=ngettext("%(count)d seat", "%(count)d seats", seats.seats)
        % {"count": seats.seats},
    )


def _per_day(rows: QuerySet[LicenseAssignment], moment: str, number: Any) -> QuerySet[Any, Any]:
    by_day = rows.annotate(day=TruncDate(moment)).order_by().values("day")
    return by_day.annotate(number=number).values_list("day", "number")
