"""The ways `sso` says no."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sso.causes import Cause

if TYPE_CHECKING:
    from accounts.models import Organization, User


class SsoError(Exception):
    """Something about connections that can't be done. The message is fit for a page."""


class NotReadyToActivate(SsoError):
    def __init__(self) -> None:
        super().__init__(_("Import the identity provider’s metadata first."))


class NotADraft(SsoError):
    """A connection that people have met is kept, so that what they did stays explained."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "Only a draft that nobody has tried to sign in through can be deleted. A "
                "connection that was in use is deactivated and kept, with its record."
            )
        )


class NotTested(SsoError):
    def __init__(self) -> None:
        super().__init__(
            _("Nobody has tested the connection as it is now. Make a test sign-in first.")
        )


class MayNotSkipTest(SsoError):
    def __init__(self) -> None:
        super().__init__(_("Activating without a test takes a full admin."))


class OtherIdentityProvider(SsoError):
    """Metadata of another provider was about to replace the trust people sign in through."""

    def __init__(self, *, known: str, read: str) -> None:
        super().__init__(
            _(
                "This is another identity provider: %(read)s instead of %(known)s. People sign in "
                "through this connection, so deactivate it first, or add a connection for the new "
                "one."
            )
            % {"known": known, "read": read}
        )


class MetadataUnreachable(SsoError):
    """Nothing could be read at an address of metadata; the message says why, fit for a page."""


class TooManyReads(SsoError):
    """The organization has had metadata read too often in this hour."""

    def __init__(self, *, most: int, minutes: int) -> None:
        super().__init__(
            ngettext(
                "Your organization has had metadata read %(most)d times in this hour, which is the "
                "most there is. Ask again in %(minutes)d minute; daily reading goes on.",
                "Your organization has had metadata read %(most)d times in this hour, which is the "
                "most there is. Ask again in %(minutes)d minutes; daily reading goes on.",
                minutes,
            )
            % {"most": most, "minutes": minutes}
        )


class ConnectionGone(SsoError):
    """A draft was deleted in the moment in which somebody else was about to change it."""

    def __init__(self) -> None:
        super().__init__(_("Somebody has deleted this connection meanwhile."))


class NotForGuests(SsoError):
    """Somebody with a set-up link was about to change whom people's sign-in trusts."""

    def __init__(self) -> None:
        super().__init__(
            _("People are known by this connection, so it is changed by an administrator.")
        )


class KeyWaits(SsoError):
    def __init__(self) -> None:
        super().__init__(_("A former key is still published. Retire it first."))


class KeyGone(SsoError):
    def __init__(self) -> None:
        super().__init__(_("The keys have changed in the meantime. Look at them again."))


class ChangeDecided(SsoError):
    def __init__(self) -> None:
        super().__init__(_("This change was applied or dismissed in the meantime."))


class LockOut(SsoError):
    """What was wanted could take a full admin's way in."""


class ConnectionEnforced(LockOut):
    """A connection through which people have to come in was about to be changed untested."""

    def __init__(self, organization: Organization) -> None:
        super().__init__(
            _(
                "%(name)s requires single sign-on, and people come in through this connection: a "
                "mistake here would shut everybody out. It takes a test in which a full admin "
                "comes in with exactly this, within a day. Or stop requiring it, under Sign-in "
                "rules, before you change it."
            )
            % {"name": organization.name}
        )


class LastWayIn(LockOut):
    """The last connection of an organization that requires single sign-on was about to close."""

    def __init__(self, organization: Organization) -> None:
        super().__init__(
            _(
                "%(name)s requires single sign-on, and no full admin has come in through another "
                "active connection since it was last changed. Stop requiring it under Sign-in "
                "rules first, or have a full admin sign in through another one."
            )
            % {"name": organization.name}
        )


class NoWayBackIn(LockOut):
    """Every way by which a full admin comes in was about to be gone."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "Afterwards no full admin could sign in any more: there is no password among them, "
                "no recovery code and no other connection that one of them has come in through "
                "since it was last changed. Make recovery codes first, under Sign-in rules."
            )
        )


class KeyInUse(LockOut):
    def __init__(self) -> None:
        super().__init__(
            _(
                "Your identity provider may still encrypt its answers for this key, and full "
                "admins have no other way in: without the key nobody would come in. Give the "
                "provider the other certificate, have a full admin sign in once more, and retire "
                "this one when it has opened nothing for a week."
            )
        )


class ClosesOtherDoors(LockOut):
    """The first connection was about to open, and the door to close that full admins use."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "While a connection is active, connected profiles sign nobody in, and no full "
                "admin is sure to get in another way. Make recovery codes first, under Sign-in "
                "rules, or set a passkey up in My account."
            )
        )


class NotReadyToRequire(SsoError):
    def __init__(self) -> None:
        super().__init__(
            _(
                "Single sign-on can’t be required yet: it takes an active connection that you have "
                "signed in through yourself within a day and since it last changed, and recovery "
                "codes."
            )
        )


class ConnectionNameTaken(SsoError):
    def __init__(self) -> None:
        super().__init__(_("A connection has this name already."))


class TooManyConnections(SsoError):
    def __init__(self, *, most: int) -> None:
        super().__init__(
            _(
                "Your organization has %(most)d connections, which is the most there may be. "
                "Delete a draft that nobody needs, or set up again one that is off."
            )
            % {"most": most}
        )


class InvalidOption(SsoError):
    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message


class ClaimDecided(SsoError):
    def __init__(self) -> None:
        super().__init__(_("Somebody has decided this already."))


class NameIdTaken(SsoError):
    def __init__(self) -> None:
        super().__init__(_("Somebody else signs in with this name already. Keep them apart."))


class SignInRefused(Exception):
    """Nobody is signed in, and `cause` says why. `seen` and `expected` hold no personal data.

    `user` is whom it is about, once that is certain.
    """

    def __init__(
        self, cause: Cause, *, seen: str = "", expected: str = "", user: User | None = None
    ) -> None:
        super().__init__(cause.value)
        self.cause = cause
        self.seen = seen
        self.expected = expected
        self.user = user
