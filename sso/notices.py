"""Mail to the full admins of an organization about its trust in an identity provider."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.after_commit import after_commit
from accounts.endings import days_left, notice_due
from accounts.mail import MailNotSent
from accounts.models import Organization
from accounts.notices import write_to_full_admins
from jobs.each import each
from sso.differences import certificate_difference, differences
from sso.endings import FAILING_FOR, TOLD_OF_FAILURE_EVERY, last_trusted, our_certificate
from sso.models import (
    CertificateNotice,
    ConnectionVersion,
    MetadataRefresh,
    SamlConnection,
    StagedChange,
    TrustNotice,
)
from sso.saml import CertificateFacts

logger = logging.getLogger(__name__)

TOO_LATE_TO_TELL = timedelta(days=3)


def change_waits(staged: StagedChange) -> None:
    """Tell the full admins that metadata waits to be looked at, once that is committed."""
    after_commit(_tell_waits, staged)


def _tell_waits(staged: StagedChange) -> None:
    connection = staged.connection
    write_to_full_admins(
        connection.organization,
        _("%(name)s has new metadata that waits for you") % {"name": connection.name},
        "sso/change_waits_mail",
        page=reverse("admin:sso_staged_change", args=[connection.pk, staged.pk]),
        connection=connection,
    )


def tell_trust_changes() -> int:
    """Tell full admins what people have changed about whom connections trust; each change once.

    Answers of how many was told. One of which no mail could be sent for days is old news: it stays
    in *Activity* and among *Versions*.
    """
    untold = TrustNotice.objects.filter(
        told_at=None, created_at__gt=timezone.now() - TOO_LATE_TO_TELL
    )
    rows = untold.select_related("version__connection__organization").order_by("created_at")
    return sum(each(rows, _notify_of_change))


def _notify_of_change(notice: TrustNotice) -> int:
    mine = TrustNotice.objects.filter(pk=notice.pk)
    if not mine.filter(told_at=None).update(told_at=timezone.now()):
        return 0  # another worker was faster
    return _told(partial(_tell_change, notice), partial(mine.update, told_at=None))


def _tell_change(notice: TrustNotice) -> None:
    if notice.is_first:
        _tell_activated(notice.version)
        return
    version, connection = notice.version, notice.version.connection
    after = {field: version.content[field] for field in notice.before}
    write_to_full_admins(
        connection.organization,
        _("%(who)s changed certificates or addresses of %(name)s")
        % {"who": version.actor_name, "name": connection.name},
        "sso/trust_changed_mail",
        page=reverse("admin:sso_version", args=[connection.pk, version.number]),
        connection=connection,
        version=version,
        fields=differences(notice.before, after),
        certificates=certificate_difference(notice.before, after),
    )


def _tell_activated(version: ConnectionVersion) -> None:
    connection = version.connection
    write_to_full_admins(
        connection.organization,
        _("%(who)s has activated %(name)s") % {"who": version.actor_name, "name": connection.name},
        "sso/activated_mail",
        page=reverse("admin:sso_version", args=[connection.pk, version.number]),
        connection=connection,
        version=version,
        provider=version.content["idp_entity_id"],
        certificates=certificate_difference({}, version.content).added,
    )


def notify_failing_metadata() -> int:
    """Tell full admins of addresses that could not be read for a day, then once a week at most.

    Of active connections: elsewhere nobody's sign-in depends on it. Answers of how many was told.
    """
    now = timezone.now()
    failing = MetadataRefresh.objects.filter(
        _untold_since(now - TOLD_OF_FAILURE_EVERY),
        failing_since__lte=now - FAILING_FOR,
        connection__state=SamlConnection.State.ACTIVE,
        organization__status=Organization.Status.ACTIVE,
    )
    rows = failing.defer("document").select_related("connection__organization").order_by("pk")
    return sum(each(rows, _notify_of_failure))


def _untold_since(moment: datetime) -> Q:
    return Q(failure_told_at=None) | Q(failure_told_at__lte=moment)


def _notify_of_failure(refresh: MetadataRefresh) -> int:
    now, mine = timezone.now(), MetadataRefresh.objects.filter(pk=refresh.pk)
    untold = mine.filter(_untold_since(now - TOLD_OF_FAILURE_EVERY), failing_since__isnull=False)
    if not untold.update(failure_told_at=now):
        return 0  # another worker was faster, or it has just been read
    give_back = partial(mine.update, failure_told_at=refresh.failure_told_at)
    return _told(partial(_tell_failing, refresh), give_back)


def _tell_failing(refresh: MetadataRefresh) -> None:
    connection = refresh.connection
    write_to_full_admins(
        connection.organization,
        _("%(name)s’s metadata can’t be read") % {"name": connection.name},
        "sso/metadata_fails_mail",
        page=reverse("admin:sso_samlconnection_change", args=[connection.pk]),
        connection=connection,
        refresh=refresh,
        certificate=last_trusted(connection),
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
    left = days_left(now, facts.not_after)
    return _told(partial(_tell_ending, connection, facts, left, is_ours=is_ours), notice.delete)


def _told(tell: Callable[[], None], give_back: Callable[[], object]) -> int:
    """1, or 0 where mail is away; then the claim is given back, so that the next run tells."""
    try:
        tell()
    except MailNotSent:
        logger.exception("Full admins could not be told")
        give_back()
        return 0
    except Exception:
        give_back()
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
        "sso/certificate_ends_mail",
        page=reverse("admin:sso_samlconnection_change", args=[connection.pk]),
        connection=connection,
        certificate=facts,
        is_ours=is_ours,
    )
