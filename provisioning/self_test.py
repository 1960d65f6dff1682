"""The self-test: a directory's calls to this organization's own address, rehearsed.

With a token that is made for it, a person of its own comes, is found, changed, put into a group,
switched off and deleted, through the endpoints and services that real calls take, in the words of
the organization's own directory. It happens in one transaction that is rolled back
(`provisioning.rehearsal`): no person, no seat, no token, no line in the log stays.
"""

from __future__ import annotations

import io
import json
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.urls import resolve
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_scim.constants import SchemaURI

from accounts.endings import days_left
from accounts.models import Organization, User
from audit.actions import Action
from audit.actors import Actor
from audit.context import current_context, request_context
from audit.services import record
from licenses.models import LicenseAssignment
from licenses.policies import LicenseState
from licenses.standing import persons_license
from provisioning.addresses import BASE_PATH, base_url
from provisioning.causes import WORDS, cause_of
from provisioning.models import ScimConfiguration, ScimToken
from provisioning.rehearsal import rehearsal
from provisioning.schema.tables import CORE_GROUP_URN, CORE_USER_URN
from provisioning.services import create_token

Text = str | Promise
# Days before the last token's end from which the test warns.
SOON = 30
# What the calls are told apart by: the log's own test of whose words they are.
CLIENTS = {"okta": "Okta SCIM Client 1.0.0"}


class Verdict(Enum):
    PASSED = "passed"
    LOOK = "look"
    FAILED = "failed"
    # Neither good nor bad: it is switched off, or something before it failed.
    LEFT_OUT = "left_out"


