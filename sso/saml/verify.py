"""From a form field to a `VerifiedAssertion`, or to the reason there is none.

The guard decides what may be looked at, pysaml2 judges it, and the checks below ask what
pysaml2 doesn't. They also put a name to pysaml2's refusals: it says no in many ways, and
an administrator wants to know which value was wrong.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

import xmlsec
from lxml import etree
from saml2 import SAMLError
from saml2.response import StatusError
from saml2.sigver import DecryptError, MissingKey, SigverError
from saml2.validate import NotValid, ResponseLifetimeExceed, ToEarly

from sso.causes import Cause
from sso.saml import guard, names
from sso.saml.attributes import read_attributes
from sso.saml.client import InProcessClient, client_for
from sso.saml.values import (
    Check,
    CheckName,
    SamlRefused,
    SamlSettings,
    VerifiedAssertion,
    printable,
)
from sso.saml.wire import Message

logger = logging.getLogger(__name__)

MAX_NAME_ID = 1024
MAX_AGE = timedelta(days=1)

# What else pysaml2, lxml and xmlsec raise when a message is not what they expect.
_LIBRARY_ERRORS = (
    SAMLError,
    NotValid,
    xmlsec.Error,
    etree.LxmlError,
    AttributeError,
    KeyError,
    LookupError,
    TypeError,
    ValueError,
    RecursionError,
)
_CAUSES_OF_VERDICTS: Mapping[type[Exception], Cause] = {
    DecryptError: Cause.CANNOT_DECRYPT,
    MissingKey: Cause.WRONG_ISSUER,
    SigverError: Cause.BAD_SIGNATURE,
    StatusError: Cause.IDP_REFUSED,
    ResponseLifetimeExceed: Cause.EXPIRED,
    ToEarly: Cause.NOT_YET_VALID,
}


def verify_response(
    settings: SamlSettings, saml_response: str, *, now: datetime
) -> VerifiedAssertion:
    """Who the identity provider of this connection says is signing in.

    Raises `SamlRefused` and nothing else, whatever it is given. `now` is the present:
    pysaml2 asks the system clock as well, and both have to agree. See
    `VerifiedAssertion` for the two questions left to the caller.
    """
    trail: list[Check] = []
    try:
        return _verify(settings, saml_response, now, trail)
    except SamlRefused as refusal:
        refusal.checks = (*trail, *refusal.checks)
        logger.warning(
            "SAML response refused",
            extra={"cause": refusal.cause.value, "connection": settings.cache_key[0]},
        )
        raise
    except Exception as error:
        # The one place that translates anything at all: a message must never make a
        # server error, and no list of what four libraries may raise is complete.
        logger.warning(
            "SAML response refused",
            extra={
                "cause": Cause.MALFORMED.value,
                "connection": settings.cache_key[0],
                "error": type(error).__name__,
            },
        )
        raise SamlRefused(Cause.MALFORMED, checks=tuple(trail)) from None


def _verify(
    settings: SamlSettings, saml_response: str, now: datetime, trail: list[Check]
) -> VerifiedAssertion:
    if not settings.idp.certificates:
        raise SamlRefused(Cause.NO_CERTIFICATE, seen="none", expected="at least one certificate")
    try:
        message = Message(guard.inspect(guard.parse(guard.decode(saml_response))))
    except SamlRefused as refusal:
        trail.append(Check(CheckName.FORMAT, False, refusal.seen, refusal.expected))
        raise
    trail.append(Check(CheckName.FORMAT, True))
    client = client_for(settings)
    verdict: Exception | None = None
    judged = None
    try:
        judged = client.judge(message)
    except Exception as error:
        # pysaml2 raises bare Exception in places. Nothing is let through here: below,
        # any verdict but a judged assertion ends in a refusal.
        verdict = error
    if verdict is not None or judged is None or judged.assertion is None:
        raise _explained(settings, client, message, now, trail, verdict)

    facts = Facts(settings, message, now)
    for question in _QUESTIONS:
        answer = question(facts)
        trail.append(answer.check)
        if not answer.check.passed:
            raise answer.refusal()
    if judged.assertion is not message.assertion or judged.name_id is None:
        raise SamlRefused(Cause.ASSERTION_COUNT)
    trail.append(Check(CheckName.LIBRARY, True))
    return facts.verified(tuple(trail))


def _explained(
    settings: SamlSettings,
    client: InProcessClient,
    message: Message,
    now: datetime,
    trail: list[Check],
    verdict: Exception | None,
) -> SamlRefused:
    """The refusal that pysaml2's verdict comes to, told by the first check that fails."""
    kind = type(verdict).__name__ if verdict else "no assertion"
    if message.was_encrypted and not message.envelope.response_is_signed:
        # Until a signature has vouched for the ciphertext, every way to fail looks the
        # same from outside; anything else would help to guess what is inside.
        if not message.covers_assertion():
            trail.append(Check(CheckName.SIGNATURE, False))
            return SamlRefused(Cause.CANNOT_DECRYPT)
    else:
        try:
            client.check_signatures(message)
        except _LIBRARY_ERRORS:
            logger.debug("A signature does not match")
    facts = Facts(settings, message, now)
    for question in _QUESTIONS:
        if message.element is None and question not in _OF_THE_RESPONSE:
            break
        answer = question(facts)
        trail.append(answer.check)
        if not answer.check.passed:
            return answer.refusal()
    trail.append(Check(CheckName.LIBRARY, False, kind))
    for error, cause in _CAUSES_OF_VERDICTS.items():
        if isinstance(verdict, error):
            return SamlRefused(cause)
    return SamlRefused(Cause.MALFORMED, seen=kind)


