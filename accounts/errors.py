"""The ways `accounts` says no. Each message is fit for a page."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

if TYPE_CHECKING:
    from accounts.models import Invitation, Organization, SetupLink


class AccountsError(Exception):
    """Something about people or organizations that can't be done."""


class LastFullAdmin(AccountsError):
    def __init__(self) -> None:
        super().__init__(_("This is the last full admin. Give somebody else the role first."))


class LastFullAdminWhoGetsIn(LastFullAdmin):
    """Others stay, and none of them could sign in."""

    def __init__(self) -> None:
        AccountsError.__init__(
            self,
            _(
                "No full admin who stays is sure to get in: none has a password, none has come in "
                "through an active connection since it was last changed, and there is no recovery "
                "code. Make recovery codes first, under Sign-in rules, or have one of them sign in."
            ),
        )


class RoleNotGrantable(AccountsError):
    def __init__(self) -> None:
        super().__init__(_("You can't give or take away this role."))


class UserNameTaken(AccountsError):
    def __init__(self, user_name: str) -> None:
        super().__init__(_("Somebody here is called %(name)s already.") % {"name": user_name})
        self.user_name = user_name


class ExternalIdTaken(AccountsError):
    def __init__(self) -> None:
        super().__init__(_("Somebody here has this external id already."))


class SlugTaken(AccountsError):
    def __init__(self, slug: str) -> None:
        super().__init__(_("An organization is called %(slug)s already.") % {"slug": slug})


class InvalidValue(AccountsError):
    """A value that no form or model would take; `field` names it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message


class DomainTaken(AccountsError):
    def __init__(self, name: str) -> None:
        super().__init__(
            _("%(name)s can't be added: it is in the list, or another organization proved it.")
            % {"name": name}
        )


class TooManyDomains(AccountsError):
    """Each that is not proved is looked up for weeks, by workers that serve everybody."""

    def __init__(self, most: int) -> None:
        super().__init__(
            _("%(most)d domains wait for their proof already. Prove or delete some of them first.")
            % {"most": most}
        )


class TooManyLookUps(AccountsError):
    """The organization has had DNS asked too often in this hour."""

    def __init__(self, *, most: int, minutes: int) -> None:
        super().__init__(
            ngettext(
                "Your organization has had DNS asked %(most)d times in this hour, which is the "
                "most there is. Check again in %(minutes)d minute; looking up every day goes on.",
                "Your organization has had DNS asked %(most)d times in this hour, which is the "
                "most there is. Check again in %(minutes)d minutes; looking up every day goes on.",
                minutes,
            )
            % {"most": most, "minutes": minutes}
        )


class DoorUnknown(AccountsError):
    def __init__(self) -> None:
        super().__init__(_("Nobody can sign in there at the moment. Choose an active connection."))


class SsoRequired(AccountsError):
    """A door is closed to this organization's people, and a password would open nothing."""

    def __init__(self, organization: Organization) -> None:
        super().__init__(
            _("%(name)s signs in through single sign-on alone: a password opens nothing there.")
            % {"name": organization.name}
        )


class RecoveryRefused(AccountsError):
    def __init__(self) -> None:
        super().__init__(
            _(
                "That is no full admin with an unused recovery code. Check both; each code works "
                "once, and making new ones voids the old."
            )
        )


class SetupLinkClosed(AccountsError):
    """A set-up link opens nothing, or not this page. `link` is whose it is, where that is known."""

    class Why(Enum):
        UNKNOWN = "unknown"
        USED = "used"
        EXPIRED = "expired"
        REVOKED = "revoked"
        SUSPENDED = "suspended"
        OTHER_PAGE = "other_page"
        IN_USE = "in_use"

    def __init__(self, why: Why, *, link: SetupLink | None = None) -> None:
        super().__init__(_("This set-up link doesn’t open that."))
        self.why = why
        self.link = link


class NotInvitable(AccountsError):
    def __init__(self) -> None:
        super().__init__(
            _("Only people with an e-mail address whom nobody deactivated are invited.")
        )


class InvitationClosed(AccountsError):
    """An invitation opens nothing. `invitation` is the one, where that is known."""

    class Why(Enum):
        UNKNOWN = "unknown"
        USED = "used"
        EXPIRED = "expired"
        REVOKED = "revoked"
        REPLACED = "replaced"
        DEACTIVATED = "deactivated"
        OTHER_ADDRESS = "other_address"
        SUSPENDED = "suspended"

    def __init__(self, why: Why, *, invitation: Invitation | None = None) -> None:
        super().__init__(_("This invitation doesn’t open anything any more."))
        self.why = why
        self.invitation = invitation


class TooManySetupLinks(AccountsError):
    def __init__(self, *, most: int) -> None:
        super().__init__(
            _(
                "%(most)d set-up links are live, which is the most there may be at the same time. "
                "Revoke one that is no longer needed, then make this one."
            )
            % {"most": most}
        )


class TooManyInvitations(AccountsError):
    def __init__(self, *, most: int) -> None:
        super().__init__(
            _(
                "Your organization may send %(most)d invitations within a day, and these are more. "
                "Go on tomorrow, or let your directory bring them."
            )
            % {"most": most}
        )


class ActivationClosed(AccountsError):
    def __init__(self) -> None:
        super().__init__(_("This link opens nothing any more."))


class ResetClosed(AccountsError):
    def __init__(self) -> None:
        super().__init__(_("This link changes no password any more. Ask for another."))


class GroupIsDirectoryOwned(AccountsError):
    def __init__(self) -> None:
        super().__init__(_("Your directory owns this group. Change it there."))


class PersonIsDirectoryOwned(AccountsError):
    def __init__(self) -> None:
        super().__init__(_("Your directory keeps this person’s details. Change them there."))


class PeopleNotFound(AccountsError):
    """`names` fit nobody in this organization, or more than one person."""

    def __init__(self, names: list[str]) -> None:
        super().__init__(
            _("Nobody here, or more than one person, is called: %(names)s")
            % {"names": ", ".join(names)}
        )
        self.names = names
