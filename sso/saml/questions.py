"""What is asked of a message, and what follows from it.

Our own questions: they cover what pysaml2 doesn't ask, and give every no a name and a value
that an administrator can act on. `sso.saml.verify` asks them in order.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cached_property
from types import MappingProxyType
from typing import Any, NamedTuple

from lxml import etree

from sso.causes import Cause
from sso.saml import guard, names
from sso.saml.attributes import read_attributes
from sso.saml.client import InProcessClient
from sso.saml.crypto import OTHER_KEY
from sso.saml.instants import instant as _instant
from sso.saml.instants import shown as _shown
from sso.saml.values import (
    Check,
    CheckName,
    SamlSettings,
    VerifiedAssertion,
    one_of,
    printable,
)
from sso.saml.wire import Message

MAX_NAME_ID = 1024
MAX_AGE = timedelta(days=1)

_P = f"{{{names.SAMLP}}}"


class Answer(NamedTuple):
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
        codes = (
            code
            for status in guard.children(self.root, names.STATUS)
            for code in guard.children(status, names.STATUS_CODE)
        )
        return next(codes, None)

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
    def confirmations(self) -> list[Any]:
        return list(self.subject.subject_confirmation) if self.subject else []

    @cached_property
    def confirmation(self) -> Any:
        """The confirmation that counts; where none does, one that shows what is wrong.

        To satisfy one of several is enough (core, 2.4.1).
        """
        bearers = [each for each in self.confirmations if each.method == names.BEARER]
        for_us = [each for each in bearers if self._is_for_us(each.subject_confirmation_data)]
        return next(iter([*for_us, *bearers, *self.confirmations]), None)

    def _is_for_us(self, data: Any) -> bool:
        return (
            data is not None
            and data.recipient == self.settings.sp.acs_url
            and self.names_same_request(data)
            and data.not_on_or_after
            and self.now <= _instant(data.not_on_or_after) + self.settings.clock_skew
            and not data.not_before
        )

    def names_same_request(self, data: Any) -> bool:
        """Whether the envelope names no other request than the signed confirmation."""
        return self.root.get("InResponseTo") in (None, data.in_response_to)

    @cached_property
    def confirmation_data(self) -> Any:
        return self.confirmation.subject_confirmation_data if self.confirmation else None

    @property
    def in_response_to(self) -> str | None:
        """The request this answers. What is signed says so; the envelope may repeat it."""
        request: str | None = self.confirmation_data.in_response_to
        return request

    @cached_property
    def statement(self) -> Any:
        statements = self.assertion.authn_statement
        return statements[0] if len(statements) == 1 else None

    def verified(self, checks: tuple[Check, ...]) -> VerifiedAssertion:
        name_id = self.subject.name_id
        statement = self.statement
        class_ref = statement.authn_context.authn_context_class_ref
        ends = [self.conditions.not_on_or_after]
        for confirmation in self.confirmations:
            if data := confirmation.subject_confirmation_data:
                ends.append(data.not_on_or_after)
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
            issued_at=_instant(self.assertion.issue_instant),
            # The latest end, for as long as a copy could still pass the checks on time.
            not_on_or_after=max(_instant(end) for end in ends if end),
            session_not_on_or_after=(
                _instant(statement.session_not_on_or_after)
                if statement.session_not_on_or_after
                else None
            ),
            authn_instant=_instant(statement.authn_instant),
            authn_context=(_text(class_ref) or None) if class_ref else None,
            checks=checks,
            opened_by_other_key=self.message.opened_by == OTHER_KEY,
        )


def _ask_issuer(facts: Facts) -> Answer:
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
        return Answer(Check(CheckName.ISSUER, True, expected, expected), Cause.WRONG_ISSUER)
    return Answer(Check(CheckName.ISSUER, False, seen, expected), Cause.WRONG_ISSUER)


def _ask_signature(facts: Facts) -> Answer:
    """Every signature matches, and one lies on the assertion or on the response.

    While the assertion is encrypted its own signature is out of sight; and a refusal of
    the identity provider has none to cover.
    """
    message = facts.message
    if not facts.client.confirm(message):
        check = Check(
            CheckName.SIGNATURE,
            False,
            "matches none of our certificates",
            one_of(len(facts.settings.idp.certificates)),
        )
        return Answer(check, Cause.BAD_SIGNATURE)
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
    return Answer(check, Cause.UNSIGNED)


def _ask_status(facts: Facts) -> Answer:
    """The identity provider's own verdict (core, 3.2.2)."""
    code = facts.status_code
    value = code.get("Value", "") if code is not None else ""
    if value == names.SUCCESS:
        return Answer(Check(CheckName.STATUS, True, "Success", "Success"), Cause.IDP_REFUSED)
    words = [value.rpartition(":")[2]]
    words += [
        inner.get("Value", "").rpartition(":")[2]
        for inner in facts.root.iterfind(f"{_P}Status/{_P}StatusCode/{_P}StatusCode")
    ]
    words.append((facts.root.findtext(f"{_P}Status/{_P}StatusMessage") or "").strip())
    seen = printable(" / ".join(word for word in words if word), 500)
    return Answer(Check(CheckName.STATUS, False, seen, "Success"), Cause.IDP_REFUSED)


