"""From a verified assertion to a person, a license and the next step: one transaction.

Every refusal happens here or before, and always before a session begins.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import DataError, IntegrityError, OperationalError, transaction
from django.db.models import F, Q
from django.utils import timezone

from accounts.digests import digest_of_secret
from accounts.emails import kept_form
from accounts.errors import ExternalIdTaken, InvalidValue, UserNameTaken
from accounts.models import User
from accounts.names import name_key
from accounts.services import (
    adopt_external_id,
    create_user,
    keep_last_sign_in,
    mark_joined,
    update_profile,
)
from audit.actions import Action
from audit.actors import Actor
from audit.services import record
from database.compiled import Blank, CompiledQuery
from database.inserts import insert_values
from licenses.services import SeatOutcome, assign_on_first_sso
from profiles.policies import BindingStep
from profiles.standing import binding_step
from sso.access import access_check
from sso.attributes import MappedProfile, find_attribute, map_profile
from sso.causes import Cause
from sso.errors import SignInRefused
from sso.models import (
    NAME_ID_MAX_LENGTH,
    ClaimedRequest,
    IdentityClaim,
    SamlConnection,
    SamlIdentity,
    SignInRequest,
    UsedAssertion,
)
from sso.models.connections import MOST_CLOCK_SKEW
from sso.proof import check_proof
from sso.saml import Check, VerifiedAssertion
from sso.traces import trace_accepted

TRANSIENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
# "Last used" is true to the hour: a returning person costs no write for it.
LAST_USED_PRECISION = timedelta(hours=1)
# Many identity providers say no moment more exactly.
WHOLE_SECONDS = timedelta(seconds=1)


_IDENTITY = CompiledQuery(
    lambda: SamlIdentity.objects.filter(
        connection=Blank("connection"), name_id=Blank("name_id")
    ).select_related("user")
)


@dataclass(frozen=True, slots=True)
class Admitted:
    """A person who may come in, with a seat or without, and what they are asked next."""

    user: User
    seat: SeatOutcome
    step: BindingStep
    checks: tuple[Check, ...] = ()


@dataclass(frozen=True, slots=True)
class SignIn:
    """Who may come in, and where to: the session begins after this is committed."""

    user: User
    step: BindingStep
    seat: SeatOutcome
    next_path: str
    # Digest of the session that this one replaces, where the person had to prove themselves anew.
    replaces: str = ""


def complete_sign_in(
    *, connection: SamlConnection, assertion: VerifiedAssertion, browser: str | None
) -> SignIn:
    """Let the person an assertion names come in. Raises `SignInRefused`.

    `browser` is the browser's cookie. Two first sign-ins of one person may race for the same row;
    the loser rolls back whole and finds, on its second try, what the winner made.
    """
    with suppress(IntegrityError, OperationalError, UserNameTaken, ExternalIdTaken):
        return _complete(connection=connection, assertion=assertion, browser=browser)
    try:
        return _complete(connection=connection, assertion=assertion, browser=browser)
    except (UserNameTaken, ExternalIdTaken) as error:
        raise SignInRefused(Cause.PERSON_CONFLICT) from error
    except (IntegrityError, OperationalError) as error:
        raise SignInRefused(Cause.SERVER_BUSY) from error


def _complete(
    *, connection: SamlConnection, assertion: VerifiedAssertion, browser: str | None
) -> SignIn:
    with transaction.atomic():
        claimed = claim_request(connection=connection, assertion=assertion, browser=browser)
        spend(connection=connection, assertion=assertion)
        checks = assertion.checks
        proof = claimed.proof if claimed else None
        if proof:
            subject = subject_of(connection, assertion)
            checks += (
                check_proof(proof, connection=connection, assertion=assertion, subject=subject),
            )
        admitted = admit(connection=connection, assertion=assertion)
        trace_accepted(
            connection=connection,
            user=admitted.user,
            checks=checks + admitted.checks,
            is_idp_initiated=claimed is None,
        )
        return SignIn(
            user=admitted.user,
            step=admitted.step,
            seat=admitted.seat,
            next_path=claimed.next_path if claimed else "",
            replaces=proof.session_digest if proof else "",
        )


def admit(*, connection: SamlConnection, assertion: VerifiedAssertion) -> Admitted:
    """Whatever a sign-in decides and changes about a person. Raises `SignInRefused`.

    A test of the connection does the same and rolls it back; see `sso.testing`.
    """
    checks = _check_access(connection, assertion)
    try:
        user = resolve_user(connection=connection, assertion=assertion)
    except (InvalidValue, DataError) as error:  # a name that no column can hold
        raise SignInRefused(Cause.NO_SUBJECT) from error
    keep_last_sign_in(user=user)
    seat = assign_on_first_sso(
        user=user,
        actor=connection.as_actor(),
        pool=connection.pool,
        auto_assign=connection.auto_assign,
    )
    return Admitted(user, seat, binding_step(user, by_sso=True), checks)


def _check_access(connection: SamlConnection, assertion: VerifiedAssertion) -> tuple[Check, ...]:
    """The connection's own rules, before anybody is found, made or changed."""
    check = access_check(connection.access_rules, assertion, connection.attribute_map)
    if check is None:
        return ()
    if not check.passed:
        raise SignInRefused(Cause.ACCESS_DENIED, seen=check.seen, expected=check.expected)
    return (check,)


