"""What a browser posts for an identity provider."""

from __future__ import annotations

from django.core.exceptions import (
    BadRequest,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
)
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError

from sso.causes import Cause
from sso.saml import SamlRefused


def posted(request: HttpRequest) -> dict[str, str]:
    """The form, of each field the last value. Raises `SamlRefused` for what can't be read, so that
    a page says why and Django's bare 400 does not."""
    try:
        return request.POST.dict()
    except (RequestDataTooBig, TooManyFieldsSent) as error:
        raise SamlRefused(Cause.TOO_LARGE) from error
    except (BadRequest, SuspiciousOperation, MultiPartParserError, UnreadablePostError) as error:
        raise SamlRefused(Cause.MALFORMED) from error
