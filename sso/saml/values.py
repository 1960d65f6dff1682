"""What goes in and what comes out: plain values, no XML, no Django model."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from sso.causes import Cause
from sso.saml import names


class Binding(StrEnum):
    """How a request travels (SAML bindings, 3.4 and 3.5)."""

    REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
    POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"


@dataclass(frozen=True)
class IdpTrust:
    """One identity provider, and the keys that speak for it.

    The certificates are pins: their keys are trusted as they stand, so a date that has
    passed warns an administrator and stops nobody from signing in.
    """

    entity_id: str
    sso_redirect_url: str | None = None
    sso_post_url: str | None = None
    slo_redirect_url: str | None = None
    slo_post_url: str | None = None
    # Where answers about signing out go, if elsewhere than requests (metadata, 2.2.2).
    slo_redirect_response_url: str | None = None
    slo_post_response_url: str | None = None
    certificates: tuple[str, ...] = ()
    wants_signed_requests: bool = False


@dataclass(frozen=True)
class SpIdentity:
    """Ourselves, as one connection's identity provider knows us.

    While our key rolls over there are two: `key_pem` signs, either one decrypts, and
    both certificates are published.
    """

    entity_id: str
    acs_url: str
    key_pem: str = field(repr=False)
    certificate_pem: str
    slo_url: str | None = None
    other_key_pem: str | None = field(default=None, repr=False)
    other_certificate_pem: str | None = None


@dataclass(frozen=True)
class SamlSettings:
    """Everything a message of one connection is judged by.

    `cache_key` is (connection, configuration version): what is built from these
    settings is kept for the life of the process and shared between threads.
    """

    cache_key: tuple[str, int]
    idp: IdpTrust
    sp: SpIdentity
    sign_requests: bool = True
    clock_skew: timedelta = timedelta(seconds=60)
    name_id_format: str | None = None
    requested_authn_context: str | None = None
    include_acs_url: bool = True
    allow_unsolicited: bool = False


class CheckName(StrEnum):
    """The lines of a sign-in trace, one for each question, in the order they are asked."""

    FORMAT = "format"
    ISSUER = "issuer"
    SIGNATURE = "signature"
    STATUS = "status"
    ISSUED = "issued"
    DESTINATION = "destination"
    # Once more, of what an encrypted answer held
    ISSUER_WITHIN = "issuer_within"
    SIGNATURE_WITHIN = "signature_within"
    CONFIRMATION = "confirmation"
    SAME_REQUEST = "same_request"
    REQUEST = "request"
    RECIPIENT = "recipient"
    AUDIENCE = "audience"
    CONDITIONS = "conditions"
    STATEMENT = "statement"
    ENDS = "ends"
    BEGINS = "begins"
    SUBJECT = "subject"
    LIBRARY = "library"
    ACCESS = "access"  # by `sso.access`: the connection's own rules
    PROOF = "proof"  # by `sso.proof`: it takes the request
    # By `sso.testing`: they take the database
    ASKED_HERE = "asked_here"
    UNUSED = "unused"


class Check(NamedTuple):
    """One question asked of a message. Holds no name, e-mail address or attribute value."""

    name: CheckName
    passed: bool
    seen: str = ""
    expected: str = ""


@dataclass(frozen=True)
class VerifiedAssertion:
    """What an identity provider said of one person, after every check has passed.

    Names and values are exactly those in the signed bytes. Two things are left to the
    caller, because they need the database: `in_response_to` must name a request of this
    browser and connection that nobody has answered, and `(connection, assertion_id)`
    must be new until `not_on_or_after` (plus the clock skew) has passed.
    """

    issuer: str
    assertion_id: str
    name_id: str = field(repr=False)
    name_id_format: str | None
    name_qualifier: str | None
    sp_name_qualifier: str | None
    session_index: str | None
    attributes: Mapping[str, tuple[str, ...]] = field(repr=False)
    in_response_to: str | None
    issued_at: datetime
    not_on_or_after: datetime
    session_not_on_or_after: datetime | None
    authn_instant: datetime | None
    authn_context: str | None
    checks: tuple[Check, ...] = ()
    # It was encrypted for the key of ours that doesn't sign.
    opened_by_other_key: bool = False


@dataclass(frozen=True)
class NamedSession:
    """What an identity provider called a person and their session, when it signed them in."""

    name_id: str = field(repr=False)
    name_id_format: str | None = None
    name_qualifier: str | None = None
    sp_name_qualifier: str | None = None
    session_index: str | None = None

    @classmethod
    def of(cls, assertion: VerifiedAssertion) -> "NamedSession":
        return cls(
            name_id=assertion.name_id,
            name_id_format=assertion.name_id_format,
            name_qualifier=assertion.name_qualifier,
            sp_name_qualifier=assertion.sp_name_qualifier,
            session_index=assertion.session_index,
        )


@dataclass(frozen=True)
class LogoutRequest:
    """A sign-out an identity provider asked for, after every check has passed.

    That `id` is new until `not_on_or_after` (plus the clock skew) is left to the caller.
    """

    id: str
    named: NamedSession
    session_indexes: tuple[str, ...]
    not_on_or_after: datetime
    checks: tuple[Check, ...] = ()

    def means(self, session: NamedSession) -> bool:
        """Whether it asks to end this session: the same person, and the index, if it names any.

        What only one side says of the name's kind is no contradiction: products leave out in one
        message what they write into the other (core, 3.3.4 and 3.7.3).
        """
        ours, theirs = session, self.named
        return (
            ours.name_id == theirs.name_id
            and all(
                mine is None or wanted is None or mine == wanted
                for mine, wanted in (
                    (_format(ours.name_id_format), _format(theirs.name_id_format)),
                    (ours.name_qualifier, theirs.name_qualifier),
                    (ours.sp_name_qualifier, theirs.sp_name_qualifier),
                )
            )
            and (not self.session_indexes or ours.session_index in self.session_indexes)
        )


def _format(name_id_format: str | None) -> str | None:
    return None if name_id_format == names.UNSPECIFIED else name_id_format


@dataclass(frozen=True)
class LogoutAnswer:
    """What an identity provider says came of our request, after every check has passed."""

    in_response_to: str
    is_success: bool
    status: str
    checks: tuple[Check, ...] = ()


@dataclass(frozen=True)
class Arrived:
    """A message about signing out, as a browser brought it. See `sso.saml.query`.

    `query` is the raw query string of a redirect, which is what is signed there.
    """

    binding: Binding
    is_request: bool
    message: str = field(repr=False)
    relay_state: str = field(default="", repr=False)
    query: str = field(default="", repr=False)


class SamlRefused(Exception):
    """A message that signs nobody in, and why.

    `seen` and `expected` are fit for an administrator's page: short, printable, without
    personal data.
    """

    def __init__(
        self,
        cause: Cause,
        *,
        seen: str = "",
        expected: str = "",
        checks: tuple[Check, ...] = (),
    ) -> None:
        super().__init__(cause.value)
        self.cause = cause
        self.seen = seen
        self.expected = expected
        self.checks = checks


def one_of(certificates: int) -> str:
    """What a signature should match, where so many certificates are trusted."""
    return "the certificate" if certificates == 1 else f"one of {certificates} certificates"


def printable(text: str | None, limit: int = 200) -> str:
    """`text` from a stranger's message, shortened and without control characters."""
    shown = (text or "")[: limit + 1]
    if not shown.isprintable():
        shown = "".join(c if c.isprintable() else " " for c in shown)
    return shown if len(shown) <= limit else f"{shown[:limit]}…"
