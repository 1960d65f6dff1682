"""Mail to the full admins of an organization."""

from __future__ import annotations

import logging
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.languages import english
from accounts.mail import MailNotSent, portal_address, send_mail_to
from accounts.models import Domain, Organization, User
from accounts.policies import lost_at
from audit.actions import Action
from audit.models import AuditEvent

logger = logging.getLogger(__name__)


def write_to_full_admins(
    organization: Organization, subject: str, template: str, *, page: str, **context: Any
) -> None:
    """One mail to each, so that no address shows to the others; `page` is a path of the console.

    Its last line says why this person got it. A directory may change an administrator's address:
    one to which no mail goes keeps nobody else from being told. Raises `MailNotSent` where nobody
    could be. Somebody without an address is told nothing.
    """
    with english():
        _write_to_each(organization, subject, template, page, context)


def _write_to_each(
    organization: Organization, subject: str, template: str, page: str, context: dict[str, Any]
) -> None:
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
        except MailNotSent as error:
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
    except MailNotSent:
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


def tell_of(event: AuditEvent) -> None:
    """Write to the full admins of something that somebody did to the ways into their organization,
    as it stands on record. Raises `MailNotSent`, and `ValueError` for an event that has no mail."""
    words = {"organization": event.organization, "name": event.actor_name}
    match event.action:
        case Action.RECOVERY_CODES_MADE:
            subject = _("New recovery codes for %(organization)s") % words
            _write_to_admins(event, subject, "accounts/recovery_codes_made_mail")
        case Action.RECOVERY_CODE_USED:
            subject = _("%(name)s came in with a recovery code") % words
            _write_to_admins(
                event,
                subject,
                "accounts/recovery_code_used_mail",
                left=event.changes["recovery_codes"][1],
            )
        case Action.SSO_REQUIRED:
            subject = _("%(organization)s now requires single sign-on") % words
            _write_to_admins(event, subject, "accounts/sso_required_mail")
        case Action.SSO_NOT_REQUIRED:
            subject = _("%(organization)s no longer requires single sign-on") % words
            _write_to_admins(event, subject, "accounts/sso_not_required_mail")
        case Action.POLICIES_UNSCHEDULED:
            subject = _("A scheduled change of %(organization)s was not made") % words
            _write_to_admins(event, subject, "accounts/policies_not_changed_mail")
        case _:
            raise ValueError(f"There is no mail about {event.action}")


def _write_to_admins(event: AuditEvent, subject: str, template: str, **context: Any) -> None:
    assert event.organization is not None  # each of these is some organization's
    write_to_full_admins(
        event.organization,
        subject,
        template,
        page=reverse("admin:sign_in_rules"),
        who=event.actor_name,
        **context,
    )
