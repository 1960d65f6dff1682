"""A forgotten password: whose it is, and the link that lets its owner choose another."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.urls import reverse

from accounts.emails import kept_form
from accounts.mail import portal_address
from accounts.models import BindingPolicy, User
from accounts.passwords import lets_in

# No mail lists more accounts of one address.
LISTED = 10


class ResetTokens(PasswordResetTokenGenerator):
    """For `PASSWORD_RESET_TIMEOUT` seconds, until anything about the account changes.

    A use changes the password; closing and opening again, another address and a sign-in are changes
    too. So there is nothing to store, and nothing to forget to void.
    """

    key_salt = "accounts.resets"

    def _make_hash_value(self, user: User, timestamp: int) -> str:
        rest = (user.state, user.verified_email, user.updated_at.isoformat())
        return f"{super()._make_hash_value(user, timestamp)}{rest}"


reset_tokens = ResetTokens()


def may_reset(user: User) -> bool:
    """Whether a mail may let this person choose a password.

    Only one that would open the account, only to an address that they proved, and only for whom
    has one or joined by mail: nobody gets around their identity provider, or around a profile that
    is demanded, by saying that they forgot something.
    """
    if not (user.has_verified_email and lets_in(user)):
        return False
    if user.has_usable_password():
        return True
    organization = user.organization
    return organization is not None and organization.binding_policy != BindingPolicy.REQUIRED


def resettable(email: str) -> list[User]:
    """The accounts, of whichever organizations, that this address may open anew."""
    address = kept_form(email)
    people = User.objects.active().select_related("organization")
    found = people.filter(email=address, verified_email=address).order_by("created_at", "id")
    return [user for user in found[: 2 * LISTED] if address and may_reset(user)][:LISTED]


def user_of_reset(pk: UUID, token: str) -> User | None:
    """Whose password this link changes; None once it changes nobody's."""
    user = User.objects.get_queryset().select_related("organization").filter(pk=pk).first()
    if user is None or not reset_tokens.check_token(user, token) or not may_reset(user):
        return None
    return user


def reset_address(user: User) -> str:
    """Where the mail leads. Made for each mail, kept nowhere."""
    token = reset_tokens.make_token(user)
    return portal_address(reverse("accounts:reset_link", args=[user.pk, token]))
