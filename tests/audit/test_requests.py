"""What is known of a request: its id, and the address it really came from."""

import json
import logging
import sys

import pytest
from django.db import transaction
from django.http import HttpResponse

from audit.addresses import client_address
from audit.context import RequestContext, current_context, request_context
from audit.logging import JsonFormatter, RequestIdFilter
from audit.middleware import RequestContextMiddleware


@pytest.fixture
def seen(rf):
    """The context in which a request's view runs, and the response."""

    def run(**headers):
        contexts = []

        def view(request):
            contexts.append(current_context())
            return HttpResponse()

        response = RequestContextMiddleware(view)(rf.get("/", **headers))
        return contexts[0], response

    return run


def test_every_request_has_an_id_of_ours_that_the_answer_carries(seen):
    first, response = seen(HTTP_X_REQUEST_ID="chosen-by-the-client")
    second, _response = seen()

    assert response["X-Request-ID"] == first.request_id
    assert first.request_id != second.request_id
    assert first.request_id != "chosen-by-the-client"
    assert current_context() == RequestContext()


def test_the_name_of_the_browser_is_cut_to_its_column(seen):
    context, _response = seen(HTTP_USER_AGENT="x" * 1000)

    assert context.client == "x" * 255


@pytest.mark.parametrize(
    ("proxies", "forwarded", "direct", "expected"),
    [
        # Nobody is believed without a proxy of ours.
        (0, "203.0.113.9", "192.0.2.1", "192.0.2.1"),
        # The one proxy wrote the last entry; what stands left of it, the client wrote.
        (1, "203.0.113.9", "10.0.0.1", "203.0.113.9"),
        (1, "1.2.3.4, 203.0.113.9", "10.0.0.1", "203.0.113.9"),
        (2, "1.2.3.4, 203.0.113.9, 10.0.0.2", "10.0.0.1", "203.0.113.9"),
        # The request went around a proxy.
        (2, "203.0.113.9", "10.0.0.1", "10.0.0.1"),
        (1, "", "10.0.0.1", "10.0.0.1"),
        # What proxies write.
        (1, "203.0.113.9:51234", "10.0.0.1", "203.0.113.9"),
        (1, "[2001:db8::7]:51234", "10.0.0.1", "2001:db8::7"),
        (1, "2001:db8::7", "10.0.0.1", "2001:db8::7"),
        (1, "::ffff:203.0.113.9", "10.0.0.1", "203.0.113.9"),
        (1, "unknown", "10.0.0.1", "10.0.0.1"),
        (0, "", "fe80::1%eth0", "fe80::1"),
        # A socket without a name.
        (0, "", "", None),
        (1, "203.0.113.9", "", "203.0.113.9"),
    ],
)
def test_an_address_is_believed_only_from_our_own_proxies(
    rf, settings, proxies, forwarded, direct, expected
):
    settings.PORTAL_PROXY_COUNT = proxies
    request = rf.get("/", REMOTE_ADDR=direct, HTTP_X_FORWARDED_FOR=forwarded)

    assert client_address(request) == expected


# Log lines


def line(record):
    RequestIdFilter().filter(record)
    return json.loads(JsonFormatter().format(record))


def make_record(message="something happened", *, exc_info=None, **extra):
    return logging.getLogger("portal.test").makeRecord(
        "portal.test", logging.WARNING, "file.py", 1, message, (), exc_info, extra=extra or None
    )


def test_a_line_is_one_json_object_with_the_id_of_its_request():
    with request_context(RequestContext(request_id="r7", address="192.0.2.7")):
        answer = line(make_record(cause="audience"))

    assert answer["request_id"] == "r7"
    assert answer["message"] == "something happened"
    assert answer["level"] == "warning"
    assert answer["cause"] == "audience"


def test_outside_of_a_request_a_line_says_so():
    assert line(make_record())["request_id"] == "-"


def raised(act):
    try:
        act()
    except Exception:
        return line(make_record(exc_info=sys.exc_info(), request="<everything>"))
    raise AssertionError("nothing was raised")


def test_a_line_keeps_where_an_error_was_raised_and_not_the_request():
    address = "ana@acme.example"

    def act():
        raise ValueError(f"{address} is no number")

    answer = raised(act)

    assert "in act" in answer["exception"]
    assert answer["exception"].endswith("ValueError")
    assert "request" not in answer
    assert address not in answer["exception"]


def test_a_line_says_what_is_wrong_with_the_code():
    assert "has no attribute 'fly'" in raised(lambda: object().fly)["exception"]


def test_a_database_names_no_row_in_the_log(make_user):
    """PostgreSQL: `Key (organization_id, user_name_key)=(…, ana@acme.example) already exists`."""
    ana = make_user("ana@acme.example")

    with transaction.atomic():
        answer = raised(lambda: ana.save(force_insert=True))["exception"]
        transaction.set_rollback(True)

    assert "IntegrityError" in answer
    assert "Then:" in answer
    assert "ana@acme.example" not in answer
    assert str(ana.pk) not in answer


def test_a_fact_that_is_not_json_is_written_as_text():
    assert line(make_record(fact={1}))["fact"] == "{1}"


def test_djangos_lines_have_the_id_and_leave_out_the_address(client, db, caplog):
    """They are written when the request is over, and its address names an organization."""
    response = client.get("/o/no-such-organization-é/login/")

    (record,) = [each for each in caplog.records if each.name == "django.request"]
    answer = line(record)
    assert answer["message"] == "Not Found: …"
    assert answer["status_code"] == 404
    assert answer["request_id"] == response["X-Request-ID"]


def test_a_line_about_a_request_may_have_a_percent_sign(rf):
    assert line(make_record("100% of it", request=rf.get("/")))["message"] == "100% of it"


def test_the_handler_of_the_portal_writes_such_lines(settings):
    handler = settings.LOGGING["handlers"]["stderr"]

    assert handler["filters"] == ["request_id"]
    assert handler["formatter"] == "json"
    assert settings.LOGGING["root"]["handlers"] == ["stderr"]


def test_signing_in_and_failing_to_writes_nothing_about_the_person(client, make_user, caplog):
    make_user("mara", email="mara@acme.example", password="correct horse battery staple")
    caplog.set_level(logging.DEBUG)
    # What Django prints of statements when asked for debugging is not the portal's own.
    logging.getLogger("django.db.backends").setLevel(logging.INFO)

    for password in ("wrong horse battery", "correct horse battery staple"):
        client.post("/login/", {"email": "mara@acme.example", "password": password})
    client.get("/account/")
    client.post("/logout/")

    text = " ".join(line(record).__repr__() for record in caplog.records)
    for secret in ("mara", "acme.example", "horse", "127.0.0.1"):
        assert secret not in text
