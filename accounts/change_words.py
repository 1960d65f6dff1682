"""The fields and values of events, in the words of the pages they were changed on.

Events keep the names that code uses, since those stay true; what a page shows is decided here.
A field or value without an entry is shown as it is kept, so a new one is readable from its first
day and an old event never turns into an error.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import BindingPolicy, Session
from accounts.roles import Ability, Role

Words = str | Promise

FIELDS: Mapping[str, Words] = {
    "added": _("put in"),
    "again": _("in place of an earlier one"),
    "auto_assign": _("automatically assign licenses"),
    "binding_grace_days": _("days to connect a profile"),
    "binding_policy": _("LinkedIn profile"),
    "clock_skew_seconds": _("clock skew, in seconds"),
    "consent_version": _("agreed to version"),
    "default_door": _("default sign-in"),
    "display_name": _("name"),
    "door": _("through"),
    "email": _("e-mail"),
    "due_at": _("on"),
    "ended_before": _("disconnected before"),
    "entity_id": _("entity ID"),
    "idp_initiated": _("sign-ins that start at the identity provider"),
    "idp_metadata_url": _("metadata address"),
    "include_acs_url": _("name the ACS URL in requests"),
    "jit_enabled": _("create people at their first sign-in"),
    "joined_groups": _("back in the groups"),
    "left_groups": _("left the groups"),
    "leads_to": _("leads to"),
    "name_id_format": _("NameID format"),
    "preset": _("identity provider"),
    "recovery_codes": _("unused recovery codes"),
    "replaced": _("in place of another app"),
    "removed": _("taken out"),
    "request_binding": _("how requests travel"),
    "requested_authn_context": _("requested authentication context"),
    "requires_sso": _("single sign-on alone"),
    "scheduled_at": _("scheduled"),
    "sessions": _("sessions ended"),
    "setup_links": _("set-up links revoked"),
    "source": _("by way of"),
    "staged": _("a change that waits"),
    "untested_because": _("without a test, because"),
    "via": _("from"),
}

# How something came or went: one word in every app.
_WAYS: Mapping[str, Words] = {
    "account": _("My account"),
    "admin": _("an administrator"),
    "api": _("API"),
    "command": _("the command line"),
    "console": _("the console"),
    "csv": _("CSV import"),
    "deactivation": _("deactivation"),
    "expiry": _("the end of the pool"),
    "invitation": _("an invitation"),
    "queue": _("the waiting line"),
    "rule": _("a rule"),
    "scim": _("the directory"),
    "sign_in": _("a sign-in without SSO"),
    "sso": _("single sign-on"),
}

VALUES: Mapping[str, Mapping[str, Words]] = {
    "abilities": {ability.value: ability.label for ability in Ability},
    # Extensions of SCIM go by their URN.
    "attributes": {
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": _("enterprise attributes"),
        "urn:ietf:params:scim:schemas:extension:learningportal:2.0:User": _("own attributes"),
    },
    "answer": {"later": _("Not now"), "never": _("Don’t ask again")},
    "binding_policy": {policy.value: policy.label for policy in BindingPolicy},
    "door": {
        "sso": _("single sign-on"),
        "password": _("a password"),
        "linkedin": "LinkedIn",
        "recovery": _("a recovery code"),
        "passkey": _("a passkey"),
        "second_factor": _("the second factor"),
    },
    "second_factor": {factor.value: factor.label for factor in Session.SecondFactor},
    "provider": {"linkedin": "LinkedIn"},
    "reason": {
        "admin": _("an administrator"),
        "console": _("in the console"),
        "off_boarding": _("off-boarded in the console"),
        "directory": _("the directory"),
        "key": _("another key of ours signs"),
        "learner": _("their own choice"),
        "lock_out": _("no full admin would have got in"),
        "metadata": _("read from the identity provider"),
        "person": _("the person’s account"),
        "policy": _("the policy"),
        "roll_back": _("back to an earlier version"),
    },
    "role": {role.value: role.label for role in Role},
    "source": _WAYS,
    "via": _WAYS,
}


def field_words(field: str) -> str:
    return str(FIELDS.get(field) or field.replace("_", " "))


def value_words(field: str, value: str) -> str:
    return str(VALUES.get(field, {}).get(value, value))
