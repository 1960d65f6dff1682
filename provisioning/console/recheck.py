"""*Re-check one person*: what the directory last said, what the portal has, what comes next.

Nothing is changed and the directory is not asked: it calls us, we have no way to call it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import Case, F, OuterRef, Q, Value, When
from django.db.models.functions import JSONObject
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import DirectoryGroupMembership, Organization, User
from accounts.names import name_key
from accounts.roles import Ability
from licenses.models import LicensePool
from licenses.policies import LicenseState
from licenses.standing import PersonsLicense, persons_license
from licenses.words import license_badge, why_licensed
from provisioning.causes import WORDS, cause_of
from provisioning.console import outlooks
from provisioning.console.pages import Visit
from provisioning.console.person_fields import Switch, field_rows, kept_besides, switches_of
from provisioning.console.words import directory_name
from provisioning.models import (
    CHANGES,
    Operation,
    ProvisioningLogEntry,
    ProvisioningLogQuerySet,
    ScimConfiguration,
)
from provisioning.people import JSONArray
from provisioning.policies import Outlook, outlook
from provisioning.services.brake import UNDO_WITHIN, is_taken
from provisioning.standing import DirectoryFacts, facts_of

FOUND = 20
CALLS = 10
# Lines of the log that are looked through for somebody to suggest.
LOOKED_THROUGH, SUGGESTED = 60, 8


def search(request: HttpRequest) -> HttpResponse:
    """Whoever is the only one meant is shown at once."""
    visit = Visit.of(request)
    wanted = request.GET.get("q", "").strip()[:200]
    dialect = facts_of(visit.organization, timezone.now()).last_dialect
    people = find_people(visit.organization, wanted) if wanted else suggested(visit.organization)
    if wanted and len(people) == 1:
        return HttpResponseRedirect(visit.address("directory_person", people[0].pk))
    refused = refused_about(visit.organization, wanted)[:1] if wanted and not people else ()
    return visit.page(
        "recheck_search.html",
        title=_("Re-check one person"),
        wanted=wanted,
        people=people[:FOUND],
        has_more=len(people) > FOUND,
        refusals=[(call, *_cause_and_remedy(call)) for call in refused],
        name=directory_name(dialect),
        press=outlooks.to_press(dialect),
    )


def find_people(organization: Organization, wanted: str) -> list[User]:
    """By id or external id, user name, or words of the name and address; the deleted last."""
    meant = Q(external_id=wanted) | Q(user_name_key=name_key(wanted))
    try:
        meant |= Q(pk=UUID(wanted))
    except ValueError:
        words = Q()
        for word in wanted.split():
            words &= (
                Q(first_name__icontains=word)
                | Q(last_name__icontains=word)
                | Q(email__icontains=word)
                | Q(user_name__icontains=word)
            )
        meant |= words
    is_gone = Case(When(state=User.State.DELETED, then=Value(1)), default=Value(0))
    people = User.objects.in_organization(organization).filter(meant)
    return list(people.order_by(is_gone, "last_name", "first_name", "id")[: FOUND + 1])


def suggested(organization: Organization) -> list[User]:
    """Whom the latest calls were about. Two statements."""
    calls = ProvisioningLogEntry.objects.in_organization(organization).order_by("-id")
    latest = calls.values_list("resource_type", "resource_id")[:LOOKED_THROUGH]
    ids = [id for kind, id in latest if kind == "User" and id is not None]
    chosen = list(dict.fromkeys(ids))[:SUGGESTED]
    people = User.objects.in_organization(organization).in_bulk(chosen)
    return [people[id] for id in chosen if id in people]


def refused_about(organization: Organization, name: str) -> ProvisioningLogQuerySet:
    """Refusals that name somebody whom the directory could not add: they have no id in the log."""
    refused = ProvisioningLogEntry.objects.in_organization(organization).refused()
    return refused.filter(detail__icontains=name).order_by("-id")


# ---------------------------------------------------------------------- one person


def person(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """At most ten statements."""
    visit = Visit.of(request)
    user = _somebody(visit.organization, person_id)
    facts = facts_of(visit.organization, timezone.now())
    is_looked_after = user.source == User.Source.SCIM
    calls = list(_calls_about(user, is_looked_after)[:CALLS])
    switches = switches_of(user)
    rows = list(field_rows(user, switches))
    last = calls[0] if calls else None
    refusal = last if last is not None and _is_to_mend(last, is_looked_after) else None
    next_ = outlook(
        standing=facts.standing,
        state=user.state,
        is_looked_after=is_looked_after,
        adopts_people=visit.configuration.adopts_people,
        is_undoable=_is_undoable(user, switches),
        is_refused=refusal is not None,
        switched_here=_is_switched_here(switches, calls),
        differs=any(row.differs for row in rows),
    )
    return visit.page(
        "recheck.html",
        title=str(user),
        person=user,
        person_url=_page_of_person(visit, user),
        is_looked_after=is_looked_after,
        name=directory_name(facts.last_dialect),
        next=_next_words(next_, user, facts, refusal),
        rows=rows,
        kept=list(kept_besides(user)),
        calls=calls,
        wanted="",
        last=last,
        groups=sorted(user.group_list, key=lambda each: str(each["display"]).casefold()),
        **_license_words(persons_license(user), visit.configuration, facts),
    )


def _license_words(
    license: PersonsLicense, configuration: ScimConfiguration, facts: DirectoryFacts
) -> dict[str, Any]:
    ended_by = license.row.ended_source if license.row else ""
    return {
        "license_badge": license_badge(license.state, ended_by),
        "license_reason": why_licensed(license.row, license.state),
        "license_place": license.place,
        "license_rule": _license_rule(configuration, license, facts),
    }


def _somebody(organization: Organization, id: UUID) -> Any:
    """With their record, its manager and their groups; the deleted too. Raises `Http404`."""
    memberships = DirectoryGroupMembership.objects.filter(user=OuterRef("pk"))
    groups = JSONArray(
        memberships.order_by("group_id").values(
            element=JSONObject(display=F("group__display_name"), source=F("group__source"))
        )
    )
    found = (
        User.objects.in_organization(organization)
        .filter(pk=id)
        .select_related("directory_record__manager")
        .annotate(group_list=groups, is_taken=is_taken(organization))
        .first()
    )
    if found is None:
        raise Http404
    return found


def _calls_about(user: User, is_looked_after: bool) -> ProvisioningLogQuerySet:
    assert user.organization_id is not None  # found in an organization
    if is_looked_after:
        calls = ProvisioningLogEntry.objects.in_organization(user.organization_id)
        return calls.filter(resource_id=user.pk).order_by("-id")
    refused = ProvisioningLogEntry.objects.in_organization(user.organization_id).refused()
    # As in "Somebody here is called ana already": the name alone is a part of other names.
    return refused.filter(detail__icontains=f" {user.user_name} ").order_by("-id")


def _is_to_mend(last: ProvisioningLogEntry, is_looked_after: bool) -> bool:
    # Of somebody who is looked after, a refused addition is about a second one of the same name.
    is_second = is_looked_after and last.operation == Operation.CREATE
    return last.needs_somebody and not is_second


def _is_undoable(user: Any, switches: Sequence[Switch]) -> bool:
    if user.is_taken or not switches or not switches[0].is_by_directory:
        return False
    return timezone.now() - switches[0].at <= UNDO_WITHIN


def _is_switched_here(switches: Sequence[Switch], calls: Sequence[ProvisioningLogEntry]) -> bool:
    """Whether somebody else than the directory had the last word on whether they are switched on.

    That somebody was added here says nothing: a directory that took them over did so since.
    """
    if len(switches) < 2 or switches[0].is_by_directory:
        return False
    spoke = (call for call in calls if call.operation in CHANGES and not call.is_refused)
    latest = next(spoke, None)
    # Of somebody who is switched off, a change of the title says nothing about that.
    return not (switches[0].is_on and latest is not None and latest.at > switches[0].at)


def _cause_and_remedy(call: ProvisioningLogEntry) -> tuple[str, str]:
    cause = cause_of(call.status, call.scim_type)
    return str(cause.label), str(WORDS[cause].for_dialect(call.dialect))


# ---------------------------------------------------------------------- in words


def _next_words(
    next_: Outlook, user: User, facts: DirectoryFacts, refused: ProvisioningLogEntry | None
) -> dict[str, Any]:
    words = outlooks.WORDS[next_]
    cause, remedy = _cause_and_remedy(refused) if refused else ("", "")
    named = {"name": directory_name(facts.last_dialect), "person": str(user), "cause": cause}
    is_refused = next_ is Outlook.REFUSED
    return {
        "words": words,
        "sentence": str(words.sentence) % named,
        "remedy": remedy if is_refused else "",
        "press": (
            outlooks.to_press(facts.last_dialect, is_refused=is_refused)
            if words.is_pressed_there
            else ""
        ),
    }


def _license_rule(
    configuration: ScimConfiguration, license: PersonsLicense, facts: DirectoryFacts
) -> str:
    """What the directory does about licenses, and whether there would be a seat."""
    name = directory_name(facts.last_dialect)
    if not configuration.auto_assign:
        return _(
            "%(name)s gives nobody a license: “Automatically assign licenses” is off in its "
            "settings."
        ) % {"name": name}
    pool = configuration.pool
    where = _("the pool %(pool)s") % {"pool": pool} if pool else _("any pool with a free seat")
    rule = _("%(name)s gives whoever it adds or brings back a license from %(where)s.") % {
        "name": name,
        "where": where,
    }
    if license.state in {LicenseState.ACTIVE, LicenseState.WAITING}:
        return rule
    return f"{rule} {_seats_free(configuration, pool)}"


def _seats_free(configuration: ScimConfiguration, pool: LicensePool | None) -> str:
    now = timezone.now()
    pools = (
        [pool]
        if pool
        else LicensePool.objects.in_organization(configuration.organization_id).open(now)
    )
    free = sum(each.seats_free for each in pools if each.is_open(now))
    if not free:
        return _("No seat is free there now: they would wait in line.")
    return _("Seats free there now: %(count)s.") % {"count": f"{free:,}"}


def _page_of_person(visit: Visit, user: User) -> str:
    """Under *People*, for whoever may see it; the deleted are not there any more."""
    may_see = visit.user.is_able(Ability.PEOPLE) or visit.user.is_able(Ability.LICENSES)
    if not may_see or user.state == User.State.DELETED:
        return ""
    return reverse("admin:accounts_user_change", args=[user.pk])