def claim_request(
    *, connection: SamlConnection, assertion: VerifiedAssertion, browser: str | None
) -> ClaimedRequest | None:
    """Use up the request this assertion answers, for what it remembered.

    None where nobody asked and nobody had to. The request must be of this connection and this
    browser, unanswered and not too old (SAML profiles, 4.1.4.3 and 4.1.4.5). Raises
    `SignInRefused`.
    """
    if assertion.in_response_to is None:
        if not connection.idp_initiated:
            raise SignInRefused(Cause.UNSOLICITED)
        return None
    if not browser:
        raise SignInRefused(Cause.COOKIES_MISSING)
    claimed = SignInRequest.objects.claim(
        assertion.in_response_to,
        connection=connection,
        browser=digest_of_secret(browser),
        now=timezone.now(),
    )
    if claimed is None:
        raise SignInRefused(Cause.UNKNOWN_REQUEST)
    return claimed


def spend(*, connection: SamlConnection, assertion: VerifiedAssertion) -> None:
    """Remember the assertion until it is too old to be taken. Raises `SignInRefused` for a second
    use."""
    try:
        insert_values(
            UsedAssertion,
            connection_id=connection.pk,
            assertion_id=assertion.assertion_id,
            # The most there may be: the connection's own may grow while the assertion is young.
            expires_at=assertion.not_on_or_after + MOST_CLOCK_SKEW,
        )
    except IntegrityError as error:
        # The enclosing transaction is lost with it, which is what a replay deserves.
        raise SignInRefused(Cause.REPLAYED) from error


def subject_of(connection: SamlConnection, assertion: VerifiedAssertion) -> str:
    """The name this connection knows the person by: the NameID, or the attribute chosen for it.

    A transient NameID is another one every time (SAML core, 8.3.8): the stable id or the address
    stands in for it. The blank before it keeps it apart from every NameID, none of which begins
    with one: people who can ask for another format, and edit their address, become nobody else.
    Raises `SignInRefused` where nobody is named.
    """
    if connection.subject_attribute:
        values = find_attribute(assertion.attributes, connection.subject_attribute)
        if len(values) != 1 or not values[0].strip():
            raise SignInRefused(Cause.NO_SUBJECT, expected=connection.subject_attribute)
        subject = values[0].strip()
    elif assertion.name_id_format == TRANSIENT:
        profile = map_profile(assertion.attributes, connection.attribute_map)
        lasting = profile.stable_id or profile.email
        if not lasting:
            raise SignInRefused(Cause.NO_SUBJECT, seen="transient", expected="persistent")
        subject = f" {lasting}"
    else:
        subject = assertion.name_id
    if len(subject) > NAME_ID_MAX_LENGTH:
        raise SignInRefused(Cause.NO_SUBJECT, expected=f"≤ {NAME_ID_MAX_LENGTH}")
    return subject


