"""How a mail is written, and that every mail says why it was sent."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from smtplib import SMTPServerDisconnected
from typing import Any

import pytest
from django.core.mail import EmailMultiAlternatives

from accounts.mail import MailNotSent, paragraphs, portal_address, send_mail_to, spoken_of
from accounts.models import Organization, User
from accounts.names import one_line
from tests.design.files import APPS, ROOT, TEMPLATES

WHY = "You get this mail because this test sends it."
HOSTILE = "Ana\r\n\r\nhttp://127.0.0.1:8000/evil\u2028Pay\u202e here"


@pytest.fixture
def ana(acme: Organization, make_user: Any) -> User:
    user: User = make_user("ana", email="ana@acme.example")
    return user


@pytest.fixture
def written(tmp_path: Path, settings: Any) -> Any:
    """A template of this test's own; answers its name."""
    options = settings.TEMPLATES
    settings.TEMPLATES = [{**options[0], "DIRS": [*options[0]["DIRS"], tmp_path]}]

    def write(text: str) -> str:
        (tmp_path / "some_mail.txt").write_text(text)
        return "some_mail"

    return write


def html_of(mail: Any) -> str:
    assert isinstance(mail, EmailMultiAlternatives)
    ((content, kind),) = mail.alternatives
    assert kind == "text/html"
    return str(content)


class TestOneMail:
    @pytest.mark.parametrize("said", [ConnectionRefusedError(), SMTPServerDisconnected("bye")])
    def test_that_doesn_t_leave_says_so_to_its_job(
        self, ana: User, written: Any, monkeypatch: pytest.MonkeyPatch, said: Exception
    ) -> None:
        def away(*_mail: Any, **_options: Any) -> None:
            raise said

        monkeypatch.setattr(EmailMultiAlternatives, "send", away)

        with pytest.raises(MailNotSent) as refused:
            send_mail_to(ana, "A subject", written("Hello"), why=WHY)

        assert refused.value.__cause__ is said

    def test_says_the_same_as_text_and_as_html(
        self, ana: User, written: Any, mailoutbox: list[Any]
    ) -> None:
        template = written(
            "Hello {{ person.get_short_name }} of {{ organization.name }},\n\n\n\n"
            "look <here>:\n{{ address }}\n"
        )

        send_mail_to(
            ana, "A subject", template, why=WHY, address=portal_address("/console/directory/")
        )

        (mail,) = mailoutbox
        link = "http://127.0.0.1:8000/console/directory/"
        assert mail.body == f"Hello Ana of Acme,\n\nlook <here>:\n{link}\n\n{WHY}\n"
        html = html_of(mail)
        for part in ("Hello Ana of Acme,", "look &lt;here&gt;:", f'<a href="{link}">', WHY):
            assert part in html
        assert mail.message().get_content_type() == "multipart/alternative"
        assert mail.to == ["ana@acme.example"]
        assert mail.message()["Auto-Submitted"] == "auto-generated"

    def test_goes_to_an_address_that_belongs_to_nobody_yet(
        self, acme: Organization, written: Any, mailoutbox: list[Any]
    ) -> None:
        template = written("{% if person %}known{% else %}Hello from {{ organization }}{% endif %}")

        send_mail_to("new@acme.example", "A subject", template, why=WHY, organization=acme)

        assert mailoutbox[0].to == ["new@acme.example"]
        assert mailoutbox[0].body.startswith("Hello from Acme\n")

    def test_needs_an_address(self, ana: User, written: Any) -> None:
        ana.email = ""

        with pytest.raises(ValueError, match="an address"):
            send_mail_to(ana, "A subject", written("Hello"), why=WHY)

    def test_no_name_ends_a_line(self, ana: User, written: Any, mailoutbox: list[Any]) -> None:
        ana.first_name = HOSTILE
        template = written(
            "{% autoescape off %}Hello {{ person.get_short_name }},\n"
            "{% for each in names %}{{ each }}{% endfor %} {{ facts.first }} {{ other.0 }}"
            "{% endautoescape %}"
        )

        send_mail_to(
            ana,
            f"From {HOSTILE}",
            template,
            why=f"Because of {HOSTILE}.",
            names=[HOSTILE],
            facts={"first": HOSTILE},
            other=(HOSTILE,),
        )

        (mail,) = mailoutbox
        said = "Ana http://127.0.0.1:8000/evil Pay here"
        assert mail.subject == f"From {said}"
        assert mail.body == (f"Hello {said},\n{said} {said} {said}\n\nBecause of {said}.\n")
        assert 'href="http://127.0.0.1:8000/evil' not in html_of(mail)

    def test_only_addresses_of_this_portal_become_links(self, settings: Any) -> None:
        settings.PORTAL_BASE_URL = "https://learning.example"

        (lines,) = paragraphs(
            "https://learning.example/a\nhttps://learning.example.evil/a\nhttps://evil.example/"
        )

        assert [line.is_link for line in lines] == [True, False, False]

    def test_moments_and_numbers_stay_what_they_are(self, ana: User) -> None:
        person = spoken_of(ana)

        assert person.created_at is ana.created_at
        assert person.deactivated_at is None
        assert str(person) == "Ana Test"
        assert person.organization.name == "Acme"

    def test_fetches_nothing_and_is_read_in_the_dark(
        self, ana: User, written: Any, mailoutbox: list[Any]
    ) -> None:
        send_mail_to(ana, "A subject", written("Hello"), why=WHY)

        html = html_of(mailoutbox[0])
        assert re.findall(r"<(?:img|script|link|iframe|object)\b|url\(|@import", html) == []
        assert "prefers-color-scheme: dark" in html
        assert 'name="color-scheme" content="light dark"' in html


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("  Ana \t Lind ", "Ana Lind"),
        ("Ana\x00\x07\x1b[2J", "Ana [2J"),
        ("می‌خواهم", "می‌خواهم"),
        ("\u2066Ana\u2069", "Ana"),
    ],
)
def test_one_line_keeps_what_only_joins_letters(text: str, line: str) -> None:
    assert one_line(text) == line


def calls(function_names: set[str]) -> Iterator[ast.Call]:
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                named = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
                if named and node.func.id in function_names:
                    yield node


# Those that pass `why` themselves, and helpers of theirs that only add where it leads.
SENDERS = {"send_mail_to", "write_to_full_admins", "_write_to_admins"}


def named_in_code() -> set[str]:
    return {
        f"{value.value}.txt"
        for call in calls(SENDERS)
        for value in [*call.args, *(keyword.value for keyword in call.keywords)]
        if isinstance(value, ast.Constant)
        and isinstance(value.value, str)
        and value.value.endswith("_mail")
    }


def test_every_template_of_a_mail_is_sent_by_the_function_that_says_why() -> None:
    templates = {str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*_mail*.txt")}

    assert templates == named_in_code()


def test_every_call_says_why() -> None:
    told = [
        {keyword.arg for keyword in call.keywords} >= {"why"} for call in calls({"send_mail_to"})
    ]

    assert told
    assert all(told)


def test_nothing_else_writes_mail() -> None:
    writers = {
        str(path.relative_to(ROOT))
        for app in APPS
        for path in (ROOT / app).rglob("*.py")
        if re.search(r"(from|import) django\.core\.mail", path.read_text())
    }

    assert writers == {"accounts/mail.py"}
