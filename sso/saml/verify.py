"""From a form field to a `VerifiedAssertion`, or to the reason there is none.

The guard decides what may be looked at. Then come our questions, which cover what pysaml2
doesn't ask and give every no a name and a value that an administrator can act on. The
last word is pysaml2's.
"""

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime

from saml2.response import StatusError
from saml2.sigver import DecryptError, MissingKey, SigverError
from saml2.validate import ResponseLifetimeExceed, ToEarly

from sso.causes import Cause
from sso.saml import guard, reading
from sso.saml.client import InProcessClient, client_for
from sso.saml.questions import (
    OF_THE_ASSERTION,
    OF_THE_RESPONSE,
    OF_THE_SIGNER,
    Facts,
    Question,
)
from sso.saml.values import Check, CheckName, SamlRefused, SamlSettings, VerifiedAssertion
from sso.saml.wire import Message

logger = logging.getLogger(__name__)

_CAUSES_OF_VERDICTS: Mapping[type[Exception], Cause] = {
    DecryptError: Cause.CANNOT_DECRYPT,
    MissingKey: Cause.WRONG_ISSUER,
    SigverError: Cause.BAD_SIGNATURE,
    StatusError: Cause.IDP_REFUSED,
    ResponseLifetimeExceed: Cause.EXPIRED,
    ToEarly: Cause.NOT_YET_VALID,
}

# Asked of the envelope first and, of an encrypted answer, of what was inside.
_WITHIN = {
    CheckName.ISSUER: CheckName.ISSUER_WITHIN,
    CheckName.SIGNATURE: CheckName.SIGNATURE_WITHIN,
}


def verify_response(
    settings: SamlSettings, saml_response: str, *, now: datetime
) -> VerifiedAssertion:
    """Who the identity provider of this connection says is signing in.

    Raises `SamlRefused` and nothing else, whatever it is given; the caller, who gives it a
    reference, writes it to the log. `now` is the present:
    pysaml2 asks the system clock as well, and both have to agree. See
    `VerifiedAssertion` for the two questions left to the caller.
    """
    trail: list[Check] = []
    try:
        return _verify(settings, saml_response, now, trail)
    except SamlRefused as refusal:
        refusal.checks = (*trail, *refusal.checks)
        raise
    except Exception as error:
        # The one place that translates anything at all: a message must never make a
        # server error, and no list of what four libraries may raise is complete.
        logger.warning(
            "SAML response could not be judged",
            extra={"connection": settings.cache_key[0], "error": type(error).__name__},
        )
        raise SamlRefused(Cause.MALFORMED, checks=tuple(trail)) from None


def _verify(
    settings: SamlSettings, saml_response: str, now: datetime, trail: list[Check]
) -> VerifiedAssertion:
    if not settings.idp.certificates:
        raise SamlRefused(Cause.NO_CERTIFICATE, seen="none", expected="at least one certificate")
    message = Message(guarded(saml_response, trail))
    client = client_for(settings)
    facts = Facts(settings, message, client, now)
    # Cheapest first, and nothing is built of a message that no pinned key vouches for.
    _ask(OF_THE_RESPONSE, facts, trail)
    if message.was_encrypted:
        open_assertion(facts, trail)
    if message.envelope.encrypted_name is not None and not client.open_name(message):
        # A signature has vouched for the ciphertext: to say so gives nothing away.
        trail.append(Check(CheckName.SUBJECT, False, "", "a NameID, encrypted for us"))
        raise SamlRefused(Cause.CANNOT_DECRYPT)
    _ask(OF_THE_ASSERTION.values(), facts, trail)
    if facts.confirmation is not None:
        message.settle(facts.confirmation)
    heed(client, message, trail)
    return facts.verified(tuple(trail))


def guarded(saml_response: str, trail: list[Check]) -> guard.Envelope:
    try:
        envelope = guard.inspect(reading.parse(reading.decode(saml_response)))
    except SamlRefused as refusal:
        trail.append(Check(CheckName.FORMAT, False, refusal.seen, refusal.expected))
        raise
    trail.append(Check(CheckName.FORMAT, True, "SAML 2.0", "SAML 2.0"))
    return envelope


def open_assertion(facts: Facts, trail: list[Check]) -> None:
    """Decrypt, then ask again who speaks and who signed.

    Unless a signature has vouched for the ciphertext, every way to fail looks the same
    from outside: anything else would help to guess what is inside (XML Encryption in
    CBC mode gives away its plaintext to whoever can tell two errors apart).
    """
    is_vouched_for = facts.message.is_verified(facts.root)
    cannot = Check(CheckName.SIGNATURE_WITHIN, False, "", "a signed assertion, encrypted for us")
    if not facts.client.open(facts.message):
        trail.append(cannot)
        raise SamlRefused(Cause.CANNOT_DECRYPT)
    answers: list[Check] = []
    try:
        _ask(OF_THE_SIGNER, facts, answers)
    except SamlRefused:
        if is_vouched_for:
            trail.extend(map(_within, answers))
            raise
        trail.append(cannot)
        raise SamlRefused(Cause.CANNOT_DECRYPT) from None
    trail.extend(map(_within, answers))


def _within(answer: Check) -> Check:
    return answer._replace(name=_WITHIN[answer.name])


def heed(client: InProcessClient, message: Message, trail: list[Check]) -> None:
    """pysaml2 has the last word: whatever it does but judge this very assertion refuses."""
    verdict: Exception | None = None
    judged = None
    try:
        judged = client.judge(message)
    except Exception as error:
        # pysaml2 raises bare Exception in places, for an audience for instance.
        verdict = error
    if judged is not None and judged.assertion is message.assertion and judged.name_id is not None:
        trail.append(Check(CheckName.LIBRARY, True, "accepted", "accepted"))
        return
    kind = type(verdict).__name__ if verdict else "no assertion"
    trail.append(Check(CheckName.LIBRARY, False, kind, "accepted"))
    causes = (c for error, c in _CAUSES_OF_VERDICTS.items() if isinstance(verdict, error))
    raise SamlRefused(next(causes, Cause.MALFORMED), seen=kind)


def _ask(questions: Iterable[Question], facts: Facts, trail: list[Check]) -> None:
    """Ask in order and keep the answers; the first no refuses the message."""
    for question in questions:
        answer = question(facts)
        trail.append(answer.check)
        if not answer.check.passed:
            raise SamlRefused(answer.cause, seen=answer.check.seen, expected=answer.check.expected)
