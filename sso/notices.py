"""Mail to the full admins of an organization about its trust in an identity provider."""

from __future__ import annotations

import logging
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
from jobs.each import each
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
    rows = SamlConnection.objects.active().filter(organization__status=Organization.Status.ACTIVE)
    return sum(each(rows.select_related("organization").iterator(), _notify_of_both))


def _notify_of_both(connection: SamlConnection) -> int:
    theirs = last_trusted(connection)
    told = _notify_ending(connection, theirs, is_ours=False) if theirs is not None else 0
    return told + _notify_ending(connection, our_certificate(connection), is_ours=True)


def _notify_ending(connection: SamlConnection, facts: CertificateFacts, *, is_ours: bool) -> int:
    now = timezone.now()
    days = notice_due(now=now, created_at=facts.not_before, expires_at=facts.not_after)
    if days is None:
        return 0
    notice, is_new = CertificateNotice.objects.get_or_create(
        connection=connection,
        fingerprint=facts.sha256_fingerprint,
        days=days,
        defaults={"organization_id": connection.organization_id},
    )
    if not is_new:
        return 0
    try:
        _tell_ending(connection, facts, days_left(now, facts.not_after), is_ours=is_ours)
    except (OSError, SMTPException):
        # Mail is away: the next run tells, since nobody was told.
        logger.exception("Full admins could not be told of a certificate's end")
        notice.delete()
        return 0
    except Exception:
        notice.delete()
        raise
    return 1


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