def _ask_issue_instant(facts: Facts) -> Answer:
    """Nothing from yesterday or tomorrow, whatever its conditions say."""
    issued = _instant(facts.root.get("IssueInstant", ""))
    passed = abs(facts.now - issued) <= MAX_AGE
    check = Check(CheckName.ISSUED, passed, _shown(issued), f"within a day of {_shown(facts.now)}")
    return Answer(check, Cause.EXPIRED if issued < facts.now else Cause.NOT_YET_VALID)


def _ask_destination(facts: Facts) -> Answer:
    """Exact where present (core, 3.2.2), required of a signed response (bindings, 3.5.5.2)."""
    expected = facts.settings.sp.acs_url
    seen = facts.root.get("Destination")
    required = facts.message.envelope.response_is_signed
    passed = seen == expected or (seen is None and not required)
    check = Check(CheckName.DESTINATION, passed, printable(seen) or "none", expected)
    return Answer(check, Cause.WRONG_DESTINATION)


def _ask_solicited(facts: Facts) -> Answer:
    """Somebody asked, or the connection takes answers nobody asked for."""
    asked = facts.in_response_to is not None
    allowed = facts.settings.allow_unsolicited
    check = Check(
        CheckName.REQUEST,
        asked or allowed,
        "an answer" if asked else "no request",
        "any" if allowed else "an answer to our request",
    )
    return Answer(check, Cause.UNSOLICITED)


def _ask_same_request(facts: Facts) -> Answer:
    """The envelope, which may be unsigned, names the signed confirmation's request or none."""
    passed = facts.names_same_request(facts.confirmation_data)
    check = Check(
        CheckName.SAME_REQUEST,
        passed,
        "same" if passed else "different",
        "the same request in response and confirmation",
    )
    return Answer(check, Cause.REQUEST_MISMATCH)


def _ask_confirmation(facts: Facts) -> Answer:
    """A bearer confirmation with an end and without a beginning (profiles, 4.1.4.2)."""
    data = facts.confirmation_data
    if facts.confirmation is None:
        seen = "none"
    elif facts.confirmation.method != names.BEARER:
        seen = printable(facts.confirmation.method)
    elif data is None or not data.not_on_or_after:
        seen = "no NotOnOrAfter"
    elif data.not_before:
        seen = "NotBefore"
    else:
        return Answer(
            Check(CheckName.CONFIRMATION, True, "bearer", "bearer"), Cause.BAD_CONFIRMATION
        )
    expected = "a bearer confirmation with NotOnOrAfter, without NotBefore"
    return Answer(Check(CheckName.CONFIRMATION, False, seen, expected), Cause.BAD_CONFIRMATION)


def _ask_recipient(facts: Facts) -> Answer:
    expected = facts.settings.sp.acs_url
    seen = facts.confirmation_data.recipient
    check = Check(CheckName.RECIPIENT, seen == expected, printable(seen) or "none", expected)
    return Answer(check, Cause.WRONG_RECIPIENT)