TOKEN = gettext_lazy("A token is valid and lasts")
ADDRESS = gettext_lazy("The base URL is one that directories call")
RUNNING = gettext_lazy("The directory is not paused")
STRANGER = gettext_lazy("Without a valid token nobody gets in")
DISCOVERY = gettext_lazy("The portal says what it can do (discovery)")
NOBODY = gettext_lazy("Somebody who is not here is not found")
CREATE = gettext_lazy("A person is added")
SEAT = gettext_lazy("The person gets a license")
FIND = gettext_lazy("The person is found by user name (filter)")
CHANGE = gettext_lazy("The person’s title is changed")
GROUP = gettext_lazy("A group comes with the person in it")
SWITCH_OFF = gettext_lazy("The person is switched off")
SEAT_BACK = gettext_lazy("Whoever is switched off holds no seat")
DELETE = gettext_lazy("The person is deleted and not found any more")
NOTHING_STAYS = gettext_lazy("Nothing of the test stays")
STEPS = (
    STRANGER,
    DISCOVERY,
    NOBODY,
    CREATE,
    SEAT,
    FIND,
    CHANGE,
    GROUP,
    SWITCH_OFF,
    SEAT_BACK,
    DELETE,
)


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the list: what was tried, what was seen, and what mends it."""

    name: Text
    verdict: Verdict
    seen: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    body: Mapping[str, Any]


class Stopped(Exception):
    """A step failed that the later ones need."""


@dataclass(slots=True)
class Rehearsal:
    """The calls, one after the other, and what came of each."""

    organization: Organization
    token: str
    dialect: str
    checks: list[Check] = field(default_factory=list)
    name: str = field(default_factory=lambda: f"self-test-{uuid.uuid4().hex[:12]}@portal.invalid")
    person_id: str = ""

    # ------------------------------------------------------------------ the calls

    def call(
        self, method: str, path: str, body: Any = None, *, token: str | None = None, **query: str
    ) -> Reply:
        """What the view at this address answers, as over HTTP."""
        content = b"" if body is None else json.dumps(body).encode()
        host = urlsplit(base_url())
        request = WSGIRequest(
            {
                "REQUEST_METHOD": method,
                "PATH_INFO": f"{BASE_PATH}{path}",
                "QUERY_STRING": urlencode(query),
                "SERVER_NAME": host.hostname or "localhost",
                "SERVER_PORT": str(host.port or 443),
                "HTTP_AUTHORIZATION": f"Bearer {self.token if token is None else token}",
                "CONTENT_TYPE": "application/scim+json",
                "CONTENT_LENGTH": str(len(content)),
                "wsgi.input": io.BytesIO(content),
                "wsgi.url_scheme": host.scheme,
            }
        )
        view, args, kwargs = resolve(f"{BASE_PATH}{path}")
        response = view(request, *args, **kwargs)
        return Reply(response.status_code, json.loads(response.content or b"{}"))

    def find(self) -> Reply:
        return self.call("GET", "/Users", filter=f'userName eq "{self.name}"')

    def person(self, **more: Any) -> dict[str, Any]:
        return {
            "schemas": [CORE_USER_URN],
            "userName": self.name,
            "externalId": self.name,
            "name": {"givenName": "Self", "familyName": "Test"},
            "active": True,
            **more,
        }

    def change_title(self) -> Reply:
        title = "Rehearsal"
        if self.dialect == "okta":
            return self.call("PUT", f"/Users/{self.person_id}", self.person(title=title))
        op = "Replace" if self._is_entra else "replace"
        return self._patch({"op": op, "path": "title", "value": title})

    def switch_off(self) -> Reply:
        if self._is_entra:
            return self._patch({"op": "Replace", "path": "active", "value": "False"})
        return self._patch({"op": "replace", "value": {"active": False}})

    def _patch(self, operation: Mapping[str, Any]) -> Reply:
        body = {"schemas": [SchemaURI.PATCH_OP], "Operations": [operation]}
        return self.call("PATCH", f"/Users/{self.person_id}", body)

    @property
    def _is_entra(self) -> bool:
        return self.dialect.startswith("entra")

    # ------------------------------------------------------------------ the list

    def expect(self, name: Text, reply: Reply, status: int, *, holds: bool = True) -> None:
        """Put a step on the list. Raises `Stopped` where it failed."""
        if reply.status == status and holds:
            self.checks.append(Check(name, Verdict.PASSED))
            return
        self.checks.append(Check(name, Verdict.FAILED, *self._what_is_wrong(reply)))
        raise Stopped

    def _what_is_wrong(self, reply: Reply) -> tuple[str, str]:
        seen = _("Answered %(status)s.") % {"status": reply.status}
        if detail := reply.body.get("detail"):
            seen = f"{seen} {detail}"
        if reply.status >= 400:
            words = WORDS[cause_of(reply.status, reply.body.get("scimType", ""))]
            return f"{seen} {words.meaning}", str(words.for_dialect(self.dialect))
        return seen, _ours()

    def run(self) -> None:
        """Raises `Stopped` at the first step that fails."""
        self.expect(STRANGER, self.call("GET", "/Users", token="none"), 401)  # noqa: S106
        config = self.call("GET", "/ServiceProviderConfig")
        schemas = self.call("GET", "/Schemas")
        names = {each.get("id") for each in schemas.body.get("Resources", ())}
        knows = config.status == schemas.status and CORE_USER_URN in names
        self.expect(DISCOVERY, config, 200, holds=knows)
        nobody = self.find()
        self.expect(NOBODY, nobody, 200, holds=nobody.body.get("totalResults") == 0)
        made = self.call("POST", "/Users", self.person())
        self.person_id = str(made.body.get("id", ""))
        self.expect(CREATE, made, 201, holds=made.body.get("userName") == self.name)
        self.checks.append(self._seat())
        found = self.find()
        self.expect(FIND, found, 200, holds=found.body.get("totalResults") == 1)
        changed = self.change_title()
        self.expect(CHANGE, changed, 200, holds=changed.body.get("title") == "Rehearsal")
        group = self.call(
            "POST",
            "/Groups",
            {
                "schemas": [CORE_GROUP_URN],
                "displayName": self.name,
                "members": [{"value": self.person_id}],
            },
        )
        self.expect(GROUP, group, 201, holds=len(group.body.get("members", ())) == 1)
        off = self.switch_off()
        self.expect(SWITCH_OFF, off, 200, holds=off.body.get("active") is False)
        self.checks.append(self._seat_is_back())
        gone = self.call("DELETE", f"/Users/{self.person_id}")
        self.expect(DELETE, gone, 204, holds=self.find().body.get("totalResults") == 0)

    def _seat(self) -> Check:
        configuration = ScimConfiguration.objects.get(organization=self.organization)
        if not configuration.auto_assign:
            said = _("“Automatically assign licenses” is off: the directory gives nobody one.")
            return Check(SEAT, Verdict.LEFT_OUT, said)
        license = persons_license(User.objects.get_queryset().get(pk=self.person_id))
        match license.state:
            case LicenseState.ACTIVE if license.row:
                said = _("A seat of %(pool)s.") % {"pool": license.row.pool}
                return Check(SEAT, Verdict.PASSED, said)
            case _:
                return Check(
                    SEAT,
                    Verdict.LOOK,
                    _("No seat was free: whoever is added now waits in line."),
                    _("Get more seats, take some back under Licenses, or choose another pool."),
                )

    def _seat_is_back(self) -> Check:
        held = LicenseAssignment.objects.unended().filter(user=uuid.UUID(self.person_id))
        if held.exists():
            return Check(SEAT_BACK, Verdict.FAILED, _("The seat is still held."), _ours())
        return Check(SEAT_BACK, Verdict.PASSED)


def run_self_test(*, organization: Organization, dialect: str, actor: Actor) -> list[Check]:
    """Rehearse the directory's calls; what was seen of each. Only that it was run is recorded."""
    now = timezone.now()
    configuration = ScimConfiguration.objects.filter(organization=organization).first()
    checks = [
        _token_check(organization, now),
        _address_check(),
        _running_check(configuration),
    ]
    checks += _rehearsed(organization, dialect, actor)
    counted = {
        verdict: sum(check.verdict is verdict for check in checks)
        for verdict in (Verdict.PASSED, Verdict.LOOK, Verdict.FAILED)
    }
    record(
        Action.DIRECTORY_TESTED,
        organization=organization,
        actor=actor,
        target=organization,
        changes={verdict.value: number for verdict, number in counted.items()},
    )
    return checks


