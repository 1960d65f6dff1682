"""Forges the messages an identity provider sends, in the shapes real ones use.

The demo identity provider signs people in with it, and tests bend its output into
every hostile message they know. Built on lxml and xmlsec alone, so the portal's own
SAML code is never judged by itself.
"""

from sandbox.saml_messages.elements import new_id
from sandbox.saml_messages.keys import SigningIdentity, certificate_body
from sandbox.saml_messages.logouts import (
    LogoutMessage,
    build_logout_request,
    build_logout_response,
    parse_logout_form,
    parse_logout_redirect,
    parse_logout_url,
    redirect_query,
)
from sandbox.saml_messages.metadata import idp_metadata
from sandbox.saml_messages.names import (
    AES128_CBC,
    AES256_CBC,
    AES256_GCM,
    BEARER,
    DS,
    ECDSA_SHA256,
    EMAIL_ADDRESS,
    ENTITY,
    HTTP_POST,
    INCLUSIVE_C14N,
    MD,
    PASSWORD_PROTECTED,
    PERSISTENT,
    RESPONDER,
    RSA_1_5,
    RSA_SHA1,
    RSA_SHA256,
    SAML,
    SAMLP,
    SHA1,
    SHA256,
    SUCCESS,
    XENC,
)
from sandbox.saml_messages.requests import (
    IncomingRequest,
    RequestUnreadable,
    message_is_signed_by,
    parse_post_request,
    parse_redirect_request,
    redirect_is_signed_by,
)
from sandbox.saml_messages.responses import build_response
from sandbox.saml_messages.seals import encrypt_assertion, sign_element
from sandbox.saml_messages.shapes import ENTRA, OKTA, SHAPES, Shape

__all__ = [
    "AES128_CBC",
    "AES256_CBC",
    "AES256_GCM",
    "BEARER",
    "DS",
    "ECDSA_SHA256",
    "EMAIL_ADDRESS",
    "ENTITY",
    "ENTRA",
    "HTTP_POST",
    "INCLUSIVE_C14N",
    "MD",
    "OKTA",
    "PASSWORD_PROTECTED",
    "PERSISTENT",
    "RESPONDER",
    "RSA_1_5",
    "RSA_SHA1",
    "RSA_SHA256",
    "SAML",
    "SAMLP",
    "SHA1",
    "SHA256",
    "SHAPES",
    "SUCCESS",
    "XENC",
    "IncomingRequest",
    "LogoutMessage",
    "RequestUnreadable",
    "Shape",
    "SigningIdentity",
    "build_logout_request",
    "build_logout_response",
    "build_response",
    "certificate_body",
    "encrypt_assertion",
    "idp_metadata",
    "message_is_signed_by",
    "new_id",
    "parse_logout_form",
    "parse_logout_redirect",
    "parse_logout_url",
    "parse_post_request",
    "parse_redirect_request",
    "redirect_is_signed_by",
    "redirect_query",
    "sign_element",
]
