"""Mail to the full admins of an organization about its trust in an identity provider."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from functools import partial
from smtplib import SMTPException

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.endings import days_left, notice_due
from accounts.models import Organization
from accounts.notices import write_to_full_admins
from sso.endings import last_trusted, our_certificate
from sso.models import CertificateNotice, SamlConnection, StagedChange
from sso.saml import CertificateFacts

logger = logging.getLogger(__name__)


def change_waits(staged: StagedChange) -> None:
    """Tell the full admins that metadata waits to be looked at, once that is committed."""
    transaction.on_commit(partial(_tell_waits, staged), robust=True)


def _tell_waits(staged: StagedChange) -> None:
    connection = staged.connection
    write_to_full_admins(
        connection.organization,
        _("%(name)s has new metadata that waits for you") % {"name": connection.name},
        "sso/change_waits_mail.txt",
        page=reverse("admin:sso_staged_change", args=[connection.pk, staged.pk]),
        connection=connection,
    )


def notify_ending_certificates() -> int:
    """Tell full admins of certificates that end in 60, 30, 7 and 1 days; each of these once.

    Of an identity provider it is the certificate that lasts longest, since one is enough; and ours.
    Answers of how many was told.
    """
    now = timezone.now()
    told = 0
    for connection, facts, is_ours in _certificates():
        days = notice_due(now=now, created_at=facts.not_before, expires_at=facts.not_after)
        if days is None:
            continue
        notice, is_new = CertificateNotice.objects.get_or_create(
            connection=connection,
            fingerprint=facts.sha256_fingerprint,
            days=days,
            defaults={"organization_id": connection.organization_id},
        )
        if not is_new:
            continue
        try:
            _tell_ending(connection, facts, days_left(now, facts.not_after), is_ours=is_ours)
        except (OSError, SMTPException):
            # Mail is away: the next run tells, since nobody was told.
            logger.exception("Full admins could not be told of a certificate's end")
            notice.delete()
            continue
        told += 1
    return told


def _certificates() -> Iterator[tuple[SamlConnection, CertificateFacts, bool]]:
    rows = SamlConnection.objects.active().filter(organization__status=Organization.Status.ACTIVE)
    for connection in rows.select_related("organization").iterator():
        theirs = last_trusted(connection)
        if theirs is not None:
            yield connection, theirs, False
        yield connection, our_certificate(connection), True


def _tell_ending(
    connection: SamlConnection, facts: CertificateFacts, days: int, *, is_ours: bool
) -> None:
    if is_ours:
        subject = ngettext(
            "Our certificate for %(name)s ends in %(days)d day",
            "Our certificate for %(name)s ends in %(days)d days",
            days,
        )
    else:
        subject = ngettext(
            "%(name)s’s signing certificate ends in %(days)d day",
            "%(name)s’s signing certificate ends in %(days)d days",
            days,
        )
    write_to_full_admins(
        connection.organization,
        subject % {"name": connection.name, "days": days},
        "sso/certificate_ends_mail.txt",
        page=reverse("admin:sso_samlconnection_change", args=[connection.pk]),
        connection=connection,
        certificate=facts,
        is_ours=is_ours,
    )