def _rehearsed(organization: Organization, dialect: str, actor: Actor) -> Iterator[Check]:
    with rehearsal(), request_context(_context_of(dialect)):
        made = create_token(organization=organization, name="Self-test", actor=actor, days=1)
        # Removals lock this row before the organization's, and others wait for both meanwhile.
        ScimConfiguration.objects.select_for_update(no_key=True).get(organization=organization)
        played = Rehearsal(organization, made.text, dialect)
        try:
            played.run()
        except Stopped:
            done = {check.name for check in played.checks}
            played.checks += [
                Check(name, Verdict.LEFT_OUT, _("Not tried, since a step before it failed."))
                for name in STEPS
                if name not in done
            ]
    yield from played.checks
    yield _nothing_stays(organization, played.name, made.token)


def _context_of(dialect: str) -> Any:
    return replace(current_context(), client=CLIENTS.get(dialect, "Self-test"))


def _nothing_stays(organization: Organization, name: str, token: ScimToken) -> Check:
    people = User.objects.in_organization(organization).filter(user_name=name)
    if people.exists() or ScimToken.objects.filter(pk=token.pk).exists():
        return Check(NOTHING_STAYS, Verdict.FAILED, "", _ours())
    said = _("The person, the group, the token and the seat were rolled back.")
    return Check(NOTHING_STAYS, Verdict.PASSED, said)


def _ours() -> str:
    return _("A fault of ours: tell us the request id %(id)s.") % {
        "id": current_context().request_id
    }


def _token_check(organization: Organization, now: datetime) -> Check:
    last = ScimToken.objects.in_organization(organization).live(now).order_by("-expires_at").first()
    if last is None:
        return Check(
            TOKEN,
            Verdict.FAILED,
            _("No token is valid, so every call of your directory is refused."),
            _("Let a full admin make a token, and paste it into your directory."),
        )
    days = days_left(now, last.expires_at)
    said = _("%(token)s is valid for %(days)s more days.") % {"token": last, "days": days}
    if last.expires_at - now <= timedelta(days=SOON):
        remedy = _("Let a full admin replace it: both are valid for a week then.")
        return Check(TOKEN, Verdict.LOOK, said, remedy)
    return Check(TOKEN, Verdict.PASSED, said)


def _address_check() -> Check:
    if settings.PORTAL_IS_HTTPS:
        return Check(ADDRESS, Verdict.PASSED, base_url())
    return Check(
        ADDRESS,
        Verdict.LOOK,
        _("%(url)s: Entra ID and Okta call over https alone.") % {"url": base_url()},
        _("Whoever runs the portal sets PORTAL_BASE_URL to its public https address."),
    )


def _running_check(configuration: ScimConfiguration | None) -> Check:
    if configuration is not None and configuration.is_paused:
        return Check(
            RUNNING,
            Verdict.FAILED,
            _("The brake on mass removal holds it: its changes are refused."),
            _("Undo what it removed, or let it go on, on Directory sync."),
        )
    return Check(RUNNING, Verdict.PASSED)
