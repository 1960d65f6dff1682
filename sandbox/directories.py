"""The directories of Acme and Globex, which keep the portal's people current over SCIM.

Acme's speaks as Okta does, Globex's as Entra ID does without its compliance flag: the shapes of
their requests are those of their documentation. They look after a few people of their own, so that
the stories of the cast stay as they are told.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol
from urllib.parse import urlencode

import requests

from sandbox.people import IDENTITY_PROVIDERS, IdentityProvider
from sandbox.workforce import Employee, employees

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE_USER = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
# Entra ID names a schema of its own besides.
ENTRA_GROUP = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
TIMEOUT_SECONDS = 30

# Whom each directory looks after: from which number of the company's employees on, and how many.
STARTS_AT = {"acme": 900, "globex": 1_000}
PEOPLE = 8
TITLES = ("Apprentice", "Specialist", "Senior specialist", "Team lead")


@dataclass(frozen=True)
class Step:
    """One call, and what came of it."""

    method: str
    path: str
    status: int
    body: Any

    @property
    def is_refused(self) -> bool:
        return self.status >= 400

    @property
    def detail(self) -> str:
        return str(self.body.get("detail", "")) if isinstance(self.body, dict) else ""


class Line(Protocol):
    """The way to the portal."""

    def call(self, method: str, path: str, body: Any = None) -> Step: ...


class HttpLine:
    """The way over HTTP, with the token the portal gave."""

    def __init__(self, base_url: str, token: str, client: str) -> None:
        self._base_url = base_url
        self._session = requests.Session()
        # The portal is on this machine, whatever proxy the shell names.
        self._session.trust_env = False
        self._session.headers.update(
            {
                "Authorization": f"Bearer {token}",
                "Content-Type": "application/scim+json",
                "User-Agent": client,
            }
        )

    def call(self, method: str, path: str, body: Any = None) -> Step:
        content = None if body is None else json.dumps(body)
        answer = self._session.request(
            method, f"{self._base_url}{path}", data=content, timeout=TIMEOUT_SECONDS
        )
        return Step(method, path, answer.status_code, answer.json() if answer.content else None)


def staff_of(provider: IdentityProvider) -> list[Employee]:
    """The people whom this company's directory looks after."""
    everybody = employees(provider.domain, start=STARTS_AT[provider.slug])
    return list(islice(everybody, PEOPLE))


def directory_of(slug: str, line_for: Callable[[str], Line]) -> Directory:
    """The company's directory; `line_for` makes its way to the portal, for what it calls itself."""
    kinds: Mapping[str, type[Directory]] = {"acme": Okta, "globex": Entra}
    kind = kinds[slug]
    return kind(IDENTITY_PROVIDERS[slug], line_for(kind.client))