def resolve_user(*, connection: SamlConnection, assertion: VerifiedAssertion) -> User:
    """The person an assertion names, found or made. Raises `SignInRefused`.

    By the identity this connection knows; else by stable id, user name or e-mail within this
    organization; else a new person, where the organization lets sign-in create them. Never across
    organizations, never onto an account that another identity owns, never staff.
    """
    subject = subject_of(connection, assertion)
    profile = map_profile(assertion.attributes, connection.attribute_map)
    identity = _IDENTITY.first(connection=connection.pk, name_id=subject)
    if identity is None:
        user = _first_time(
            connection=connection,
            subject=subject,
            profile=profile,
            issued_at=assertion.issued_at,
        )
    else:
        user = identity.user
        user.organization = connection.organization
        _refuse_closed(user)
        _touch(identity)
    if user.state == User.State.INVITED:
        mark_joined(user=user, actor=Actor.from_user(user))
    if user.source != User.Source.SCIM:
        # What a directory provisioned, the directory keeps current.
        news = {
            name: value for name, value in profile.given().items() if getattr(user, name) != value
        }
        if profile.stable_id and user.external_id is None:
            adopt_external_id(user=user, external_id=profile.stable_id, actor=connection.as_actor())
        if news:  # a transaction of its own, which a returning person needn't pay for
            update_profile(user=user, values=news, actor=connection.as_actor())
    return user


def _first_time(
    *, connection: SamlConnection, subject: str, profile: MappedProfile, issued_at: datetime
) -> User:
    user = _known_person(connection=connection, subject=subject, profile=profile)
    if user is None:
        user = _new_person(
            connection=connection, subject=subject, profile=profile, issued_at=issued_at
        )
    else:
        _refuse_closed(user)
        known_by = set(user.saml_identities.values_list("connection_id", "name_id"))
        if (connection.pk, subject) in known_by:
            return user  # their other sign-in, of the same moment, has come first
        if known_by:
            raise PersonConflict(users=[user], subject=subject, profile=profile)
    SamlIdentity.objects.create(
        connection=connection, user=user, name_id=subject, last_used_at=timezone.now()
    )
    record(
        Action.IDENTITY_LINKED,
        organization=connection.organization,
        actor=connection.as_actor(),
        target=user,
        changes={"connection": connection.name},
    )
    return user


class PersonConflict(SignInRefused):
    """The name may mean one of `users`; which, if any, an administrator has to say."""

    user: User

    def __init__(self, *, users: Sequence[User], subject: str, profile: MappedProfile) -> None:
        super().__init__(Cause.PERSON_CONFLICT, user=users[0])
        self.users = users
        self.subject = subject
        self.profile = profile


def _known_person(
    *, connection: SamlConnection, subject: str, profile: MappedProfile
) -> User | None:
    """Somebody of this organization by stable id, then user name, then e-mail."""
    names = [name for name in (subject, profile.email) if name]
    wanted = Q(user_name_key__in=[name_key(name) for name in names])
    if profile.stable_id:
        wanted |= Q(external_id=profile.stable_id)
    if profile.email:
        wanted |= Q(email=profile.email)
    people = list(
        User.objects.present()
        .filter(wanted, organization=connection.organization_id)
        .select_related("organization")[:10]
    )
    # The keys fold full-width letters and the like, which is right for telling names apart and
    # wrong for recognizing people: a look-alike is nobody, and can't be created beside them.
    ways: tuple[Callable[[User], bool], ...] = (
        lambda user: bool(profile.stable_id) and user.external_id == profile.stable_id,
        lambda user: user.user_name.lower() == subject.lower(),
        lambda user: bool(profile.email) and user.user_name.lower() == profile.email,
        lambda user: bool(profile.email) and user.email == profile.email,
    )
    for fits in ways:
        found = [user for user in people if fits(user)]
        if len(found) > 1:
            raise PersonConflict(users=found, subject=subject, profile=profile)
        if found:
            return found[0]
    if people:  # look-alikes, all of them
        raise PersonConflict(users=people, subject=subject, profile=profile)
    return None


