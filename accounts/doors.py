"""The ways into an organization that other apps bring.

`accounts` owns the sign-in pages and may not know of SAML, so whoever can sign people in says so
here, in its `AppConfig.ready()`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from accounts.models import Organization, Session, User
from accounts.sessions import CONNECTION, DOOR


@dataclass(frozen=True, slots=True)
class Door:
    """One way in that leads away from here.

    `name` is what people call it ("Okta"); `url` is opened with GET and takes `?next=<path>`, and
    `?again=1` for people who must prove anew who they are; `host` is the host of the page they see
    then. Sessions that began through it carry its `connection_id`.
    """

    name: str
    url: str
    host: str
    connection_id: UUID | None = None

    def leads_to(self, next_path: str, *, again: bool = False) -> str:
        query = {"again": "1"} if again else {}
        if next_path:
            query["next"] = next_path
        return f"{self.url}?{urlencode(query)}" if query else self.url


@dataclass(frozen=True, slots=True)
class ProofDoor:
    """Where somebody signed in proves anew who they are: an address of ours, and whose page comes.

    `name` is the door's, empty where the person has yet to choose or to type a password.
    """

    url: str
    name: str = ""


SignInChoices = Callable[[Organization], list[Door]]

_sources: list[SignInChoices] = []


def register(sign_in_choices: SignInChoices) -> SignInChoices:
    """`sign_in_choices(organization)` answers the doors open to its people now, by name.

    Registering twice is registering once. Works as a decorator.
    """
    if sign_in_choices not in _sources:
        _sources.append(sign_in_choices)
    return sign_in_choices


@dataclass(frozen=True, slots=True)
class LocalDoor:
    """A way in beside the password, for people without single sign-on.

    `name` is what people call whoever vouches for them. The form that opens it is posted to `url`,
    may carry `next`, and is answered with a redirect to `origin` (scheme and host).
    """

    name: str
    url: str
    origin: str
    # Whether it is this organization's usual way in: it then stands first, and the password behind.
    is_usual: bool = False


# Of an organization; or, for None, of the page that is everybody's.
LocalChoices = Callable[[Organization | None], LocalDoor | None]

_local_sources: list[LocalChoices] = []


def register_local(local_choices: LocalChoices) -> LocalChoices:
    """As `register`, for whoever brings a way in without single sign-on."""
    if local_choices not in _local_sources:
        _local_sources.append(local_choices)
    return local_choices


def local_doors_of(organization: Organization | None) -> list[LocalDoor]:
    """Open to its people now; for None, to people of one organization at least."""
    return [door for source in _local_sources if (door := source(organization)) is not None]


# The ids of connections whose sign-ins all fail at the moment.
FailingConnections = Callable[[Organization], Iterable[UUID]]

_troubles: list[FailingConnections] = []


def register_trouble(failing: FailingConnections) -> FailingConnections:
    """As `register`: whoever brings doors also says which of them open to nobody just now."""
    if failing not in _troubles:
        _troubles.append(failing)
    return failing


def is_failing(door: Door, organization: Organization) -> bool:
    """Whether everybody who goes there is sent back at the moment."""
    failing = {each for source in _troubles for each in source(organization)}
    return door.connection_id is not None and door.connection_id in failing


# Whether one of these people has come in through a door that is open, and is now as it was then.
HaveComeIn = Callable[[QuerySet[User]], bool]

_uses: list[HaveComeIn] = []


def register_use(have_come_in: HaveComeIn) -> HaveComeIn:
    """As `register`: whoever brings doors also says whose way in they are for certain."""
    if have_come_in not in _uses:
        _uses.append(have_come_in)
    return have_come_in


def have_come_in(people: QuerySet[User]) -> bool:
    return any(asked(people) for asked in _uses)


def doors_of(organization: Organization, first: UUID | None = None) -> list[Door]:
    """The doors open to its people now: `first`, if it is one of them, then the default one."""
    doors = [door for source in _sources for door in source(organization)]
    wanted = [each for each in (first, organization.default_door) if each is not None]

    def place(door: Door) -> int:
        known = door.connection_id in wanted
        return wanted.index(door.connection_id) if known else len(wanted)  # type: ignore[arg-type]  # in the list

    return sorted(doors, key=place)


def proof_door(
    request: HttpRequest, organization: Organization | None, next_path: str
) -> ProofDoor:
    """The door this session came through, once more; it leads back to `next_path`.

    If that is closed meanwhile, the organization's own page, which stays open to whoever must sign
    in again. Platform staff, who have none, start with their e-mail.
    """
    if organization is None:
        return ProofDoor(
            f"{reverse('accounts:login')}?{urlencode([('again', '1'), ('next', next_path)])}"
        )
    session = request.session
    by_sso = session.get(DOOR) == Session.Door.SSO
    by_profile = session.get(DOOR) == Session.Door.LINKEDIN
    if by_sso and (came_by := session.get(CONNECTION)):
        for door in doors_of(organization):
            if str(door.connection_id) == came_by:
                return ProofDoor(door.leads_to(next_path, again=True), door.name)
    url = reverse("accounts:organization_login", args=[organization.slug])
    word = "again" if by_sso or by_profile or organization.requires_sso else "password"
    return ProofDoor(f"{url}?{urlencode([(word, '1'), ('next', next_path)])}")
