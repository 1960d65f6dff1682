"""*Test sign-in*: to the identity provider and back, and what a real sign-in would have done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from accounts.models import User
from accounts.rate_limit import RateLimited, count_start
from audit.actions import Action
from audit.context import current_context
from licenses.services import SeatOutcome
from profiles.policies import BindingStep
from sso.advice import advice_on
from sso.attributes import CUSTOM, UNUSED, destinations, find_attribute, map_profile
from sso.check_words import labelled
from sso.console.pages import Visit
from sso.console.setup import neighbor, steps_of
from sso.content import content_of, digest_of
from sso.errors import SsoError
from sso.models import SignInRequest, SignInTest, StagedChange
from sso.outgoing import may_lead_to, remember_browser, send
from sso.services import begin_test
from sso.sign_in import TRANSIENT
from sso.testing import TEST_COOKIE

LATEST = 20
STEP = "sso_tests"
Text = str | Promise

FIELDS: dict[str, Text] = {
    "email": gettext_lazy("E-mail address"),
    "first_name": gettext_lazy("First name"),
    "last_name": gettext_lazy("Last name"),
    "department": gettext_lazy("Department"),
    "title": gettext_lazy("Job title"),
    "manager_name": gettext_lazy("Manager"),
    "location": gettext_lazy("Location"),
    "stable_id": gettext_lazy("Employee id, which finds people again"),
    "groups": gettext_lazy("Groups"),
    "subject": gettext_lazy("The name people are known by"),
    CUSTOM: gettext_lazy("Kept as an attribute of your own"),
    UNUSED: gettext_lazy("Not used"),
}
SEATS: dict[str, Text] = {
    SeatOutcome.HELD.value: gettext_lazy("Has one already"),
    SeatOutcome.GRANTED.value: gettext_lazy("Gets one"),
    SeatOutcome.WAITING.value: gettext_lazy("None is left: comes in and waits in line"),
    SeatOutcome.NOT_OFFERED.value: gettext_lazy("Gets none by signing in"),
}
STEPS: dict[str, Text] = {
    BindingStep.NONE.value: gettext_lazy("Isn’t asked; goes straight in"),
    BindingStep.OFFER.value: gettext_lazy("Is offered to connect one, and may decline"),
    BindingStep.REMIND.value: gettext_lazy("Has to connect one before long; goes in until then"),
    BindingStep.DEMAND.value: gettext_lazy("Has to connect one first"),
    BindingStep.AGREE.value: gettext_lazy("Is shown words that are new since it was connected"),
}


@dataclass(frozen=True, slots=True)
class Claim:
    """A line of what the answer said, and where it would go."""

    name: str
    values: tuple[str, ...]
    becomes: tuple[Text, ...]
    is_used: bool


def home(request: HttpRequest, connection_id: UUID) -> HttpResponse:
    """What a test does, and the last ones; a POST sets out for the identity provider."""
    visit = Visit.of(request, connection_id)
    staged = _staged(visit, request.GET.get("change"))
    if request.method == "POST":
        return _begin(visit, staged)
    tried = staged.result if staged else visit.connection
    tests = SignInTest.objects.filter(connection=visit.connection).select_related("tester")
    current = digest_of(content_of(tried))
    steps = [] if staged else steps_of(visit, STEP)
    response = visit.page(
        "tests.html",
        title=_("Test sign-in"),
        staged=staged,
        steps=steps,
        is_passed=any(step.is_current and step.is_done for step in steps),
        back_url=visit.address(neighbor(STEP, -1)),
        next_url=visit.address(neighbor(STEP, 1)),
        is_ready=tried.knows_its_provider,
        tests=[(test, test.content_digest == current) for test in tests[:LATEST]],
    )
    if tried.sign_in_address:
        may_lead_to(response, tried.sign_in_address)
    return response


def _staged(visit: Visit, named: str | None) -> StagedChange | None:
    if not named:
        return None
    try:
        wanted = UUID(named)
    except ValueError as error:
        raise Http404 from error
    rows = StagedChange.objects.open().filter(connection=visit.connection)
    staged = rows.filter(pk=wanted).first()
    if staged is None:
        raise Http404
    staged.connection = visit.connection
    return staged


def _begin(visit: Visit, staged: StagedChange | None) -> HttpResponse:
    try:
        count_start(address=current_context().address, door=str(visit.connection.pk))
        begun = begin_test(connection=visit.connection, tester=visit.user, staged=staged)
    except RateLimited:
        messages.error(visit.request, _("Too many attempts. Wait a minute, then try again."))
        return visit.to("sso_tests")
    except SsoError as refusal:
        messages.error(visit.request, str(refusal))
        return visit.to("sso_tests")
    response = send(visit.request, visit.connection, begun.outgoing)
    lifetime = int(SignInRequest.LIFETIME.total_seconds())
    remember_browser(response, TEST_COOKIE, begun.cookie, max_age=lifetime)
    return response


@require_safe
def show(request: HttpRequest, connection_id: UUID, test_id: UUID) -> HttpResponse:
    """What came of a test. What the answer said of a person is for the tester alone."""
    visit = Visit.of(request, connection_id)
    tests = SignInTest.objects.select_related("tester", "staged")
    test = tests.filter(connection=visit.connection, pk=test_id).first()
    if test is None:
        raise Http404
    tried = visit.connection
    if test.staged is not None:
        test.staged.connection = visit.connection
        tried = test.staged.result
    is_testers = test.tester_id == visit.user.pk
    happens = test.consequences
    return visit.page(
        "test.html",
        title=_("Result of the test"),
        test=test,
        is_current=test.content_digest == digest_of(content_of(tried)),
        advice=advice_on(test.cause, connection=visit.connection, checks=test.checks),
        checks=labelled(test.checks),
        people=_people(visit, happens.get("people", [])),
        newcomer=_newcomer(test) if is_testers and happens.get("is_new") else "",
        seat=SEATS.get(happens.get("seat") or ""),
        step=STEPS.get(happens.get("step") or ""),
        actions=[Action(action).label for action in happens.get("actions", [])],
        is_testers=is_testers,
        claims=_claims(test) if is_testers else [],
        days_kept=SignInTest.CLAIMS_KEPT.days,
    )


def _people(visit: Visit, ids: list[str]) -> list[User]:
    if not ids:
        return []
    return list(User.objects.in_organization(visit.connection.organization).filter(pk__in=ids))


def _newcomer(test: SignInTest) -> str:
    """The person who would be made, as the answer describes them."""
    profile = map_profile(test.attributes(), (test.claims or {}).get("attribute_map", {}))
    name = f"{profile.first_name} {profile.last_name}".strip()
    return name or profile.email or (test.claims or {}).get("name_id", "")


def _claims(test: SignInTest) -> list[Claim]:
    if not test.claims:
        return []
    kept = test.claims
    return claims_of(
        test.attributes(),
        name_id=kept["name_id"],
        name_id_format=kept["name_id_format"],
        attribute_map=kept["attribute_map"],
        subject_attribute=kept["subject_attribute"],
    )


def claims_of(
    attributes: Mapping[str, tuple[str, ...]],
    *,
    name_id: str,
    name_id_format: str,
    attribute_map: Mapping[str, str],
    subject_attribute: str,
) -> list[Claim]:
    """The lines of what an answer said, NameID first."""
    format_ = name_id_format.rpartition(":")[2] or _("no format")
    lasts = name_id_format != TRANSIENT
    names = "subject" if lasts and not subject_attribute else UNUSED
    rows = [Claim(f"NameID ({format_})", (name_id,), (FIELDS[names],), names != UNUSED)]
    becomes = destinations(attributes, attribute_map)
    stand_in = "" if lasts or subject_attribute else _stand_in(becomes)
    for name, values in attributes.items():
        fields = becomes[name]
        if name == stand_in or (
            subject_attribute and find_attribute({name: values}, subject_attribute)
        ):
            fields = ["subject", *(field for field in fields if field != UNUSED)]
        rows.append(
            Claim(name, values, tuple(FIELDS[field] for field in fields), fields != [UNUSED])
        )
    return rows


def _stand_in(becomes: Mapping[str, list[str]]) -> str:
    """The attribute that names people where the NameID is another one every time.

    As `sso.sign_in.subject_of` chooses it. Empty where none was sent.
    """
    for wanted in ("stable_id", "email"):
        for name, fields in becomes.items():
            if wanted in fields:
                return name
    return ""
