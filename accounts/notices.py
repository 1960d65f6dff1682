"""Mail to the full admins of an organization."""

from __future__ import annotations

import logging
from smtplib import SMTPException
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.mail import portal_address, send_mail_to
from accounts.models import Domain, Organization, User
from accounts.policies import lost_at

logger = logging.getLogger(__name__)


def write_to_full_admins(
    organization: Organization, subject: str, template: str, *, page: str, **context: Any
) -> None:
    """One mail to each, so that no address shows to the others; `page` is a path of the console.

    Its last line says why this person got it. A directory may change an administrator's address:
    one to which no mail goes keeps nobody else from being told. Raises what the mail server said
    where nobody could be. Somebody without an address is told nothing.
    """
    why = _("You get this mail because you are a full admin of %(organization)s.") % {
        "organization": organization
    }
    told, failure = 0, None
    for admin in User.objects.in_organization(organization).full_admins().exclude(email=""):
        try:
            send_mail_to(
                admin,
                subject,
                template,
                why=why,
                organization=organization,
                address=portal_address(page),
                **context,
            )
        except (OSError, SMTPException) as error:
            logger.warning("A full admin could not be written to", exc_info=True)
            failure = error
        else:
            told += 1
    if failure is not None and not told:
        raise failure


def domain_missing(domain: Domain) -> None:
    """A proved domain's record is gone, and there is still time.

    Where mail is away, the domain counts as not warned of, and the next check tells.
    """
    assert domain.missing_since is not None
    assert domain.warned_at is not None
    try:
        write_to_full_admins(
            domain.organization,
            _("The DNS record of %(domain)s is gone") % {"domain": domain},
            "accounts/domain_missing_mail",
            page=reverse("admin:accounts_domain_change", args=[domain.pk]),
            domain=domain,
            lost_at=lost_at(domain.missing_since, domain.warned_at),
        )
    except (OSError, SMTPException):
        logger.exception("Full admins could not be told of a domain's missing record")
        Domain.objects.filter(pk=domain.pk).update(warned_at=None)


def domain_lost(domain: Domain) -> None:
    """It stayed away."""
    write_to_full_admins(
        domain.organization,
        _("%(domain)s is no longer proved") % {"domain": domain},
        "accounts/domain_lost_mail",
        page=reverse("admin:accounts_domain_change", args=[domain.pk]),
        domain=domain,
    )


def recovery_codes_made(organization: Organization, who: str) -> None:
    write_to_full_admins(
        organization,
        _("New recovery codes for %(organization)s") % {"organization": organization},
        "accounts/recovery_codes_made_mail",
        page=reverse("admin:sign_in_rules"),
        who=who,
    )


def recovery_code_used(admin: User, left: int) -> None:
    assert admin.organization is not None  # full admins have one
    write_to_full_admins(
        admin.organization,
        _("%(name)s came in with a recovery code") % {"name": admin},
        "accounts/recovery_code_used_mail",
        page=reverse("admin:sign_in_rules"),
        admin=admin,
        left=left,
    )


def sso_required(organization: Organization, who: str) -> None:
    write_to_full_admins(
        organization,
        _("%(organization)s now requires single sign-on") % {"organization": organization},
        "accounts/sso_required_mail",
        page=reverse("admin:sign_in_rules"),
        who=who,
    )


def sso_not_required(organization: Organization, who: str) -> None:
    write_to_full_admins(
        organization,
        _("%(organization)s no longer requires single sign-on") % {"organization": organization},
        "accounts/sso_not_required_mail",
        page=reverse("admin:sign_in_rules"),
        who=who,
    )
