"""How each directory is connected, with this organization's values: `{% load portal %}`'s copies.

The steps are templates, one for each product, in the order and words of its own pages. What to map
to what is a table here, so that a test can hold it against the schema.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from provisioning.addresses import base_url
from provisioning.console.feed import calls_beside_a_guide
from provisioning.console.pages import Visit
from provisioning.console.tokens import ShownToken, shown_tokens
from provisioning.schema.tables import CORE_USER_URN, CUSTOM_USER_URN, ENTERPRISE_USER_URN

# OneLogin builds its messages from a template; `{$…}` are its own placeholders.
ONELOGIN_TEMPLATE = json.dumps(
    {
        "schemas": [CORE_USER_URN, ENTERPRISE_USER_URN],
        "userName": "{$parameters.scimusername}",
        "externalId": "{$user.id}",
        "name": {"givenName": "{$user.firstname}", "familyName": "{$user.lastname}"},
        "displayName": "{$user.display_name}",
        "emails": [{"value": "{$user.email}", "type": "work", "primary": True}],
        "title": "{$parameters.title}",
        ENTERPRISE_USER_URN: {"department": "{$parameters.department}"},
    },
    indent=2,
)


@dataclass(frozen=True, slots=True)
class Mapping:
    """One row to set in a directory: its attribute, ours, and why."""

    theirs: str
    ours: str
    note: str | Promise = ""


@dataclass(frozen=True, slots=True)
class Guide:
    name: str
    product: str | Promise
    token_name: str
    mappings: tuple[Mapping, ...] = ()


GUIDES = {
    guide.name: guide
    for guide in (
        Guide(
            "entra",
            "Microsoft Entra ID",
            "Entra ID",
            (
                Mapping(
                    "userPrincipalName",
                    "userName",
                    gettext_lazy("Keep. Matching precedence 1."),
                ),
                Mapping(
                    "Switch([IsSoftDeleted], …)",
                    "active",
                    gettext_lazy("Keep. It switches people off and on."),
                ),
                Mapping(
                    "objectId",
                    "externalId",
                    gettext_lazy("Change. The default, mailNickname, may change; this never does."),
                ),
                Mapping("mail", 'emails[type eq "work"].value', gettext_lazy("Keep.")),
                Mapping("givenName", "name.givenName", gettext_lazy("Keep.")),
                Mapping("surname", "name.familyName", gettext_lazy("Keep.")),
                Mapping("displayName", "displayName", gettext_lazy("Keep.")),
                Mapping("jobTitle", "title", gettext_lazy("Keep.")),
                Mapping("department", f"{ENTERPRISE_USER_URN}:department", gettext_lazy("Keep.")),
                Mapping("manager", f"{ENTERPRISE_USER_URN}:manager", gettext_lazy("Keep.")),
                Mapping(
                    "employeeId",
                    f"{ENTERPRISE_USER_URN}:employeeNumber",
                    gettext_lazy("Optional: kept, without effect."),
                ),
                Mapping(
                    "physicalDeliveryOfficeName",
                    f"{CUSTOM_USER_URN}:location",
                    gettext_lazy("Optional: where people work."),
                ),
            ),
        ),
        Guide(
            "okta",
            "Okta",
            "Okta",
            (
                Mapping("user.login", "userName", gettext_lazy("Keep.")),
                Mapping("user.firstName", "name.givenName", gettext_lazy("Keep.")),
                Mapping("user.lastName", "name.familyName", gettext_lazy("Keep.")),
                Mapping("user.email", "emails", gettext_lazy("Keep.")),
                *(
                    Mapping(theirs, ours, gettext_lazy("If you have it."))
                    for theirs, ours in (
                        ("user.title", "title"),
                        ("user.department", f"{ENTERPRISE_USER_URN}:department"),
                        ("user.employeeNumber", f"{ENTERPRISE_USER_URN}:employeeNumber"),
                        ("user.managerId", f"{ENTERPRISE_USER_URN}:manager.value"),
                    )
                ),
            ),
        ),
        Guide("other", gettext_lazy("another directory"), "SCIM"),
    )
}


def guide_for(dialect: str, tokens: Sequence[ShownToken] = ()) -> str:
    """Whose guide somebody wants whose directory speaks like this. Before it speaks, the one that
    named their newest token, else the first."""
    if not dialect:
        named = {guide.token_name: guide.name for guide in GUIDES.values()}
        newest = tokens[0].token.name if tokens else ""
        return named.get(newest, next(iter(GUIDES)))
    return next((name for name in GUIDES if dialect.startswith(name)), "other")


def show(request: HttpRequest, guide: str) -> HttpResponse:
    visit = Visit.of(request)
    if guide not in GUIDES:
        raise Http404
    chosen = GUIDES[guide]
    live = [each for each in shown_tokens(visit.organization, timezone.now()) if each.is_live]
    return visit.page(
        "guide.html",
        title=_("Connect %(product)s") % {"product": chosen.product},
        guide=chosen,
        guides=GUIDES.values(),
        steps=f"provisioning/console/guides/{chosen.name}.html",
        tokens=live,
        calls=None if visit.guest else calls_beside_a_guide(visit),
        live_url=visit.address("directory_calls", guide=guide),
        refresh_url=visit.address("directory_guide", guide),
        base_url=base_url(),
        custom=CUSTOM_USER_URN,
        onelogin_template=ONELOGIN_TEMPLATE,
    )
