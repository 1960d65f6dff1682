"""The content policy goes out with every answer, and only form targets can be added to it."""

import pytest
from django.http import HttpResponse

from learning_portal.content_policy import HEADER, ContentPolicyMiddleware, allow_form_action


def directives(response):
    return dict(part.split(" ", 1) for part in response[HEADER].split("; "))


@pytest.mark.parametrize("path", ["/login/", "/healthz", "/nowhere", "/api/v1/me", "/console/"])
def test_every_answer_carries_the_policy(client, db, path):
    policy = directives(client.get(path))

    assert policy["default-src"] == "'self'"
    assert policy["form-action"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert "unsafe" not in str(policy)


def test_a_refused_host_is_answered_with_it_too(client, db):
    """The page says so wherever the request was going: past the pages' middlewares, too."""
    response = client.get("/scim/v2/Users", headers={"host": "evil.example"})

    assert response.status_code == 400
    assert directives(response)["frame-ancestors"] == "'none'"


def test_a_page_that_posts_to_an_identity_provider_names_it(rf):
    def view(request):
        response = allow_form_action(HttpResponse(), "https://idp.example")
        return allow_form_action(response, "https://login.idp.example")

    policy = directives(ContentPolicyMiddleware(view)(rf.get("/")))

    assert policy["form-action"] == "'self' https://idp.example https://login.idp.example"
    assert policy["default-src"] == "'self'"


def test_one_page_does_not_open_the_next(rf):
    middleware = ContentPolicyMiddleware(
        lambda request: (
            allow_form_action(HttpResponse(), "https://idp.example")
            if request.path == "/first"
            else HttpResponse()
        )
    )
    middleware(rf.get("/first"))

    assert directives(middleware(rf.get("/second")))["form-action"] == "'self'"


@pytest.mark.parametrize(
    "origin",
    [
        "https://idp.example;script-src",
        "https://idp.example, script-src *",
        "https://idp.example script-src",
        "https://*",
        "*",
        "'unsafe-inline'",
        "https://ïdp.example",
    ],
)
def test_an_origin_that_would_say_more_than_a_host_says_nothing(rf, origin):
    def view(request):
        return allow_form_action(allow_form_action(HttpResponse(), origin), "https:")

    policy = directives(ContentPolicyMiddleware(view)(rf.get("/")))

    assert policy["form-action"] == "'self' https:"
    assert set(policy) == {
        "default-src",
        "base-uri",
        "object-src",
        "frame-ancestors",
        "form-action",
    }