class Directory:
    """What both do: look for somebody, add or change them, keep a group.

    Everything is asked of the portal first, so that it can begin and end at any moment.
    """

    client: str
    group_name: str

    def __init__(self, provider: IdentityProvider, line: Line) -> None:
        self.provider = provider
        self.line = line
        self.staff = staff_of(provider)

    def cycle(self) -> Iterator[Step]:
        """Everybody, and the group they are in; at the end somebody leaves and comes back."""
        yield from self.begin()
        ids = []
        for number in range(len(self.staff)):
            yield from (steps := list(self.keep(number, title_of=0)))
            ids += _ids(steps)
        yield from self.keep_group(ids)
        if ids:
            yield self.switch(ids[-1], is_active=False)
            yield self.switch(ids[-1], is_active=True)

    def tick(self, number: int) -> Iterator[Step]:
        """One small thing of many: somebody is promoted."""
        yield from self.keep(number % len(self.staff), title_of=number // len(self.staff))

    def begin(self) -> Iterator[Step]:
        """What it does before anything else."""
        raise NotImplementedError

    def keep(self, number: int, *, title_of: int) -> Iterator[Step]:
        """Add the person of this number, or bring them up to date."""
        raise NotImplementedError

    def keep_group(self, members: list[str]) -> Iterator[Step]:
        raise NotImplementedError

    def switch(self, id: str, *, is_active: bool) -> Step:
        raise NotImplementedError

    def _patch(self, path: str, *operations: Mapping[str, Any]) -> Step:
        return self.line.call("PATCH", path, {"schemas": [PATCH], "Operations": operations})

    def _find(self, endpoint: str, **parameters: str) -> Step:
        return self.line.call("GET", f"{endpoint}?{urlencode(parameters)}")


class Okta(Directory):
    """An app from Okta's catalog: finds by userName, adds with POST, changes with PUT and PATCH."""

    client = "Okta SCIM Client 1.0.0"
    group_name = "Okta: everybody on site"

    def begin(self) -> Iterator[Step]:
        # "Test API Credentials"
        yield self._find("/Users", startIndex="1", count="1")

    def keep(self, number: int, *, title_of: int) -> Iterator[Step]:
        person = self.staff[number]
        found = self._find(
            "/Users", filter=f'userName eq "{person.email}"', startIndex="1", count="100"
        )
        yield found
        resource = {
            "schemas": [USER, ENTERPRISE_USER],
            "userName": person.email,
            "name": {"givenName": person.first_name, "familyName": person.last_name},
            "displayName": f"{person.first_name} {person.last_name}",
            "emails": [{"primary": True, "value": person.email, "type": "work"}],
            "title": TITLES[title_of % len(TITLES)],
            "locale": "en-US",
            "externalId": f"00u{person.stable_id.lower()}",
            ENTERPRISE_USER: {"department": person.department},
            "active": True,
        }
        if ids := _ids([found]):
            yield self.line.call("PUT", f"/Users/{ids[0]}", {"id": ids[0], **resource})
        elif not found.is_refused:
            yield self.line.call("POST", "/Users", {**resource, "groups": []})

    def keep_group(self, members: list[str]) -> Iterator[Step]:
        found = self._find("/Groups", filter=f'displayName eq "{self.group_name}"')
        yield found
        people = [{"value": member} for member in members]
        if ids := _ids([found]):
            # Okta repeats the id when it renames.
            renamed = {"id": ids[0], "displayName": self.group_name}
            yield self._patch(
                f"/Groups/{ids[0]}",
                {"op": "replace", "value": renamed},
                {"op": "replace", "path": "members", "value": people},
            )
        elif not found.is_refused:
            group = {"schemas": [GROUP], "displayName": self.group_name, "members": people}
            yield self.line.call("POST", "/Groups", group)

    def switch(self, id: str, *, is_active: bool) -> Step:
        return self._patch(f"/Users/{id}", {"op": "replace", "value": {"active": is_active}})


class Entra(Directory):
    """Entra ID without aadOptscim062020: capital operations, one attribute each, text for false."""

    client = "Microsoft-SCIM-Provisioning/1.0"
    group_name = "SG-Learning"

    def begin(self) -> Iterator[Step]:
        # "Test Connection" looks for somebody who can't exist.
        yield self._find("/Users", filter=f'userName eq "{uuid.uuid4()}"')

    def keep(self, number: int, *, title_of: int) -> Iterator[Step]:
        person = self.staff[number]
        found = self._find("/Users", filter=f'userName eq "{person.email}"')
        yield found
        title = TITLES[title_of % len(TITLES)]
        if ids := _ids([found]):
            if found.body["Resources"][0].get("title") != title:
                yield self._patch(
                    f"/Users/{ids[0]}",
                    {"op": "Replace", "path": "title", "value": title},
                    {
                        "op": "Replace",
                        "path": f"{ENTERPRISE_USER}:department",
                        "value": person.department,
                    },
                )
        elif not found.is_refused:
            yield self.line.call(
                "POST",
                "/Users",
                {
                    "schemas": [USER, ENTERPRISE_USER],
                    "externalId": person.stable_id,
                    "userName": person.email,
                    "active": True,
                    "displayName": f"{person.first_name} {person.last_name}",
                    "emails": [{"primary": True, "type": "work", "value": person.email}],
                    "meta": {"resourceType": "User"},
                    "name": {
                        "formatted": f"{person.first_name} {person.last_name}",
                        "familyName": person.last_name,
                        "givenName": person.first_name,
                    },
                    "title": title,
                    ENTERPRISE_USER: {"department": person.department},
                },
            )

    def keep_group(self, members: list[str]) -> Iterator[Step]:
        found = self._find(
            "/Groups", excludedAttributes="members", filter=f'displayName eq "{self.group_name}"'
        )
        yield found
        ids = _ids([found])
        if not ids and not found.is_refused:
            made = self.line.call(
                "POST",
                "/Groups",
                {
                    "schemas": [GROUP, ENTRA_GROUP],
                    "externalId": "8aa1a0c0-c4c3-4bc0-b4a5-2ef676900159",
                    "displayName": self.group_name,
                    "meta": {"resourceType": "Group"},
                },
            )
            yield made
            ids = _ids([made])
        if ids:
            people = [{"value": member} for member in members]
            yield self._patch(
                f"/Groups/{ids[0]}", {"op": "Add", "path": "members", "value": people}
            )

    def switch(self, id: str, *, is_active: bool) -> Step:
        return self._patch(
            f"/Users/{id}", {"op": "Replace", "path": "active", "value": str(is_active)}
        )


def _ids(steps: list[Step]) -> list[str]:
    """The ids of the resources that answers hold: one made, or all of a list; each once."""
    ids: dict[str, None] = {}
    for step in steps:
        if step.is_refused or not isinstance(step.body, dict):
            continue
        for resource in step.body.get("Resources", [step.body]):
            if "id" in resource:
                ids[resource["id"]] = None
    return list(ids)
