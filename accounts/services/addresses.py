"""A member's own e-mail address: another one counts once a mail to it was followed."""

from __future__ import annotations

from django.core import signing
from django.db import transaction

from accounts.doors import doors_of
from accounts.emails import kept_form
from accounts.errors import AddressNotTheirs, AddressTicketClosed, InvalidValue
from accounts.languages import page_language
from accounts.models import User
from accounts.services.holding import hold_person
from accounts.services.people import change_user
from accounts.services.validation import validate_fields
from audit.actions import Action
from audit.actors import Actor
from audit.services import record

SALT = "accounts.addresses"
TICKET_SECONDS = 60 * 60


def keeps_own_address(user: User) -> bool:
    """Whether the person says what their address is, and no directory or identity provider does.

    Whoever came through single sign-on does so once their organization has left it.
    """
    match user.source:
        case User.Source.SCIM:
            return False
        case User.Source.SSO:
            return user.organization is not None and not doors_of(user.organization)
        case _:
            return True


@transaction.atomic
def ask_for_address(*, user: User, email: str) -> None:
    """Have a worker write to the address. Nothing changes before its link is followed.

    The address that the account has already is proved the same way. Raises `AddressNotTheirs` and
    `InvalidValue`.
    """
    from accounts.jobs import send_address_mail  # the job calls the services

    if not keeps_own_address(user):
        raise AddressNotTheirs
    if not email.strip():
        raise InvalidValue("email", "empty")
    send_address_mail.enqueue(str(user.pk), kept_form(email), page_language())


def address_ticket(user: User, email: str) -> str:
    """What the mail's link has in it: whose, which address, and in place of which."""
    return signing.dumps([str(user.pk), user.email, email], salt=SALT)


def address_in(user: User, ticket: str) -> str:
    """The address that this person's ticket proves. Raises `AddressTicketClosed`.

    It is good for an hour, for the account that asked, while that has the address it had.
    """
    try:
        pk, before, email = signing.loads(ticket, salt=SALT, max_age=TICKET_SECONDS)
    except signing.BadSignature as error:
        raise AddressTicketClosed from error
    if (pk, before) != (str(user.pk), user.email):
        raise AddressTicketClosed
    return str(email)


@transaction.atomic
def prove_address(*, user: User, ticket: str) -> str:
    """Take the address that the ticket proves, and answer it; a former one is told.

    Raises `AddressTicketClosed` and `AddressNotTheirs`.
    """
    from accounts.jobs import tell_former_address  # the job calls the services

    row = hold_person(user)
    email = address_in(row, ticket)
    if not keeps_own_address(row):
        raise AddressNotTheirs
    former, actor = row.email, Actor.from_user(row)
    row.verified_email = email
    validate_fields(row)
    row.save(update_fields=["verified_email", "updated_at"])
    change_user(user=row, values={"email": email}, actor=actor)
    record(
        Action.EMAIL_PROVED,
        organization=row.organization,
        actor=actor,
        target=row,
        changes={"email": email},
    )
    if former and former != email:
        tell_former_address.enqueue(str(row.pk), former, page_language())
    user.email = user.verified_email = email
    return email
