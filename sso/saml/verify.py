"""From a form field to a `VerifiedAssertion`, or to the reason there is none.

The guard decides what may be looked at. Then come our questions, which cover what pysaml2
doesn't ask and give every no a name and a value that an administrator can act on. The
last word is pysaml2's.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from types import MappingProxyType
from typing import Any

from lxml import etree
from saml2.response import StatusError
from saml2.sigver import DecryptError, MissingKey, SigverError
from saml2.validate import ResponseLifetimeExceed, ToEarly

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

_P = f"{{{names.SAMLP}}}"

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
    message = Message(_guarded(saml_response, trail))
    client = client_for(settings)
    facts = Facts(settings, message, client, now)
    # Cheapest first, and nothing is built of a message that no pinned key vouches for.
    _ask(_OF_THE_RESPONSE, facts, trail)
    if message.was_encrypted:
        _open(facts, trail)
    _ask(_OF_THE_ASSERTION, facts, trail)
    _heed(client, message, trail)
    return facts.verified(tuple(trail))


def _guarded(saml_response: str, trail: list[Check]) -> guard.Envelope:
    try:
        envelope = guard.inspect(guard.parse(guard.decode(saml_response)))
    except SamlRefused as refusal:
        trail.append(Check(CheckName.FORMAT, False, refusal.seen, refusal.expected))
        raise
    trail.append(Check(CheckName.FORMAT, True, "SAML 2.0", "SAML 2.0"))
    return envelope


def _open(facts: "Facts", trail: list[Check]) -> None:
    """Decrypt, then ask again who speaks and who signed.

    Unless a signature has vouched for the ciphertext, every way to fail looks the same
    from outside: anything else would help to guess what is inside (XML Encryption in
    CBC mode gives away its plaintext to whoever can tell two errors apart).
    """
    is_vouched_for = facts.message.is_verified(facts.root)
    cannot = Check(CheckName.SIGNATURE, False, "", "a signed assertion, encrypted for us")
    if not facts.client.open(facts.message):
        trail.append(cannot)
        raise SamlRefused(Cause.CANNOT_DECRYPT)
    answers: list[Check] = []
    try:
        _ask(_OF_THE_SIGNER, facts, answers)
    except SamlRefused:
        if is_vouched_for:
            trail.extend(answers)
            raise
        trail.append(cannot)
        raise SamlRefused(Cause.CANNOT_DECRYPT) from None
    trail.extend(answers)


def _heed(client: InProcessClient, message: Message, trail: list[Check]) -> None:
    """pysaml2 has the last word: whatever it does but judge this very assertion refuses."""
    verdict: Exception | None = None
    judged = None
    try:
        judged = client.judge(message)
    except Exception as error:
        # pysaml2 raises bare Exception in places, for an audience for instance.
        verdict = error
    if judged is not None and judged.assertion is message.assertion and judged.name_id is not None:
        trail.append(Check(CheckName.LIBRARY, True))
        return
    kind = type(verdict).__name__ if verdict else "no assertion"
    trail.append(Check(CheckName.LIBRARY, False, kind))
    causes = (c for error, c in _CAUSES_OF_VERDICTS.items() if isinstance(verdict, error))
    raise SamlRefused(next(causes, Cause.MALFORMED), seen=kind)


def _ask(questions: "tuple[Question, ...]", facts: "Facts", trail: list[Check]) -> None:
    """Ask in order and keep the answers; the first no refuses the message."""
    for question in questions:
        answer = question(facts)
        trail.append(answer.check)
        if not answer.check.passed:
            raise SamlRefused(answer.cause, seen=answer.check.seen, expected=answer.check.expected)


@dataclass(frozen=True)
class _Answer:
    check: Check
    cause: Cause


class Facts:
    """A message as the questions see it: the tree, and later pysaml2's view of it."""

    def __init__(
        self, settings: SamlSettings, message: Message, client: InProcessClient, now: datetime
    ) -> None:
        self.settings = settings
        self.message = message
        self.client = client
        self.now = now

    @property
    def root(self) -> etree._Element:
        return self.message.envelope.root

    @cached_property
    def status_code(self) -> etree._Element | None:
        return next(self.root.iterfind(f"{_P}Status/{_P}StatusCode"), None)

    @property
    def in_response_to(self) -> str | None:
        return self.root.get("InResponseTo") or None

    # From here on the assertion is readable and its signature has been verified.

    @cached_property
    def assertion(self) -> Any:
        return self.message.assertion

    @cached_property
    def subject(self) -> Any:
        return self.assertion.subject

    @cached_property
    def conditions(self) -> Any:
        return self.assertion.conditions

    @cached_property
    def confirmation(self) -> Any:
        """The one confirmation, or None if there are none or several."""
        confirmations = self.subject.subject_confirmation if self.subject else []
        return confirmations[0] if len(confirmations) == 1 else None

    @cached_property
    def confirmation_data(self) -> Any:
        return self.confirmation.subject_confirmation_data if self.confirmation else None

    @cached_property
    def statement(self) -> Any:
        statements = self.assertion.authn_statement
        return statements[0] if len(statements) == 1 else None

    def verified(self, checks: tuple[Check, ...]) -> VerifiedAssertion:
        name_id = self.subject.name_id
        statement = self.statement
        class_ref = statement.authn_context.authn_context_class_ref
        ends = [_instant(self.confirmation_data.not_on_or_after)]
        if self.conditions.not_on_or_after:
            ends.append(_instant(self.conditions.not_on_or_after))
        return VerifiedAssertion(
            issuer=self.settings.idp.entity_id,
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
            authn_instant=_instant(statement.authn_instant),
            authn_context=(_text(class_ref) or None) if class_ref else None,
            checks=checks,
        )


