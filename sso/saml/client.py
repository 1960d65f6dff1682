"""pysaml2's client, built once per connection and version, judging from memory.

pysaml2 stays the judge: its response class, its signature orchestration and its checks
of status, conditions and subject run as they are. What is replaced is how often they
read the message (once), where the keys come from (the connection, loaded once) and
what computes (libxml2 and libxmlsec in this process).
"""

import logging
import threading
from collections import OrderedDict
from types import FunctionType
from typing import Any

from djangosaml2.overrides import Saml2Client
from saml2 import BINDING_HTTP_POST, SAMLError, sigver
from saml2.config import SPConfig
from saml2.response import AuthnResponse
from saml2.sigver import DecryptError, SecurityContext, SignatureError
from saml2.xml.schema import XMLSchemaError

from sso.saml import names
from sso.saml.crypto import InProcessCrypto, OwnSigner, PinnedCertificates
from sso.saml.descriptors import idp_metadata
from sso.saml.pem import certificate_body
from sso.saml.values import SamlSettings
from sso.saml.wire import Message, WireText

MAX_CLIENTS = 256

# pysaml2 logs names, attributes and whole messages, at any level. What we have to say
# about a message is logged by us, without personal data.
logging.getLogger("saml2").setLevel(logging.CRITICAL + 1)


def _require_guarded(document: str) -> None:
    """In place of pysaml2's schema check: the guard has done it on the same tree."""
    if not isinstance(document, WireText):
        raise XMLSchemaError("Only a message off the wire can be verified")


class InProcessSecurity(SecurityContext):  # type: ignore[misc]  # pysaml2 is untyped
    """pysaml2's security context with pinned keys and the tree it was given."""

    # pysaml2's own code, reading one name differently: the schema check.
    _check_signature = FunctionType(
        SecurityContext._check_signature.__code__,
        {**vars(sigver), "validate_doc_with_schema": _require_guarded},
        "_check_signature",
        SecurityContext._check_signature.__defaults__,
    )

    def correctly_signed_response(
        self,
        decoded_xml: WireText,
        must: bool = False,
        origdoc: WireText | None = None,
        only_valid_cert: bool = False,
        require_response_signature: bool = False,
        **kwargs: Any,
    ) -> Any:
        """As pysaml2 does it, on the response that was read already."""
        response = decoded_xml.message.response
        if response.signature:
            self._check_signature(decoded_xml, response, names.RESPONSE_CLASS, origdoc)
        elif require_response_signature:
            raise SignatureError("Signature missing for response")
        return response


class OnceResponse(AuthnResponse):  # type: ignore[misc]  # pysaml2 is untyped
    """pysaml2's judgement of a response whose schema is known to hold."""

    def _postamble(self) -> Any:
        # Without `valid_instance`, pysaml2's own walk over types and cardinalities: the
        # guard has checked this tree against the schema those are made from.
        self.in_response_to = self.response.in_response_to
        return self


