"""Where requests come in: what a header may do before anybody could refuse it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.utils.http import parse_header_parameters


class Utf8Request(WSGIRequest):
    """A request in UTF-8, whatever `charset` its header claims: browsers send nothing else to our
    pages, and JSON is nothing else (RFC 8259).

    Django reads the address in that charset while it makes the request, before there is a handler
    that answers 400: one header with a codec that is none for text made a failure of any page.
    """

    def _set_content_type_params(self, meta: Mapping[str, Any]) -> None:
        header = meta.get("CONTENT_TYPE", "")
        try:
            self.content_type, self.content_params = parse_header_parameters(header)
        except ValueError:  # a parameter in a charset of its own (RFC 2231)
            self.content_type, self.content_params = header.partition(";")[0].strip().lower(), {}


class Utf8Handler(WSGIHandler):
    request_class = Utf8Request
