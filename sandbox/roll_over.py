"""An identity provider exchanges its signing key, one step at a time.

The next certificate is published beside the one in use, then its key signs, then the former
certificate goes. A service that reads the metadata between two steps trusts whoever signs, always.
"""

from __future__ import annotations

import enum
import os
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from sandbox.places import (
    directory,
    identity_file,
    kept_identity,
    key_text,
    private_file,
    sign_on_url,
    sign_out_url,
    signing_identity,
)
from sandbox.saml_messages import idp_metadata


class Stage(enum.Enum):
    """How far the exchange is; each value is the step that comes next."""

    ONE_KEY = "publish"
    NEXT_IS_PUBLISHED = "sign"
    FORMER_IS_PUBLISHED = "withdraw"


@dataclass(frozen=True)
class Published:
    """A certificate in the metadata, and whether its key signs."""

    certificate_pem: str
    signs: bool

    @property
    def fingerprint(self) -> str:
        """SHA-256, as the portal shows it."""
        certificate = x509.load_pem_x509_certificate(self.certificate_pem.encode())
        return certificate.fingerprint(hashes.SHA256()).hex(":").upper()


def stage_of(slug: str) -> Stage:
    if (directory() / identity_file(slug, "next")).exists():
        return Stage.NEXT_IS_PUBLISHED
    if (directory() / identity_file(slug, "former")).exists():
        return Stage.FORMER_IS_PUBLISHED
    return Stage.ONE_KEY


def published(slug: str) -> list[Published]:
    """What the metadata names, the certificate of the key that signs first."""
    shown = [Published(signing_identity(slug).certificate_pem, signs=True)]
    match stage_of(slug):
        case Stage.NEXT_IS_PUBLISHED:
            shown.append(Published(kept_identity(slug, "next").certificate_pem, signs=False))
        case Stage.FORMER_IS_PUBLISHED:
            shown.append(Published(kept_identity(slug, "former").certificate_pem, signs=False))
    return shown


def own_metadata(slug: str) -> bytes:
    """What the provider says of itself today."""
    return idp_metadata(
        signing_identity(slug),
        sign_on_url(slug),
        sign_out_url(slug),
        extra_certificates=[each.certificate_pem for each in published(slug) if not each.signs],
    )


def go_on(slug: str, step: Stage) -> None:
    """Take this step, if it is the one that comes next: a form that is sent twice takes it once."""
    if stage_of(slug) is not step:
        return
    folder = directory()
    match step:
        case Stage.ONE_KEY:
            kept_identity(slug, "next")  # made at first use
        case Stage.NEXT_IS_PUBLISHED:
            former = folder / identity_file(slug, "former")
            with private_file(former, key_text(signing_identity(slug))) as written:
                os.replace(written, former)
            os.replace(folder / identity_file(slug, "next"), folder / identity_file(slug))
        case Stage.FORMER_IS_PUBLISHED:
            (folder / identity_file(slug, "former")).unlink()


@require_POST
def exchange(request: HttpRequest, slug: str) -> HttpResponse:
    """The button on the provider's own page."""
    step = request.POST.get("step", "")
    if step in {stage.value for stage in Stage}:
        go_on(slug, Stage(step))
    return redirect("dashboard", slug)