@dataclass(frozen=True)
class _Answer:
    check: Check
    cause: Cause

    def refusal(self) -> SamlRefused:
        return SamlRefused(self.cause, seen=self.check.seen, expected=self.check.expected)


class Facts:
    """A message as the questions see it. Reads pysaml2's view of the one tree."""

    def __init__(self, settings: SamlSettings, message: Message, now: datetime) -> None:
        self.settings = settings
        self.message = message
        self.now = now
        self.response = message.response
        self.assertion = message.assertion
        self.subject = getattr(self.assertion, "subject", None)
        self.conditions = getattr(self.assertion, "conditions", None)
        confirmations = getattr(self.subject, "subject_confirmation", None) or []
        self.confirmation = confirmations[0] if len(confirmations) == 1 else None
        self.confirmation_data = getattr(self.confirmation, "subject_confirmation_data", None)
        statements = getattr(self.assertion, "authn_statement", None) or []
        self.statement = statements[0] if len(statements) == 1 else None

    @property
    def in_response_to(self) -> str | None:
        return self.response.in_response_to or None

    def verified(self, checks: tuple[Check, ...]) -> VerifiedAssertion:
        name_id = self.subject.name_id
        statement = self.statement
        context = getattr(statement, "authn_context", None)
        class_ref = getattr(context, "authn_context_class_ref", None)
        ends = [_instant(self.confirmation_data.not_on_or_after)]
        if self.conditions.not_on_or_after:
            ends.append(_instant(self.conditions.not_on_or_after))
        return VerifiedAssertion(
            issuer=_text(self.assertion.issuer),
            assertion_id=self.assertion.id,
            name_id=name_id.text,
            name_id_format=name_id.format or None,
            name_qualifier=name_id.name_qualifier or None,
            sp_name_qualifier=name_id.sp_name_qualifier or None,
            session_index=statement.session_index or None,
            attributes=MappingProxyType(read_attributes(self.assertion)),
            in_response_to=self.in_response_to,
            # The later end, for as long as a copy could still pass the checks on time.
            not_on_or_after=max(ends),
            session_not_on_or_after=(
                _instant(statement.session_not_on_or_after)
                if statement.session_not_on_or_after
                else None
            ),
            authn_instant=_instant(statement.authn_instant) if statement.authn_instant else None,
            authn_context=(_text(class_ref) or None) if class_ref is not None else None,
            checks=checks,
        )


def _ask_issuer(facts: Facts) -> _Answer:
    """Response and assertion both come from the one identity provider (profiles, 4.1.4.2)."""
    expected = facts.settings.idp.entity_id
    issuers = [i for i in (facts.response.issuer, getattr(facts.assertion, "issuer", None)) if i]
    seen = [_text(issuer) for issuer in issuers]
    formats = {issuer.format or names.ENTITY_FORMAT for issuer in issuers}
    missing = not issuers or (
        facts.response.issuer is None and facts.message.envelope.response_is_signed
    )
    wrong = next((issuer for issuer in seen if issuer != expected), None)
    shown = "no issuer" if missing else printable(wrong if wrong is not None else expected)
    passed = not missing and wrong is None and formats <= {names.ENTITY_FORMAT}
    return _Answer(Check(CheckName.ISSUER, passed, shown, expected), Cause.WRONG_ISSUER)


