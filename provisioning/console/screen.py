"""*Directory sync*: is it connected, is it in step, what does it do, what needs somebody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db.models import Count, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import DirectoryGroup, Organization, User
from audit.actions import Action
from audit.actors import ActorKind
from audit.models import AuditEvent
from licenses.models import LicensePool
from provisioning.addresses import base_url
from provisioning.console.feed import latest_calls
from provisioning.console.forms import ConfigurationForm
from provisioning.console.guides import guide_for
from provisioning.console.heartbeat import heartbeat
from provisioning.console.pages import Visit
from provisioning.console.self_test import LastRun, last_run_columns
from provisioning.console.tokens import shown_tokens
from provisioning.console.troubles import troubles
from provisioning.console.words import directory_name, standing_badge
from provisioning.errors import ProvisioningError
from provisioning.policies import Standing, quiet_after
from provisioning.services import configure_directory
from provisioning.services.brake import UNDO_WITHIN
from provisioning.standing import DirectoryFacts, fact_columns

LISTED_REMOVED = 8
# Whoever came back and went again is among them three times.
LOOKED_AT = 300


@dataclass(frozen=True, slots=True)
class Population:
    """Whom the directory looks after, and whom it doesn't."""

    looked_after: int
    others: int
    groups: int


def show(request: HttpRequest) -> HttpResponse:
    """At most ten statements, whatever there is."""
    visit = Visit.of(request)
    now = timezone.now()
    facts, population, last = _facts(visit.organization, now)
    name = directory_name(facts.last_dialect)
    form = _form(visit, now, directory_name(facts.last_dialect, begins=False))
    if form.is_bound and form.is_valid():
        return _save(visit, form)
    has_spoken = facts.last_call_at is not None
    tokens = shown_tokens(visit.organization, now)
    return visit.page(
        "directory.html",
        title=_("Directory sync"),
        name=name,
        base_url=base_url(),
        facts=facts,
        standing=facts.standing.value,
        guide_url=visit.address("directory_guide", guide_for(facts.last_dialect, tokens)),
        is_waiting=facts.standing is Standing.WAITING,
        badge=standing_badge(facts.standing),
        quiet_after=quiet_after(facts.last_dialect),
        population=population,
        last=last,
        tokens=tokens,
        form=form,
        **(latest_calls(visit) if facts.has_token else {}),
        **(_what_it_did(visit, now, facts.last_dialect) if has_spoken else {}),
        **(_why_it_is_held(visit, now) if facts.standing is Standing.PAUSED else {}),
    )


def _facts(
    organization: Organization, now: datetime
) -> tuple[DirectoryFacts, Population, LastRun | None]:
    here = {"organization": OuterRef("pk")}
    people = User.objects.present().filter(**here)
    is_looked_after = Q(source=User.Source.SCIM)
    row = (
        Organization.objects.filter(pk=organization.pk)
        .annotate(
            looked_after=_count(people.filter(is_looked_after)),
            others=_count(people.exclude(is_looked_after)),
            groups_kept=_count(
                DirectoryGroup.objects.filter(source=DirectoryGroup.Source.SCIM, **here)
            ),
            **fact_columns(now),
            **last_run_columns(),
        )
        .values()
        .get()
    )
    population = Population(row["looked_after"], row["others"], row["groups_kept"])
    return DirectoryFacts.of(row, now), population, LastRun.of(row)


def _count(rows: Any) -> Coalesce:
    counted = rows.order_by().values("organization").annotate(number=Count("pk"))
    return Coalesce(Subquery(counted.values("number")), Value(0))


def _what_it_did(visit: Visit, now: datetime, dialect: str) -> dict[str, Any]:
    return {
        "beat": heartbeat(visit.organization, now),
        "troubles": troubles(visit.organization, now, dialect),
    }


def _why_it_is_held(visit: Visit, now: datetime) -> dict[str, Any]:
    """The brake's own count, and the names of those who went last and are away, each once."""
    moves = AuditEvent.objects.in_organization(visit.organization).filter(
        Q(action=Action.USER_DEACTIVATED, actor_kind=ActorKind.DIRECTORY)
        | Q(action=Action.USER_REACTIVATED),
        created_at__gte=now - UNDO_WITHIN,
    )
    # Whom somebody else had closed before went by no directory.
    moves = moves.exclude(changes__state=[User.State.DEACTIVATED, User.State.DEACTIVATED])
    seen = moves.order_by("-id").values_list("action", "target_id", "target_name")[:LOOKED_AT]
    went = [(target, name) for action, target, name in seen if action == Action.USER_DEACTIVATED]
    latest: dict[str, str] = {}
    for action, target, _name in seen:
        latest.setdefault(target, action)
    away = [
        name for target, name in dict(went).items() if latest[target] == Action.USER_DEACTIVATED
    ]
    return {
        "removed": visit.configuration.window_removed,
        "is_repeated": len(dict(went)) < len(went),
        "last_removed": away[:LISTED_REMOVED],
        "are_more": len(away) > LISTED_REMOVED,
        # Behind very many who came back there may be others.
        "are_back": bool(went) and not away and len(seen) < LOOKED_AT,
    }


def _form(visit: Visit, now: datetime, name: str) -> ConfigurationForm:
    pools = list(LicensePool.objects.in_organization(visit.organization).by_priority())
    return ConfigurationForm(
        visit.request.POST if visit.request.method == "POST" else None,
        instance=visit.configuration,
        pools=pools,
        free_seats=sum(pool.seats_free for pool in pools if pool.is_open(now)),
        name=name,
    )


def _save(visit: Visit, form: ConfigurationForm) -> HttpResponse:
    try:
        changed = configure_directory(
            organization=visit.organization, changes=form.wanted(), actor=visit.actor
        )
    except ProvisioningError as refusal:
        messages.error(visit.request, str(refusal))
        return visit.back()
    if changed:
        labels = [str(form.fields[field].label) for field in changed]
        messages.success(visit.request, _("Saved: %(what)s.") % {"what": ", ".join(labels)})
    else:
        messages.info(visit.request, _("Nothing to save: these are today’s settings."))
    return visit.back()
