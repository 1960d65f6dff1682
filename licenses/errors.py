"""The ways `licenses` says no. Each message is fit for a page."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.errors import InvalidValue


class LicensesError(Exception):
    """Something about licenses that can't be done."""


class NoSeatLeft(LicensesError):
    def __init__(self) -> None:
        super().__init__(_("No seat is left. Add seats, or take one back from somebody."))


class NoPool(LicensesError):
    def __init__(self) -> None:
        super().__init__(_("There is no open license pool. Create one, or check its dates."))


class UserNotActive(LicensesError):
    def __init__(self) -> None:
        super().__init__(_("Only active people hold licenses. Reactivate this person first."))


class WrongOrganization(LicensesError):
    def __init__(self) -> None:
        super().__init__(_("The person and the license pool belong to different organizations."))


class LicenseWithheld(LicensesError):
    """An automatic door met somebody whose license an administrator took away."""

    def __init__(self) -> None:
        super().__init__(
            _("An administrator took this person’s license away. Allow it again first.")
        )


class PoolRefused(LicensesError, InvalidValue):
    """A no that belongs to one field of a pool; `field` names it."""

    def __init__(self, field: str, message: str) -> None:
        Exception.__init__(self, message)
        self.field = field
        self.message = message


class PoolNameTaken(PoolRefused):
    def __init__(self, name: str) -> None:
        super().__init__("name", _("A license pool is called %(name)s already.") % {"name": name})


class SeatsInUse(PoolRefused):
    def __init__(self, seats_taken: int) -> None:
        super().__init__(
            "seats",
            ngettext(
                "%(count)d seat is in use. Take it back before you lower the number.",
                "%(count)d seats are in use. Take some back before you lower the number.",
                seats_taken,
            )
            % {"count": seats_taken},
        )
        self.seats_taken = seats_taken
