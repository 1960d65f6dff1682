"""Single logout (core, 3.7; profiles, 4.4): asking for it, being asked, and the two answers.

A message about signing out decides over other people's sessions, and anybody can send one. So
each carries a signature: of the query string for a redirect, of the message for a form.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from lxml import etree
from saml2 import saml, samlp

from sso.causes import Cause
from sso.saml import guard, names, query, reading
from sso.saml.client import client_for
from sso.saml.instants import instant, shown
from sso.saml.requests import OutgoingRequest, outgoing
from sso.saml.values import (
    Arrived,
    Binding,
    Check,
    CheckName,
    LogoutAnswer,
    LogoutRequest,
    NamedSession,
    SamlRefused,
    SamlSettings,
    one_of,
    printable,
)
from sso.saml.wire import Message

logger = logging.getLogger(__name__)

# How old a message may be that names no end of its own.
LIFETIME = timedelta(minutes=5)
MAX_SESSION_INDEXES = 100

_P = f"{{{names.SAMLP}}}"
Said = TypeVar("Said", LogoutRequest, LogoutAnswer)


def build_logout_request(
    settings: SamlSettings, *, session: NamedSession, request_id: str, binding: Binding
) -> OutgoingRequest:
    """Ask the identity provider to end this session of this person there, and what hangs on it.

    Raises ValueError if it has no address for this binding.
    """
    client = client_for(settings)
    url = _address(settings, binding)
    name = saml.NameID(
        text=session.name_id,
        format=session.name_id_format,
        name_qualifier=session.name_qualifier,
        sp_name_qualifier=session.sp_name_qualifier,
    )
    _, request = client.create_logout_request(
        url,
        settings.idp.entity_id,
        name_id=name,
        message_id=request_id,
        session_indexes=[session.session_index] if session.session_index else None,
        sign=binding is Binding.POST,
    )
    return outgoing(
        client,
        binding,
        "SAMLRequest",
        str(request),
        url,
        message_id=request_id,
        relay_state="",
    )


def build_logout_response(
    settings: SamlSettings, *, in_response_to: str, relay_state: str, binding: Binding
) -> OutgoingRequest:
    """Answer that what was asked for has been done. Raises ValueError as above."""
    client = client_for(settings)
    url = _response_address(settings, binding)
    asked = samlp.LogoutRequest(id=in_response_to, issuer=saml.Issuer(text=settings.idp.entity_id))
    response = client.create_logout_response(
        asked, bindings=[binding.value], sign=binding is Binding.POST
    )
    return outgoing(
        client,
        binding,
        "SAMLResponse",
        str(response),
        url,
        message_id="",
        relay_state=relay_state,
    )


def _address(settings: SamlSettings, binding: Binding) -> str:
    idp = settings.idp
    url = idp.slo_redirect_url if binding is Binding.REDIRECT else idp.slo_post_url
    if not url:
        raise ValueError(f"The identity provider has no sign-out address for {binding.name}")
    return url


def _response_address(settings: SamlSettings, binding: Binding) -> str:
    """Answers may have an address of their own (metadata, 2.2.2), else go where requests go."""
    url = _address(settings, binding)
    idp = settings.idp
    if binding is Binding.REDIRECT:
        return idp.slo_redirect_response_url or url
    return idp.slo_post_response_url or url


def verify_logout_request(
    settings: SamlSettings, arrived: Arrived, *, now: datetime
) -> LogoutRequest:
    """Whom the identity provider of this connection wants signed out. Raises `SamlRefused` only."""
    return _verified(settings, arrived, now, names.LOGOUT_REQUEST, _request)


def verify_logout_answer(
    settings: SamlSettings, arrived: Arrived, *, now: datetime
) -> LogoutAnswer:
    """What it says came of our request. Raises `SamlRefused` and nothing else.

    That `in_response_to` is a request of ours is left to the caller.
    """
    return _verified(settings, arrived, now, names.LOGOUT_RESPONSE, _answer)


class _Asked:
    """One message, the questions put to it and their answers so far."""

    def __init__(self, settings: SamlSettings, arrived: Arrived, now: datetime) -> None:
        self.settings = settings
        self.arrived = arrived
        self.now = now
        self.trail: list[Check] = []
        self.message: Message

    @property
    def root(self) -> etree._Element:
        return self.message.envelope.root

    def ask(self, name: CheckName, passed: bool, seen: str, expected: str, cause: Cause) -> None:
        self.trail.append(Check(name, passed, seen, expected))
        if not passed:
            raise SamlRefused(cause, seen=seen, expected=expected)


def _verified(
    settings: SamlSettings,
    arrived: Arrived,
    now: datetime,
    expected: str,
    read: Callable[[_Asked], Said],
) -> Said:
    asked = _Asked(settings, arrived, now)
    try:
        _judge(asked, expected)
        return read(asked)
    except SamlRefused as refusal:
        refusal.checks = tuple(asked.trail)
        raise
    except Exception as error:
        # As in `sso.saml.verify`: a message must never make a server error.
        logger.warning(
            "SAML logout message could not be judged",
            extra={"connection": settings.cache_key[0], "error": type(error).__name__},
        )
        raise SamlRefused(Cause.MALFORMED, checks=tuple(asked.trail)) from None


def _judge(asked: _Asked, expected: str) -> None:
    """What request and answer have in common. Cheapest first; the key before anything is read."""
    settings = asked.settings
    if not settings.idp.certificates:
        raise SamlRefused(Cause.NO_CERTIFICATE, seen="none", expected="at least one certificate")
    asked.message = Message(_guarded(asked, expected))
    root = asked.root
    issuers = guard.children(root, names.ISSUER)
    issuer = (issuers[0].text or "").strip() if issuers else ""
    is_entity = bool(issuers) and issuers[0].get("Format") in (None, names.ENTITY_FORMAT)
    asked.ask(
        CheckName.ISSUER,
        issuer == settings.idp.entity_id and is_entity,
        printable(issuer) or "no issuer",
        settings.idp.entity_id,
        Cause.WRONG_ISSUER,
    )
    _ask_signature(asked)
    destination = root.get("Destination")
    asked.ask(
        CheckName.DESTINATION,
        destination is not None and destination == settings.sp.slo_url,
        printable(destination) or "none",
        settings.sp.slo_url or "no address: single logout is off",
        Cause.WRONG_DESTINATION,
    )
    _ask_times(asked)


def _guarded(asked: _Asked, expected: str) -> guard.Envelope:
    wanted = etree.QName(expected).localname
    try:
        raw = reading.decode(asked.arrived.message)
        if asked.arrived.binding is Binding.REDIRECT:
            raw = reading.inflate(raw)
        envelope = guard.inspect(reading.parse(raw), expected=expected)
    except SamlRefused as refusal:
        asked.trail.append(Check(CheckName.FORMAT, False, refusal.seen, refusal.expected))
        raise
    asked.trail.append(Check(CheckName.FORMAT, True, wanted, wanted))
    return envelope


def _ask_signature(asked: _Asked) -> None:
    try:
        passed = _is_signed(asked)
    except SamlRefused as refusal:
        asked.trail.append(Check(CheckName.SIGNATURE, False, refusal.seen, refusal.expected))
        raise
    asked.ask(
        CheckName.SIGNATURE,
        passed,
        "matches" if passed else "matches none of our certificates",
        one_of(len(asked.settings.idp.certificates)),
        Cause.BAD_SIGNATURE,
    )


def _is_signed(asked: _Asked) -> bool:
    """By form the message is signed, by redirect the query string; what else is signed matches."""
    client = client_for(asked.settings)
    if asked.arrived.binding is Binding.REDIRECT:
        octets, algorithm, signature = query.signed_parts(asked.arrived.query)
        if not client.crypto.verify_octets(octets, algorithm, signature):
            return False
    elif not asked.message.envelope.signed:
        raise SamlRefused(Cause.UNSIGNED, seen="none", expected="a signature of the message")
    return client.confirm(asked.message)


def _ask_times(asked: _Asked) -> None:
    skew, now = asked.settings.clock_skew, asked.now
    issued, end = instant(asked.root.get("IssueInstant", "")), _end(asked.root)
    present = f"now {shown(now)}"
    asked.ask(
        CheckName.BEGINS,
        issued <= now + skew,
        f"from {shown(issued)}",
        present,
        Cause.NOT_YET_VALID,
    )
    asked.ask(CheckName.ENDS, now <= end + skew, f"until {shown(end)}", present, Cause.EXPIRED)


def _end(root: etree._Element) -> datetime:
    """The end it names, or five minutes: nobody's browser is longer under way."""
    lasts = instant(root.get("IssueInstant", "")) + LIFETIME
    own = root.get("NotOnOrAfter")
    return min(instant(own), lasts) if own else lasts


