"""HTTP in, a handler, HTTP out; and a line in the log, whatever came of it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import TooManyFieldsSent
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django_scim.constants import SCIM_CONTENT_TYPE

from audit.context import current_context
from provisioning.authentication import Directory, authenticate
from provisioning.calls import Answer, Call, Method, Methods, Part
from provisioning.causes import NO_ENDPOINT
from provisioning.crowding import taking_a_thread
from provisioning.dialects import Dialect, recognize
from provisioning.errors import (
    InvalidValue,
    MethodNotAllowed,
    RateExceeded,
    ScimError,
    TokenEnded,
    Unexpected,
)
from provisioning.log import masked_changes, recorder
from provisioning.messages import read_body, write_json
from provisioning.models import Operation, ProvisioningLogEntry, ScimToken
from provisioning.newcomers import newcomer_of
from provisioning.paging import Query
from provisioning.people import parse_id
from provisioning.rate_limit import (
    REFUSED_LISTED,
    count_call,
    count_ended_token,
    count_refused_call,
)
from provisioning.rehearsal import is_rehearsal
from provisioning.schema import ResourceType

logger = logging.getLogger(__name__)

View = Callable[..., HttpResponse]

# Nobody opens an answer as a page; a browser that is made to shows the bare text.
NOTHING_ALLOWED = "default-src 'none'; frame-ancestors 'none'"


def endpoint(methods: Methods, resource_type: ResourceType | None = None) -> View:
    """A view that does for each method what `methods` says, for whoever brings a token."""

    def view(request: HttpRequest, id: str = "") -> HttpResponse:
        started = time.perf_counter()
        name = "GET" if request.method == "HEAD" else request.method or ""
        method = methods.get(name)
        directory: Directory | None = None
        ended: ScimToken | None = None
        is_listed = not is_rehearsal()
        body: Any = None
        dialect = Dialect.OTHER
        try:
            directory = authenticate(request)
            if is_listed:
                count_call(directory.organization.pk)
            with taking_a_thread(directory.organization.pk) if is_listed else nullcontext():
                if method is None:
                    raise MethodNotAllowed(name, methods)
                if method.takes_body:
                    body = read_body(request, method.max_bytes)
                query_string = request.META.get("QUERY_STRING", "")
                dialect = recognize(current_context().client, body, query_string)
                call = Call(
                    directory=directory,
                    query=_query(request, method),
                    id=id,
                    body=body,
                    if_match=request.META.get("HTTP_IF_MATCH", ""),
                    if_none_match=request.META.get("HTTP_IF_NONE_MATCH", ""),
                    dialect=dialect,
                )
                answer = method.run(call)
        except TokenEnded as error:
            answer, ended = Answer.refusal(error), error.token
        except RateExceeded as error:
            assert directory is not None  # whose calls are counted
            answer, is_listed = _beyond_limit(directory, error)
        except ScimError as error:
            answer = Answer.refusal(error)
        except Exception:
            logger.exception("A call of a directory failed")
            answer = Answer.refusal(Unexpected())
        operation = method.operation if method else Operation.OTHER
        if directory is None and ended is not None:
            _log_in_vain(ended, Part(name, operation, "", "", answer), request)
        if directory is not None and is_listed:
            kind = resource_type.name if resource_type else ""
            newcomer = newcomer_of(body) if operation is Operation.CREATE else ""
            whole = Part(name, operation, kind, id, answer, newcomer)
            milliseconds = round((time.perf_counter() - started) * 1000)
            for part in (whole, *answer.parts):
                recorder.add(_log_row(directory, part, dialect, milliseconds))
        return respond(answer)

    return csrf_exempt(login_not_required(view))


# What most calls ask that name one resource.
_NOTHING_ASKED = Query()


def _query(request: HttpRequest, method: Method) -> Query:
    """The query in the address. Raises `InvalidValue`, `InvalidCursor`."""
    if not request.META.get("QUERY_STRING"):
        return _NOTHING_ASKED
    try:
        parameters = request.GET
    except TooManyFieldsSent as error:
        raise InvalidValue("The address has too many parameters.") from error
    return method.read_query(parameters)


def respond(answer: Answer) -> HttpResponse:
    """The answer over HTTP. Nothing of it may lie in a cache: it is for this directory alone."""
    content = b"" if answer.body is None else write_json(answer.body)
    response = HttpResponse(content, status=answer.status, content_type=SCIM_CONTENT_TYPE)
    if answer.body is None:
        del response.headers["Content-Type"]
    else:
        # A proxy that speaks HTTP/1.0 would take an answer that broke off for a whole one.
        response.headers["Content-Length"] = str(len(content))
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Security-Policy"] = NOTHING_ALLOWED
    for name, value in answer.headers.items():
        response.headers[name] = value
    return response


def _beyond_limit(directory: Directory, error: RateExceeded) -> tuple[Answer, bool]:
    """The answer, and whether it has a line in the log: nobody fills it by calling too often."""
    count = count_refused_call(directory.organization.pk)
    subject = f"{count} calls in a minute" if count > REFUSED_LISTED else ""
    return replace(Answer.refusal(error), subject=subject), count > 0


def _log_in_vain(token: ScimToken, part: Part, request: HttpRequest) -> None:
    """A line for the organization whose token opens nothing any more: what called is a directory
    that somebody has to tell of the new one. Whom the call was about, nobody has read."""
    count = count_ended_token(token.pk)
    if not count:
        return
    answer = replace(
        part.answer, subject=str(token) if count == 1 else f"{token}, {count} calls in a minute"
    )
    dialect = recognize(current_context().client, None, request.META.get("QUERY_STRING", ""))
    recorder.add(_log_row(token, replace(part, answer=answer), dialect, 0))


def _log_row(
    speaker: Directory | ScimToken, part: Part, dialect: Dialect, milliseconds: int
) -> ProvisioningLogEntry:
    context = current_context()
    answer = part.answer
    error = answer.body if answer.status >= 400 and answer.body else {}
    row = ProvisioningLogEntry(
        organization_id=speaker.organization.pk,
        token_id=speaker.token_id if isinstance(speaker, Directory) else speaker.pk,
        method=part.method[:8],
        operation=part.operation,
        resource_type=part.resource_type,
        resource_id=answer.resource_id or parse_id(part.id),
        newcomer=part.newcomer,
        subject=answer.subject[:255],
        status=answer.status,
        scim_type=NO_ENDPOINT if answer.is_nowhere else error.get("scimType", ""),
        detail=error.get("detail", "")[:500],
        changes=masked_changes(answer.changes),
        milliseconds=milliseconds,
        dialect=dialect,
        client=context.client,
        address=context.address,
        request_id=context.request_id,
    )
    if row.resource_id is None:
        row.holder = answer.holder
    return row
