"""Every question asked of a message, those after a no as well. Signs nobody in.

`verify_response` stops at the first no, which is right for a sign-in and tells an administrator
one fault at a time. Here the message is read on: what an unsigned part claims is shown as such, and
decides nothing. What is encrypted is opened under the same terms as in a sign-in, or stays closed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from sso.causes import Cause
from sso.saml.attributes import read_attributes
from sso.saml.client import client_for
from sso.saml.questions import OF_THE_ASSERTION, OF_THE_RESPONSE, Facts, Question
from sso.saml.values import Check, CheckName, SamlRefused, SamlSettings
from sso.saml.verify import guarded, heed, open_assertion
from sso.saml.wire import Message

# What a message that was pasted later than it was sent always gets wrong.
OF_AGE = frozenset({CheckName.ISSUED, CheckName.ENDS})


@dataclass(slots=True)
class Examination:
    """What is right and what is wrong about a message."""

    checks: list[Check] = field(default_factory=list)
    # What a sign-in would be refused for, had it come in time.
    cause: Cause | None = None
    is_too_old: bool = False
    was_encrypted: bool = False
    # Whether a key of this provider vouches for what was read.
    is_vouched_for: bool = False
    name_id: str = ""
    name_id_format: str = ""
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def note(self, check: Check, cause: Cause) -> None:
        self.checks.append(check)
        if check.passed:
            return
        if check.name in OF_AGE and cause is Cause.EXPIRED:
            self.is_too_old = True
        elif self.cause is None:
            self.cause = cause


def examine_response(settings: SamlSettings, saml_response: str, *, now: datetime) -> Examination:
    """Raises nothing, whatever it is given."""
    found = Examination()
    try:
        _examine(found, settings, saml_response, now)
    except SamlRefused as refusal:
        found.cause = found.cause or refusal.cause
    except Exception:
        # As in `verify_response`: no list of what four libraries may raise is complete.
        found.cause = found.cause or Cause.MALFORMED
    return found


def _examine(found: Examination, settings: SamlSettings, saml_response: str, now: datetime) -> None:
    message = Message(guarded(saml_response, found.checks))
    found.was_encrypted = message.was_encrypted or message.envelope.encrypted_name is not None
    if not settings.idp.certificates:
        raise SamlRefused(Cause.NO_CERTIFICATE)
    facts = Facts(settings, message, client_for(settings), now)
    for question in OF_THE_RESPONSE:
        answer = question(facts)
        found.note(answer.check, answer.cause)
    if message.was_encrypted:
        open_assertion(facts, found.checks)
    if message.envelope.encrypted_name is not None and not (
        message.covers_assertion() and facts.client.open_name(message)
    ):
        found.checks.append(Check(CheckName.SUBJECT, False, "", "a NameID, encrypted for us"))
        raise SamlRefused(Cause.CANNOT_DECRYPT)
    if facts.assertion is None:
        return  # the identity provider said no, and there is nothing more to ask
    found.is_vouched_for = message.covers_assertion()
    for name, question in OF_THE_ASSERTION.items():
        found.note(*_asked(name, question, facts))
    _read(found, facts)
    if all(check.passed for check in found.checks):
        message.settle(facts.confirmation)
        heed(facts.client, message, found.checks)


def _asked(name: CheckName, question: Question, facts: Facts) -> tuple[Check, Cause]:
    try:
        answer = question(facts)
    except (AttributeError, TypeError, ValueError):
        # What it would be asked of isn't there, or is no date: said above, or said here.
        return Check(name, False, "can’t be asked", "a readable statement of it"), Cause.MALFORMED
    return answer.check, answer.cause


def _read(found: Examination, facts: Facts) -> None:
    found.attributes = MappingProxyType(read_attributes(facts.assertion))
    name_id = facts.subject.name_id if facts.subject else None
    if name_id is not None:
        found.name_id = name_id.text or ""
        found.name_id_format = name_id.format or ""
