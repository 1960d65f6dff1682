"""A header that claims a charset is no failure of ours, signed in or not."""

from __future__ import annotations

import io
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest

from learning_portal.wsgi import application

pytestmark = pytest.mark.django_db

CHARSETS = ("rot13", "base64", "undefined", "idna", "utf-16", "nonsense", "utf-8")
HEADERS = [
    *(f"application/json; charset={charset}" for charset in CHARSETS),
    "application/json; charset*=nonsense''%ff",
    "application/json; x*=undefined''%ff",
    "text/plain; x*=idna'x'%ff",
    ";",
]


def answer(path: str, content_type: str, query: str = "") -> int:
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "CONTENT_TYPE": content_type,
        "HTTP_HOST": "testserver",
        "wsgi.input": io.BytesIO(),
    }
    setup_testing_defaults(environ)
    # As the application does it, without its signals, which close the test's database.
    return application.get_response(application.request_class(environ)).status_code


@pytest.mark.parametrize("content_type", HEADERS)
@pytest.mark.parametrize(("path", "status"), [("/login/", 200), ("/scim/v2/Users", 401)])
def test_whatever_the_header_claims(path: str, status: int, content_type: str) -> None:
    assert answer(path, content_type, "next=%C3%A9") == status


@pytest.mark.parametrize("content_type", HEADERS)
def test_parameters_without_end_are_refused_and_no_failure(content_type: str) -> None:
    endless = "&".join(f"p{number}=1" for number in range(1_100))

    assert answer("/login/", content_type, endless) == 400
