"""What is said to somebody whom the provider vouched for and who doesn't come in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Organization
from accounts.names import possessive
from profiles import linkedin
from profiles.sign_in import Refusal


@dataclass(frozen=True, slots=True)
class Todo:
    icon: str
    text: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """`asks` says whether somebody of the organization can help, so that the page names whom."""

    heading: str
    happened: str
    todo: Sequence[Todo]
    way_on: str
    asks: bool = True


def words_for(why: Refusal, at: Organization | None) -> Words:
    """Of the organization whose account stays closed, or at whose door the person stood.

    Where its policy is off the provider isn't named, as on all pages of such an organization.
    """
    names = {"provider": linkedin.name()}
    if at is not None:
        names |= {"at": at.name, "whose": possessive(at.name)}
    match why:
        case Refusal.UNKNOWN:
            return _unknown(names, at)
        case Refusal.DEACTIVATED:
            return Words(
                heading=_("Your account is closed"),
                happened=_(
                    "Your profile is connected to an account at %(at)s, and it is closed at the "
                    "moment. What you learned there is kept."
                )
                % names,
                todo=[
                    Todo(
                        "out",
                        _("If you don’t work there anymore, you can disconnect your profile."),
                        url=reverse("profiles:leave"),
                    ),
                    Todo("mail", _("An administrator there can open it again.") % names),
                ],
                way_on=_("Back to the sign-in page"),
            )
        case Refusal.SUSPENDED:
            return Words(
                heading=_("%(at)s has no access at the moment") % names,
                happened=_(
                    "Nobody of this organization can sign in. Your account and what you learned "
                    "are kept."
                ),
                todo=[Todo("mail", _("Its administrator knows why and can have it opened again."))],
                way_on=_("Back to the sign-in page"),
            )
        case Refusal.POLICY:
            return Words(
                heading=_("%(at)s doesn’t use this way in") % names,
                happened=_(
                    "Your account is fine. Personal profiles don’t open anything at %(at)s, and "
                    "nothing of yours is used."
                )
                % names,
                todo=[
                    Todo("key", _("Sign in with your password.")),
                    Todo("mail", _("If you have none, an administrator can help you to one.")),
                ],
                way_on=_("Go to the sign-in page"),
            )
        case Refusal.SSO:
            return Words(
                heading=_("%(at)s has single sign-on") % names,
                happened=_(
                    "Your account is fine, and so is your profile. At %(at)s you come in through "
                    "your work account instead."
                )
                % names,
                todo=[
                    Todo("building", _("Go to %(whose)s sign-in page and continue there.") % names)
                ],
                way_on=_("Go to the sign-in page"),
                asks=False,
            )


def _unknown(names: dict[str, str], at: Organization | None) -> Words:
    return Words(
        heading=_("We don’t know this profile"),
        happened=(
            _(
                "%(provider)s told us who you are. No account at %(at)s is connected to that "
                "profile, so it opens nothing here. No account was made."
            )
            if at
            else _(
                "%(provider)s told us who you are. No account here is connected to that profile, "
                "so it opens nothing. No account was made."
            )
        )
        % names,
        todo=[
            Todo(
                "key",
                _(
                    "If you have an account, sign in as usual, then connect your profile in "
                    "My account."
                ),
            ),
            Todo(
                "mail",
                _(
                    "If you’re new, ask your organization for an invitation, and open its link "
                    "first."
                ),
            ),
            Todo(
                "person",
                _(
                    "On a shared computer, %(provider)s may have remembered somebody else: "
                    "sign out there."
                )
                % names,
            ),
        ],
        way_on=_("Back to the sign-in page"),
    )