def _request(asked: _Asked) -> LogoutRequest:
    client = client_for(asked.settings)
    if asked.message.envelope.encrypted_name is not None and not client.open_name(asked.message):
        # A signature has vouched for the ciphertext: to say so gives nothing away.
        asked.ask(CheckName.SUBJECT, False, "", "a NameID, encrypted for us", Cause.CANNOT_DECRYPT)
    root = asked.root
    name_ids = guard.children(root, names.NAME_ID)
    text = (name_ids[0].text or "").strip() if name_ids else ""
    asked.ask(
        CheckName.SUBJECT,
        bool(text) and not len(name_ids[0]),
        "NameID" if name_ids else "no NameID",
        "a NameID of plain text",
        Cause.NO_SUBJECT,
    )
    indexes = tuple(
        (element.text or "").strip() for element in guard.children(root, names.SESSION_INDEX)
    )
    if len(indexes) > MAX_SESSION_INDEXES or "" in indexes:
        raise SamlRefused(
            Cause.MALFORMED,
            seen=f"{len(indexes)} session indexes",
            expected=f"≤ {MAX_SESSION_INDEXES}, none empty",
        )
    name_id = name_ids[0]
    return LogoutRequest(
        id=root.get("ID", ""),
        named=NamedSession(
            name_id=text,
            name_id_format=name_id.get("Format"),
            name_qualifier=name_id.get("NameQualifier"),
            sp_name_qualifier=name_id.get("SPNameQualifier"),
        ),
        session_indexes=indexes,
        not_on_or_after=_end(root),
        checks=tuple(asked.trail),
    )


def _answer(asked: _Asked) -> LogoutAnswer:
    root = asked.root
    in_response_to = root.get("InResponseTo", "")
    asked.ask(
        CheckName.REQUEST,
        bool(in_response_to),
        "an answer" if in_response_to else "no request",
        "an answer to our request",
        Cause.UNSOLICITED,
    )
    codes = [code.get("Value", "").rpartition(":")[2] for code in root.iter(f"{_P}StatusCode")]
    code = next(root.iterfind(f"{_P}Status/{_P}StatusCode"), None)
    # "PartialLogout" comes below Success: somebody else is still signed in somewhere.
    is_success = code is not None and code.get("Value") == names.SUCCESS and len(codes) == 1
    return LogoutAnswer(
        in_response_to=in_response_to,
        is_success=is_success,
        status=printable(" / ".join(codes)),
        checks=tuple(asked.trail),
    )