def _ask_audience(facts: Facts) -> Answer:
    """At least one restriction, and we are in each of them (core, 2.5.1.4)."""
    expected = facts.settings.sp.entity_id
    restrictions = facts.conditions.audience_restriction if facts.conditions else []
    named = [[_text(audience) for audience in r.audience] for r in restrictions]
    passed = bool(named) and all(expected in audiences for audiences in named)
    seen = ", ".join(audience for audiences in named for audience in audiences) or "none"
    return Answer(
        Check(CheckName.AUDIENCE, passed, printable(seen), expected), Cause.WRONG_AUDIENCE
    )


def _ask_conditions(facts: Facts) -> Answer:
    """A condition we don't know can't be met (core, 2.5.1); OneTimeUse and proxies can."""
    unknown = bool(facts.conditions.condition or facts.conditions.extension_elements)
    check = Check(
        CheckName.CONDITIONS,
        not unknown,
        "an unknown condition" if unknown else "known ones",
        "known ones",
    )
    return Answer(check, Cause.UNKNOWN_CONDITION)


def _ask_not_too_late(facts: Facts) -> Answer:
    """Confirmation, conditions and session each end later than now, skew included."""
    ends = [
        facts.confirmation_data.not_on_or_after,
        facts.conditions.not_on_or_after,
        facts.statement.session_not_on_or_after,
    ]
    end = min(_instant(end) for end in ends if end)
    passed = facts.now <= end + facts.settings.clock_skew
    check = Check(CheckName.ENDS, passed, f"until {_shown(end)}", f"now {_shown(facts.now)}")
    return Answer(check, Cause.EXPIRED)


def _ask_not_too_early(facts: Facts) -> Answer:
    start = facts.conditions.not_before
    if not start:
        check = Check(CheckName.BEGINS, True, "no beginning", f"now {_shown(facts.now)}")
        return Answer(check, Cause.NOT_YET_VALID)
    begin = _instant(start)
    passed = facts.now >= begin - facts.settings.clock_skew
    check = Check(CheckName.BEGINS, passed, f"from {_shown(begin)}", f"now {_shown(facts.now)}")
    return Answer(check, Cause.NOT_YET_VALID)


def _ask_subject(facts: Facts) -> Answer:
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
        return Answer(Check(CheckName.SUBJECT, True, "NameID", "NameID"), Cause.NO_SUBJECT)
    return Answer(Check(CheckName.SUBJECT, False, seen, "a NameID of plain text"), Cause.NO_SUBJECT)


def _ask_statement(facts: Facts) -> Answer:
    """The person signed in: one authentication statement (profiles, 4.1.4.2)."""
    passed = facts.statement is not None
    check = Check(
        CheckName.STATEMENT, passed, "one" if passed else "none or several", "one AuthnStatement"
    )
    return Answer(check, Cause.BAD_CONFIRMATION)


Question = Callable[[Facts], Answer]

OF_THE_SIGNER: tuple[Question, ...] = (_ask_issuer, _ask_signature)
OF_THE_RESPONSE: tuple[Question, ...] = (
    *OF_THE_SIGNER,
    _ask_status,
    _ask_issue_instant,
    _ask_destination,
)
# With the names of their checks, for a question that has nothing to be asked of.
OF_THE_ASSERTION: Mapping[CheckName, Question] = {
    CheckName.CONFIRMATION: _ask_confirmation,
    CheckName.SAME_REQUEST: _ask_same_request,
    CheckName.REQUEST: _ask_solicited,
    CheckName.RECIPIENT: _ask_recipient,
    CheckName.AUDIENCE: _ask_audience,
    CheckName.CONDITIONS: _ask_conditions,
    CheckName.STATEMENT: _ask_statement,
    CheckName.ENDS: _ask_not_too_late,
    CheckName.BEGINS: _ask_not_too_early,
    CheckName.SUBJECT: _ask_subject,
}


def _is_issuer(element: etree._Element, entity_id: str) -> bool:
    return _text(element) == entity_id and element.get("Format") in (None, names.ENTITY_FORMAT)


def _text(element: Any) -> str:
    """Issuer, Audience and the like: URIs, so the blanks of an indented file don't count."""
    return (element.text or "").strip()
