"""The demo's mailbox: what the portal sends is kept, shown, and can be followed."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.mail import EmailMultiAlternatives, get_connection
from django.test import Client
from django.utils import timezone

from sandbox import mailbox
from sandbox.mailbox import letter, letters

LINK = "http://127.0.0.1:8000/invitation/abc/"
HTML = "<!doctype html><html><style>p{}</style><body><p>Grüße</p><script>1</script></body></html>"


@pytest.fixture
def send(folder: Path) -> Callable[..., None]:
    """The demo's way out, from an empty mailbox."""
    shutil.rmtree(folder / "mail", ignore_errors=True)
    connection = get_connection("sandbox.mailbox.MailboxBackend")

    def send(subject: str = "Come in", text: str = f"Grüße,\n{LINK}\n", html: str = HTML) -> None:
        mail = EmailMultiAlternatives(subject, text, "Portal <a@b.example>", ["ana@acme.example"])
        if html:
            mail.attach_alternative(html, "text/html")
        assert connection.send_messages([mail]) == 1

    return send


def text(response: Any) -> str:
    return str(response.content.decode())


def test_mail_is_listed_newest_first(send: Callable[..., None], sandbox: Client) -> None:
    assert "No mail yet" in text(sandbox.get("/mail/"))
    send("The first one")
    send("The second <one>")

    page = text(sandbox.get("/mail/"))

    assert page.index("The second &lt;one&gt;") < page.index("The first one")
    assert "To ana@acme.example" in page


def test_a_mail_is_shown_with_links_of_the_portal_to_follow(
    send: Callable[..., None], sandbox: Client
) -> None:
    send(text=f"Grüße,\n{LINK}\nhttps://elsewhere.example/\n<script>alert(1)</script>\n")
    (kept,) = letters()

    page = text(sandbox.get(f"/mail/{kept.name}/"))

    assert "Grüße," in page
    assert f'<a href="{LINK}">' in page
    assert 'href="https://elsewhere.example/"' not in page
    assert "&lt;script&gt;" in page
    assert f'href="/mail/{kept.name}/html"' in page


def test_html_is_shown_where_nothing_of_it_runs_or_loads(
    send: Callable[..., None], sandbox: Client
) -> None:
    send()
    (kept,) = letters()

    response = sandbox.get(f"/mail/{kept.name}/html")

    assert "Grüße" in text(response)
    policy = response.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "script-src" not in policy
    assert "; sandbox allow-top-navigation;" in policy
    # echo -n 'p{}' | openssl sha256 -binary | base64
    assert policy.endswith("style-src 'sha256-gG2yISYereRMiG2lMXrbiUgi0Ubw9p7QCeWcroOvy9Y='")


def test_a_mail_without_html_has_none_to_show(send: Callable[..., None], sandbox: Client) -> None:
    send(html="")
    (kept,) = letters()

    assert "See its HTML" not in text(sandbox.get(f"/mail/{kept.name}/"))
    assert sandbox.get(f"/mail/{kept.name}/html").status_code == 404


@pytest.mark.parametrize("name", ["nobody", "0" * 20, f"{'0' * 20}-deadbeef"])
def test_other_names_are_no_mail(
    send: Callable[..., None], sandbox: Client, folder: Path, name: str
) -> None:
    send()
    (folder / "mail" / "nobody.eml").write_text("Subject: not a mail of ours\n\n")

    assert letter(name) is None
    response = sandbox.get(f"/mail/{name}/")
    assert response.status_code == 404
    assert "<h1>Nothing here</h1>" in text(response)
    (folder / "mail" / "nobody.eml").unlink()


def test_the_newest_are_kept(send: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailbox, "KEPT", 2)
    for number in range(4):
        send(f"Number {number}")

    assert [each.subject for each in letters()] == ["Number 3", "Number 2"]


def test_only_its_owner_reads_a_mail(send: Callable[..., None], folder: Path) -> None:
    send()

    (path,) = (folder / "mail").glob("*.eml")
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0


def test_moments_are_those_of_utc_wherever_the_machine_stands(
    send: Callable[..., None], sandbox: Client
) -> None:
    with time_machine.travel("2026-11-26T10:36:47Z", tick=False):
        send()
    (kept,) = letters()

    with timezone.override("America/Chicago"):
        for page in ("/mail/", f"/mail/{kept.name}/"):
            assert "26 Nov 2026, 10:36:47 UTC" in text(sandbox.get(page))
