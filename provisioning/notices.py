"""Mail to the full admins of an organization about its directory."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.endings import NOTICE_DAYS, days_left, notice_due
from accounts.mail import MailNotSent
from accounts.models import Organization
from accounts.notices import write_to_full_admins
from jobs.each import each
from provisioning.models import ScimConfiguration, ScimToken

logger = logging.getLogger(__name__)


def directory_paused(configuration: ScimConfiguration) -> None:
    """Tell the full admins that the brake holds their directory."""
    _write_to_admins(
        configuration.organization,
        _("Your directory is paused"),
        "provisioning/paused_mail",
        removed=configuration.window_removed,
    )


def notify_expiring_tokens() -> int:
    """Tell full admins of tokens that end in 60, 30, 7 and 1 days; each of these once.

    Answers how many tokens were told of. Tokens that another one has replaced are left out: their
    end is no loss. Somebody without an e-mail address is told nothing, and the console still says
    it.
    """
    needed = ScimToken.objects.needed(timezone.now()).select_related("organization")
    return sum(each(_ending(needed), _notify_ending))


def _notify_ending(token: ScimToken) -> int:
    now = timezone.now()
    days = notice_due(now=now, created_at=token.created_at, expires_at=token.expires_at)
    if days is None or not _claim(token, days):
        return 0
    try:
        _tell_ending(token, days_left(now, token.expires_at))
    except MailNotSent:
        # Mail is away: the next run tells, since nobody was told.
        logger.exception("Full admins could not be told of a token's end")
        _give_back(token)
        return 0
    except Exception:
        _give_back(token)
        raise
    return 1


def _ending(tokens: Any) -> Iterable[ScimToken]:
    soonest = timezone.now() + timedelta(days=max(NOTICE_DAYS))
    rows: Iterable[ScimToken] = tokens.filter(
        expires_at__lte=soonest, organization__status=Organization.Status.ACTIVE
    ).iterator()
    return rows


def _claim(token: ScimToken, days: int) -> bool:
    """Whether this run is the one that tells: of two at the same moment one is."""
    untold = Q(noticed_days=None) | Q(noticed_days__gt=days)
    return bool(ScimToken.objects.filter(untold, pk=token.pk).update(noticed_days=days))


def _give_back(token: ScimToken) -> None:
    ScimToken.objects.filter(pk=token.pk).update(noticed_days=token.noticed_days)


def _tell_ending(token: ScimToken, days: int) -> None:
    _write_to_admins(
        token.organization,
        ngettext(
            "The token “%(name)s” of your directory ends in %(days)d day",
            "The token “%(name)s” of your directory ends in %(days)d days",
            days,
        )
        % {"name": token.name, "days": days},
        "provisioning/token_ends_mail",
        token=token,
    )


def _write_to_admins(
    organization: Organization, subject: str, template: str, **context: Any
) -> None:
    write_to_full_admins(
        organization, subject, template, page=reverse("admin:directory"), **context
    )