def _ask_signature(facts: Facts) -> _Answer:
    """Every signature matches, and one lies on the assertion or on the response."""
    message = facts.message
    signed = message.envelope.signed
    wanted = [element.get("ID") for element in signed]
    if any(identifier not in message.verified for identifier in wanted):
        check = Check(
            CheckName.SIGNATURE,
            False,
            "matches none of our certificates",
            f"one of {len(facts.settings.idp.certificates)} certificates",
        )
        return _Answer(check, Cause.BAD_SIGNATURE)
    covered = message.covers_assertion() or (message.element is None and not _succeeded(facts))
    places = ["response" if element is message.envelope.root else "assertion" for element in signed]
    if message.was_encrypted and message.envelope.root.get("ID") in message.verified:
        places = [*dict.fromkeys([*places, "response"])]
    check = Check(
        CheckName.SIGNATURE, covered, " and ".join(places) or "none", "response or assertion"
    )
    return _Answer(check, Cause.UNSIGNED)


def _ask_status(facts: Facts) -> _Answer:
    """The identity provider's own verdict (core, 3.2.2)."""
    status = facts.response.status
    code = status.status_code
    if code.value == names.SUCCESS:
        return _Answer(Check(CheckName.STATUS, True, "Success", "Success"), Cause.IDP_REFUSED)
    words = [code.value.rpartition(":")[2]]
    if code.status_code is not None:
        words.append(code.status_code.value.rpartition(":")[2])
    if status.status_message is not None and status.status_message.text:
        words.append(status.status_message.text.strip())
    seen = printable(" / ".join(words), 500)
    return _Answer(Check(CheckName.STATUS, False, seen, "Success"), Cause.IDP_REFUSED)


def _ask_issue_instant(facts: Facts) -> _Answer:
    """Nothing from yesterday or tomorrow, whatever its conditions say."""
    issued = _instant(facts.response.issue_instant)
    passed = abs(facts.now - issued) <= MAX_AGE
    check = Check(CheckName.TIME, passed, _shown(issued), f"within a day of {_shown(facts.now)}")
    return _Answer(check, Cause.EXPIRED if issued < facts.now else Cause.NOT_YET_VALID)


def _ask_destination(facts: Facts) -> _Answer:
    """Exact where present, required where the response is signed (bindings, 3.5.5.2)."""
    expected = facts.settings.sp.acs_url
    seen = facts.response.destination
    required = facts.message.envelope.response_is_signed
    passed = seen == expected or (not seen and not required)
    check = Check(CheckName.DESTINATION, passed, printable(seen) or "none", expected)
    return _Answer(check, Cause.WRONG_DESTINATION)


def _ask_solicited(facts: Facts) -> _Answer:
    """Somebody asked, or the connection takes answers nobody asked for."""
    asked = facts.in_response_to is not None
    allowed = facts.settings.allow_unsolicited
    check = Check(
        CheckName.REQUEST,
        asked or allowed,
        "an answer" if asked else "no request",
        "any" if allowed else "an answer to our request",
    )
    return _Answer(check, Cause.UNSOLICITED)


def _ask_same_request(facts: Facts) -> _Answer:
    """The signed confirmation answers the request that the envelope names."""
    confirmed = getattr(facts.confirmation_data, "in_response_to", None) or None
    passed = facts.confirmation_data is None or confirmed == facts.in_response_to
    check = Check(
        CheckName.REQUEST,
        passed,
        "same" if passed else "different",
        "the same request in response and confirmation",
    )
    return _Answer(check, Cause.REQUEST_MISMATCH)


def _ask_confirmation(facts: Facts) -> _Answer:
    """One bearer confirmation with an end and without a beginning (profiles, 4.1.4.2)."""
    data = facts.confirmation_data
    if facts.confirmation is None:
        seen = "not exactly one"
    elif facts.confirmation.method != names.BEARER:
        seen = printable(facts.confirmation.method)
    elif data is None or not data.not_on_or_after:
        seen = "no NotOnOrAfter"
    elif data.not_before:
        seen = "NotBefore"
    else:
        return _Answer(
            Check(CheckName.CONFIRMATION, True, "bearer", "bearer"), Cause.BAD_CONFIRMATION
        )
    expected = "one bearer confirmation with NotOnOrAfter, without NotBefore"
    return _Answer(Check(CheckName.CONFIRMATION, False, seen, expected), Cause.BAD_CONFIRMATION)


def _ask_recipient(facts: Facts) -> _Answer:
    expected = facts.settings.sp.acs_url
    seen = facts.confirmation_data.recipient
    check = Check(CheckName.RECIPIENT, seen == expected, printable(seen) or "none", expected)
    return _Answer(check, Cause.WRONG_RECIPIENT)


