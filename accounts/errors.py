"""The ways `accounts` says no. Each message is fit for a page."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

if TYPE_CHECKING:
    from accounts.models import Invitation, Organization, SetupLink, User


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
                "No full admin who stays is sure to get in: none has a password or a passkey, none "
                "has come in through an active connection since it was last changed, and there is "
                "no recovery code. Make recovery codes first, under Sign-in rules, or have one of "
                "them sign in."
            ),
        )


class NobodyGetsIn(AccountsError):
    """A full admin's way in was about to go, and it was the last one of them all."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "Afterwards no full admin would be sure to get in: there would be no password and "
                "no passkey among them, nobody who has come in through an active connection since "
                "it was last changed, and no recovery code. Make recovery codes first, under "
                "Sign-in rules."
            )
        )


class RoleNotGrantable(AccountsError):
    def __init__(self) -> None:
        super().__init__(_("You can't give or take away this role."))


class UserNameTaken(AccountsError):
    def __init__(self, user_name: str) -> None:
        super().__init__(_("Somebody here is called %(name)s already.") % {"name": user_name})
        self.user_name = user_name


class ExternalIdTaken(AccountsError):
    def __init__(self, external_id: str = "") -> None:
        super().__init__(_("Somebody here has this external id already."))
        self.external_id = external_id


class GroupExternalIdTaken(AccountsError):
    def __init__(self) -> None:
        super().__init__(_("A group here has this external id already."))


class SlugTaken(AccountsError):
    def __init__(self, slug: str) -> None:
        super().__init__(_("An organization is called %(slug)s already.") % {"slug": slug})


class InvalidValue(AccountsError):
    """A value that no form or model would take; `field` names it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message


class InvalidDay(AccountsError):
    def __init__(self) -> None:
        super().__init__(_("Choose a moment to come, within a year."))


class ChangeWaits(AccountsError):
    """One at a time: what two of them do together is hard to foresee."""

    def __init__(self) -> None:
        super().__init__(_("Another change waits for its day already. Cancel that one first."))


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


class SecondFactorNeeded(AccountsError):
    """A session can't begin yet: one proof is not enough for this account."""

    def __init__(self) -> None:
        super().__init__(_("This account asks for a second factor."))


class CodeRefused(AccountsError):
    def __init__(self) -> None:
        super().__init__(
            _(
                "That code opens nothing now. Each works once and for half a minute: wait for the "
                "next one, and see that your phone’s clock is right."
            )
        )


class PersonalCodeRefused(AccountsError):
    def __init__(self) -> None:
        super().__init__(
            _(
                "That is none of your unused recovery codes. Each works once, and making new ones "
                "voids the old."
            )
        )


class TooManyCodes(AccountsError):
    """Of this account, in this hour. `retry_after` is in seconds."""

    def __init__(self, *, minutes: int) -> None:
        super().__init__(
            ngettext(
                "Too many codes that were wrong. Try again in %(minutes)d minute.",
                "Too many codes that were wrong. Try again in %(minutes)d minutes.",
                minutes,
            )
            % {"minutes": minutes}
        )
        self.retry_after = minutes * 60


class SecondFactorThere(AccountsError):
    """Whoever has one proves it; nobody sets another one up beside it with a password alone."""

    def __init__(self) -> None:
        super().__init__(_("This account has a second factor already. Sign in with it."))


class SecondFactorMandatory(AccountsError):
    def __init__(self) -> None:
        super().__init__(
            _(
                "Administrators need a second factor beside their password. Set another one up "
                "first: an authenticator app or a passkey."
            )
        )


class PasskeyRefused(AccountsError):
    """What a browser answered opens nothing. `reason` is for the record."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            _("This passkey opened nothing. Try again; if it was removed, sign in another way.")
        )
        self.reason = reason


class PasskeyShutOut(PasskeyRefused):
    """The passkey is right, and its account is closed, or its organization's other doors are."""

    def __init__(self, user: User) -> None:
        super().__init__("closed")
        self.user = user


class PasskeyKnown(AccountsError):
    def __init__(self) -> None:
        super().__init__(_("This passkey is registered already."))


class TooManyPasskeys(AccountsError):
    def __init__(self, most: int) -> None:
        super().__init__(
            _("An account has %(most)d passkeys at most. Remove one first.") % {"most": most}
        )


class LastWayIn(AccountsError):
    def __init__(self) -> None:
        super().__init__(_("This is your last way in. Set a password or another passkey up first."))


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


class AddressNotTheirs(AccountsError):
    def __init__(self) -> None:
        super().__init__(_("Your organization keeps your e-mail address. It is changed there."))


class AddressTicketClosed(AccountsError):
    def __init__(self) -> None:
        super().__init__(_("This link proves no address of this account any more."))


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