def _new_person(
    *, connection: SamlConnection, subject: str, profile: MappedProfile, issued_at: datetime
) -> User:
    organization = connection.organization
    if not organization.jit_enabled:
        raise SignInRefused(Cause.PERSON_UNKNOWN)
    _refuse_names(connection, subject, profile, issued_at)
    # An opaque NameID makes a poor user name where an address is at hand.
    user_name = subject if "@" in subject or not profile.email else profile.email
    return create_user(
        organization=organization,
        user_name=user_name[:255],
        source=User.Source.SSO,
        actor=connection.as_actor(),
        external_id=profile.stable_id or None,
        **profile.given(),
    )


def _refuse_names(
    connection: SamlConnection, subject: str, profile: MappedProfile, issued_at: datetime
) -> None:
    """Names under which nobody comes to be.

    No organization's identity provider makes a person who could pass for platform staff. And what
    it said of somebody before they were deleted here is no reason to have them again: answers live
    for minutes, some for an hour, and whoever is let go could keep one.
    """
    names = [name for name in (subject, profile.email) if name]
    # Addresses as they are kept, and as somebody who reads the name takes it.
    keys = {name_key(name) for name in names}
    named = Q(user_name_key__in=keys) | Q(email__in=keys | {kept_form(name) for name in names})
    is_staff = Q(organization=None) & ~Q(state=User.State.DELETED)
    deleted_since = Q(
        organization=connection.organization_id,
        state=User.State.DELETED,
        deactivated_at__gte=issued_at + WHOLE_SECONDS,
    )
    known_otherwise = Q(external_id=profile.stable_id) if profile.stable_id else Q(pk=None)
    found = (
        User.objects.get_queryset()
        .filter((is_staff & named) | (deleted_since & (named | known_otherwise)))
        .order_by(F("organization").asc(nulls_first=True))
        .first()
    )
    if found is None:
        return
    if found.organization_id is None:
        raise SignInRefused(Cause.STAFF_NOT_ALLOWED)
    raise SignInRefused(Cause.PERSON_DEACTIVATED, user=found)


def _refuse_closed(user: User) -> None:
    if user.state in {User.State.DEACTIVATED, User.State.DELETED}:
        raise SignInRefused(Cause.PERSON_DEACTIVATED, user=user)


def _touch(identity: SamlIdentity) -> None:
    now = timezone.now()
    used_at = identity.last_used_at
    if used_at is None or now - used_at >= LAST_USED_PRECISION:
        SamlIdentity.objects.filter(pk=identity.pk).update(last_used_at=now)


def queue_claim(*, connection: SamlConnection, conflict: PersonConflict) -> None:
    """Put a refused identity before the administrators; trying again changes only the time."""
    evidence = {
        name: value
        for name in ("email", "first_name", "last_name", "title", "department", "stable_id")
        if (value := getattr(conflict.profile, name))
    }
    for user in conflict.users:
        IdentityClaim.objects.update_or_create(
            connection=connection,
            name_id=conflict.subject,
            user=user,
            defaults={
                "organization": connection.organization,
                "last_seen_at": timezone.now(),
                "evidence": evidence,
                # Refused again: what was decided did not help, so it is asked again.
                "decided_at": None,
            },
        )