def _ask_audience(facts: Facts) -> _Answer:
    """At least one restriction, and we are in each of them (core, 2.5.1.4)."""
    expected = facts.settings.sp.entity_id
    restrictions = getattr(facts.conditions, "audience_restriction", None) or []
    named = [[_text(audience) for audience in r.audience] for r in restrictions]
    passed = bool(named) and all(expected in audiences for audiences in named)
    seen = ", ".join(audience for audiences in named for audience in audiences) or "none"
    return _Answer(
        Check(CheckName.AUDIENCE, passed, printable(seen), expected), Cause.WRONG_AUDIENCE
    )


def _ask_conditions(facts: Facts) -> _Answer:
    """A condition we don't know can't be met (core, 2.5.1); OneTimeUse and proxies can."""
    unknown = bool(facts.conditions.condition or facts.conditions.extension_elements)
    check = Check(
        CheckName.AUDIENCE, not unknown, "an unknown condition" if unknown else "", "known ones"
    )
    return _Answer(check, Cause.UNKNOWN_CONDITION)


def _ask_not_too_late(facts: Facts) -> _Answer:
    """Confirmation, conditions and session each end later than now, skew included."""
    ends = [
        facts.confirmation_data.not_on_or_after,
        facts.conditions.not_on_or_after,
        getattr(facts.statement, "session_not_on_or_after", None),
    ]
    end = min(_instant(end) for end in ends if end)
    passed = facts.now <= end + facts.settings.clock_skew
    check = Check(CheckName.TIME, passed, f"until {_shown(end)}", f"now {_shown(facts.now)}")
    return _Answer(check, Cause.EXPIRED)


def _ask_not_too_early(facts: Facts) -> _Answer:
    start = facts.conditions.not_before
    if not start:
        return _Answer(Check(CheckName.TIME, True, "", ""), Cause.NOT_YET_VALID)
    begin = _instant(start)
    passed = facts.now >= begin - facts.settings.clock_skew
    check = Check(CheckName.TIME, passed, f"from {_shown(begin)}", f"now {_shown(facts.now)}")
    return _Answer(check, Cause.NOT_YET_VALID)


def _ask_subject(facts: Facts) -> _Answer:
    """A NameID that reads the same to everybody.

    The text is used exactly as signed, so it may not hold what somebody else would trim
    or not see: blanks at its ends, control characters, child elements.
    """
    name_id = getattr(facts.subject, "name_id", None)
    text = getattr(name_id, "text", None) or ""
    if name_id is None:
        seen = "no NameID"
    elif name_id.extension_elements:
        seen = "elements inside the NameID"
    elif not text.strip():
        seen = "an empty NameID"
    elif text != text.strip() or not text.isprintable():
        seen = "blanks or control characters around the NameID"
    elif len(text) > MAX_NAME_ID:
        seen = "a very long NameID"
    else:
        return _Answer(Check(CheckName.SUBJECT, True, "NameID", "NameID"), Cause.NO_SUBJECT)
    return _Answer(
        Check(CheckName.SUBJECT, False, seen, "a NameID of plain text"), Cause.NO_SUBJECT
    )


def _ask_statement(facts: Facts) -> _Answer:
    """The person signed in: one authentication statement (profiles, 4.1.4.2)."""
    passed = facts.statement is not None
    check = Check(
        CheckName.STATEMENT, passed, "one" if passed else "none or several", "one AuthnStatement"
    )
    return _Answer(check, Cause.BAD_CONFIRMATION)


Question = Callable[[Facts], _Answer]

_OF_THE_RESPONSE: tuple[Question, ...] = (
    _ask_issuer,
    _ask_signature,
    _ask_status,
    _ask_issue_instant,
    _ask_destination,
    _ask_solicited,
)
_QUESTIONS: tuple[Question, ...] = (
    *_OF_THE_RESPONSE,
    _ask_confirmation,
    _ask_same_request,
    _ask_recipient,
    _ask_audience,
    _ask_conditions,
    _ask_not_too_late,
    _ask_not_too_early,
    _ask_subject,
    _ask_statement,
)


def _succeeded(facts: Facts) -> bool:
    return bool(facts.response.status.status_code.value == names.SUCCESS)


def _text(element: Any) -> str:
    """Issuer, Audience and the like: URIs, so the blanks of an indented file don't count."""
    return (element.text or "").strip()


def _instant(text: str) -> datetime:
    """An xs:dateTime of the message. SAML times are UTC (core, 1.3.3)."""
    moment = datetime.fromisoformat(text.strip())
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _shown(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