class InProcessClient(Saml2Client):  # type: ignore[misc]  # djangosaml2 is untyped
    """One connection's client. Holds no state of any sign-in, so threads may share it."""

    def __init__(self, settings: SamlSettings) -> None:
        super().__init__(config=_sp_config(settings))
        trusted = PinnedCertificates(settings.idp.entity_id, settings.idp.certificates)
        self.crypto = InProcessCrypto(trusted, settings.sp)
        self.sec = InProcessSecurity(
            self.crypto,
            metadata=trusted,
            only_use_keys_in_metadata=True,
            enc_key_files=self.crypto.own_key_names,
            sec_backend=OwnSigner(settings.sp.key_pem),
        )
        # Goes into the KeyInfo of what we sign, for identity providers that look there.
        self.sec.my_cert = certificate_body(settings.sp.certificate_pem)
        self.users = _Nobody()

    def confirm(self, message: Message) -> bool:
        """Whether every signature in the message matches a pinned key."""
        return all(
            message.is_verified(element) or self.crypto.verify(message, element)
            for element in message.envelope.signed
        )

    def open(self, message: Message) -> bool:
        """Decrypt the assertion, with whichever of our keys it was encrypted for."""
        try:
            self.sec.decrypt(message.text)
        except DecryptError:
            return False
        return True

    def open_name(self, message: Message) -> bool:
        """Decrypt the NameID, once the assertion around it is vouched for."""
        return self.crypto.open_name(message)

    def judge(self, message: Message) -> Any:
        """pysaml2's verdict: its response object, or one of its exceptions.

        Whether the request is known is for the caller to say, so any InResponseTo counts
        as outstanding here.
        """
        in_response_to = message.response.in_response_to
        return self.parse_authn_request_response(
            message.text,
            BINDING_HTTP_POST,
            outstanding={in_response_to: "/"} if in_response_to else None,
            # Makes pysaml2 compare the Recipient; there is no address to compare.
            conv_info={"remote_addr": "0.0.0.0"},  # noqa: S104  pysaml2's word for "any"
        )

    def _parse_response(
        self,
        xmlstr: WireText,
        response_cls: type[AuthnResponse],
        service: str,
        binding: str,
        outstanding_certs: Any = None,
        **kwargs: Any,
    ) -> Any:
        # pysaml2 loads twice, to find out by failing whether the response is signed. The
        # guard knows, and "response or assertion" becomes a plain demand on one of them;
        # a signature on the other is checked all the same.
        is_signed = xmlstr.message.envelope.response_is_signed
        kwargs["want_response_signed"] = is_signed
        kwargs["want_assertions_signed"] = not is_signed
        response = OnceResponse(self.sec, timeslack=self.config.accepted_time_diff, **kwargs)
        response.loads(xmlstr, False, origxml=xmlstr)
        response.verify()
        return response


class _Nobody:
    """pysaml2 remembers everybody who signed in; a shared client must not."""

    def add_information_about_person(self, session_info: object) -> None:
        pass


class ClientCache:
    """Keeps the most recently used clients, each for the settings it was built from."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._lock = threading.Lock()
        self._clients: OrderedDict[tuple[str, int], tuple[SamlSettings, InProcessClient]] = (
            OrderedDict()
        )

    def __len__(self) -> int:
        return len(self._clients)

    def get(self, settings: SamlSettings) -> InProcessClient:
        """The client for these settings. A key used with other settings is built anew."""
        key = settings.cache_key
        with self._lock:
            kept = self._clients.get(key)
            if kept is not None and kept[0] == settings:
                self._clients.move_to_end(key)
                return kept[1]
        # Outside the lock: building takes milliseconds, and losing a race costs no more.
        client = InProcessClient(settings)
        with self._lock:
            self._clients[key] = (settings, client)
            self._clients.move_to_end(key)
            while len(self._clients) > self._size:
                self._clients.popitem(last=False)
        return client


_clients = ClientCache(MAX_CLIENTS)


def client_for(settings: SamlSettings) -> InProcessClient:
    """This process's client for a connection and version."""
    return _clients.get(settings)


def _sp_config(settings: SamlSettings) -> SPConfig:
    config = SPConfig()
    try:
        config.load(
            {
                "entityid": settings.sp.entity_id,
                "crypto_backend": "XMLSecurity",  # the one that looks for no binary
                "metadata": {"inline": [idp_metadata(settings.idp).decode()]},
                "allow_unknown_attributes": True,
                "only_use_keys_in_metadata": True,
                "accepted_time_diff": int(settings.clock_skew.total_seconds()),
                "service": {
                    "sp": {
                        # Here, not one level up, where pysaml2 reads them never and
                        # falls back to SHA-1.
                        "signing_algorithm": names.RSA_SHA256,
                        "digest_algorithm": names.SHA256,
                        "allow_unsolicited": settings.allow_unsolicited,
                        "authn_requests_signed": settings.sign_requests,
                        "hide_assertion_consumer_service": not settings.include_acs_url,
                        "logout_requests_signed": True,
                        "logout_responses_signed": True,
                        "want_response_signed": False,
                        "want_assertions_signed": False,
                        "want_assertions_or_response_signed": True,
                        "endpoints": {
                            "assertion_consumer_service": [(settings.sp.acs_url, BINDING_HTTP_POST)]
                        },
                    }
                },
            }
        )
    except SAMLError as error:
        raise ValueError("These settings make no SAML configuration") from error
    # Attributes are read under the names the message gives them.
    config.attribute_converters = []
    return config
