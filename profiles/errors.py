"""The ways `profiles` says no. Each message is fit for a page."""

from __future__ import annotations

from django.utils.translation import gettext as _


class ProfilesError(Exception):
    """Something about profiles that can't be done."""


class BindingNotAllowed(ProfilesError):
    """The organization connects no profiles, or the account may not act."""

    def __init__(self) -> None:
        super().__init__(_("Profiles can't be connected here."))


class ProfilesInUse(ProfilesError):
    """Only what an organization has switched off is forgotten."""

    def __init__(self) -> None:
        super().__init__(_("Profiles are in use here. Switch them off first."))


class AlreadyBound(ProfilesError):
    def __init__(self) -> None:
        super().__init__(
            _("Another profile is connected to your account. Disconnect it in My account first.")
        )


class ProfileBoundToColleague(ProfilesError):
    """Never says whose account it is."""

    def __init__(self) -> None:
        super().__init__(_("This profile is connected to another account in your organization."))


class AuthorizationRefused(ProfilesError):
    """The `state` is unknown, used, too old, or belongs to another session or person."""

    def __init__(self) -> None:
        super().__init__(_("This answer doesn't belong to a question of yours."))


class LinkedInFailed(ProfilesError):
    """LinkedIn vouched for nobody. `reason` is for operators; `is_down`: it may work later."""

    is_down = False

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class LinkedInUnavailable(LinkedInFailed):
    """LinkedIn could not be reached, took too long, or failed itself."""

    is_down = True

    def __init__(self, reason: str) -> None:
        super().__init__(reason, _("The profile's provider didn't answer."))


class LinkedInAnswerRefused(LinkedInFailed):
    """LinkedIn answered, and the answer failed a check, which `reason` names."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, _("The provider's answer failed a check."))