def _ask_issuer(facts: Facts) -> _Answer:
    """Response and assertion both come from the one identity provider (profiles, 4.1.4.2)."""
    expected = facts.settings.idp.entity_id
    envelope = facts.message.envelope
    in_response = guard.children(envelope.root, names.ISSUER)
    in_assertion = (
        guard.children(envelope.assertion, names.ISSUER) if envelope.assertion is not None else []
    )
    wrong = next((i for i in (*in_response, *in_assertion) if not _is_issuer(i, expected)), None)
    if wrong is not None:
        seen = printable(_text(wrong))
    elif not in_response and envelope.response_is_signed:
        seen = "no issuer"
    else:
        return _Answer(Check(CheckName.ISSUER, True, expected, expected), Cause.WRONG_ISSUER)
    return _Answer(Check(CheckName.ISSUER, False, seen, expected), Cause.WRONG_ISSUER)


def _ask_signature(facts: Facts) -> _Answer:
    """Every signature matches, and one lies on the assertion or on the response.

    While the assertion is encrypted its own signature is out of sight; and a refusal of
    the identity provider has none to cover.
    """
    message = facts.message
    if not facts.client.confirm(message):
        number = len(facts.settings.idp.certificates)
        check = Check(
            CheckName.SIGNATURE,
            False,
            "matches none of our certificates",
            f"one of {number} certificates",
        )
        return _Answer(check, Cause.BAD_SIGNATURE)
    root, assertion = message.envelope.root, message.envelope.assertion
    places = [
        name
        for name, element in (("response", root), ("assertion", assertion))
        if message.is_verified(element)
    ]
    passed = assertion is None or message.covers_assertion()
    check = Check(
        CheckName.SIGNATURE, passed, " and ".join(places) or "none", "response or assertion"
    )
    return _Answer(check, Cause.UNSIGNED)


def _ask_status(facts: Facts) -> _Answer:
    """The identity provider's own verdict (core, 3.2.2)."""
    code = facts.status_code
    value = code.get("Value", "") if code is not None else ""
    if value == names.SUCCESS:
        return _Answer(Check(CheckName.STATUS, True, "Success", "Success"), Cause.IDP_REFUSED)
    words = [value.rpartition(":")[2]]
    words += [
        inner.get("Value", "").rpartition(":")[2]
        for inner in facts.root.iterfind(f"{_P}Status/{_P}StatusCode/{_P}StatusCode")
    ]
    words.append((facts.root.findtext(f"{_P}Status/{_P}StatusMessage") or "").strip())
    seen = printable(" / ".join(word for word in words if word), 500)
    return _Answer(Check(CheckName.STATUS, False, seen, "Success"), Cause.IDP_REFUSED)


def _ask_issue_instant(facts: Facts) -> _Answer:
    """Nothing from yesterday or tomorrow, whatever its conditions say."""
    issued = _instant(facts.root.get("IssueInstant", ""))
    passed = abs(facts.now - issued) <= MAX_AGE
    check = Check(CheckName.TIME, passed, _shown(issued), f"within a day of {_shown(facts.now)}")
    return _Answer(check, Cause.EXPIRED if issued < facts.now else Cause.NOT_YET_VALID)


def _ask_destination(facts: Facts) -> _Answer:
    """Exact where present, required where the response is signed (bindings, 3.5.5.2)."""
    expected = facts.settings.sp.acs_url
    seen = facts.root.get("Destination")
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
    passed = (facts.confirmation_data.in_response_to or None) == facts.in_response_to
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
    restrictions = facts.conditions.audience_restriction if facts.conditions else []
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
        facts.statement.session_not_on_or_after,
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
    name_id = facts.subject.name_id
    text = (name_id.text or "") if name_id else ""
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

_OF_THE_SIGNER: tuple[Question, ...] = (_ask_issuer, _ask_signature)
_OF_THE_RESPONSE: tuple[Question, ...] = (
    *_OF_THE_SIGNER,
    _ask_status,
    _ask_issue_instant,
    _ask_destination,
    _ask_solicited,
)
_OF_THE_ASSERTION: tuple[Question, ...] = (
    _ask_confirmation,
    _ask_same_request,
    _ask_recipient,
    _ask_audience,
    _ask_conditions,
    _ask_statement,
    _ask_not_too_late,
    _ask_not_too_early,
    _ask_subject,
)


def _is_issuer(element: etree._Element, entity_id: str) -> bool:
    return _text(element) == entity_id and element.get("Format") in (None, names.ENTITY_FORMAT)


def _text(element: Any) -> str:
    """Issuer, Audience and the like: URIs, so the blanks of an indented file don't count."""
    return (element.text or "").strip()


_EVER = datetime(1900, 1, 1, tzinfo=UTC)
_NEVER = datetime(9000, 1, 1, tzinfo=UTC)


def _instant(text: str) -> datetime:
    """An xs:dateTime of the message. SAML times are UTC (core, 1.3.3)."""
    moment = datetime.fromisoformat(text.strip())
    # "For ever" and "since ever", with room to add or take a clock skew on either side.
    return min(max(moment if moment.tzinfo else moment.replace(tzinfo=UTC), _EVER), _NEVER)


def _shown(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
