"""Everybody's mailbox: mail the portal sends in the demo is kept here, and shown.

The portal's processes write, the sandbox's own reads: one file for each mail.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import re
import secrets
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage as Parsed
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from sandbox import places

# The newest are kept, and all of them are shown.
KEPT = 200
_NAME = re.compile(r"[0-9]{20}-[0-9a-f]{8}")
_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
# Nothing of a mail runs, loads or sends; its own style sheet is let in by what it says.
_POLICY = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "sandbox allow-top-navigation; style-src {style}"
)


class MailboxBackend(BaseEmailBackend):
    """Django's way out for mail: `EMAIL_URL=sandboxmail://` names it."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            _keep(message.message().as_bytes())
        return len(email_messages)


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail, as its reader sees it."""

    name: str
    sent_at: datetime
    sender: str
    recipients: str
    subject: str
    text: str
    html: str

    @property
    def lines(self) -> list[tuple[str, bool]]:
        """The text's lines, and of each whether it is an address of the portal."""
        start = f"{settings.PORTAL_BASE_URL}/"
        return [(line, line.startswith(start)) for line in self.text.splitlines()]


def letters() -> list[Letter]:
    """Newest first."""
    return [_read(path) for path in _files()[:KEPT]]


def letter(name: str) -> Letter | None:
    """By a name that an address brought: anything but the name of a mail is none."""
    path = _folder() / f"{name}.eml"
    return _read(path) if _NAME.fullmatch(name) and path.exists() else None


@require_safe
def mailbox(request: HttpRequest) -> HttpResponse:
    return render(request, "sandbox/mailbox.html", {"letters": letters(), "most": KEPT})


@require_safe
def mail(request: HttpRequest, name: str) -> HttpResponse:
    return render(request, "sandbox/mail.html", {"letter": _wanted(name)})


@require_safe
def html(request: HttpRequest, name: str) -> HttpResponse:
    """The HTML part alone, as a mail reader would show it."""
    wanted = _wanted(name)
    if not wanted.html:
        raise Http404
    response = HttpResponse(wanted.html)
    style = _STYLE.search(wanted.html)
    allowed = f"'sha256-{_digest(style[1])}'" if style else "'none'"
    response.headers["Content-Security-Policy"] = _POLICY.format(style=allowed)
    return response


def _wanted(name: str) -> Letter:
    found = letter(name)
    if found is None:
        raise Http404
    return found


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _folder() -> Path:
    path = places.directory() / "mail"
    path.mkdir(mode=0o700, exist_ok=True)
    return path


def _files() -> list[Path]:
    return sorted(_folder().glob("*.eml"), reverse=True)


def _keep(content: bytes) -> None:
    path = _folder() / f"{time.time_ns():020d}-{secrets.token_hex(4)}.eml"
    with places.private_file(path, content.decode("utf-8", "replace")) as written:
        os.replace(written, path)
    for old in _files()[KEPT:]:
        with contextlib.suppress(FileNotFoundError):  # another process was faster
            old.unlink()


def _read(path: Path) -> Letter:
    parsed = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert isinstance(parsed, Parsed)  # what this policy makes
    return Letter(
        name=path.stem,
        sent_at=datetime.fromtimestamp(int(path.stem.partition("-")[0]) / 1e9, tz=UTC),
        sender=str(parsed["From"]),
        recipients=str(parsed["To"]),
        subject=str(parsed["Subject"]),
        text="".join(_parts(parsed, "plain")),
        html="".join(_parts(parsed, "html")),
    )


def _parts(parsed: Parsed, kind: str) -> Iterator[str]:
    body = parsed.get_body(preferencelist=(kind,))
    if body is not None:
        yield str(body.get_content())
