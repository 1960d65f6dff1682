"""Why a call was refused, in an administrator's words, and what mends it there and here.

One table: the console, the reference page and its test read it.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import models
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise


class Cause(models.TextChoices):
    """The causes that administrators are told apart."""

    TAKEN = "taken", _("Name already taken")
    LAST_ADMIN = "last_admin", _("Last full admin")
    VALUE = "value", _("A value that can’t be")
    PATH = "path", _("An attribute we don’t have")
    MUTABILITY = "mutability", _("An attribute that can’t be written")
    FILTER = "filter", _("A filter we can’t read")
    SYNTAX = "syntax", _("A message we can’t read")
    ADDRESS = "address", _("An address we don’t have")
    GONE = "gone", _("Not here any more")
    CHANGED = "changed", _("Changed meanwhile")
    CURSOR = "cursor", _("A page that is no more")
    TOO_LARGE = "too_large", _("A message that is too large")
    UNSUPPORTED = "unsupported", _("Not possible here")
    FORBIDDEN = "forbidden", _("Not allowed")
    RATE = "rate", _("Too many requests")
    PAUSED = "paused", _("Directory paused")
    TOKEN = "token", _("A token that has ended")
    OURS = "ours", _("A fault of ours")
    OTHER = "other", _("Another refusal")


@dataclass(frozen=True, slots=True)
class Words:
    """What it means, and what to do about it by directory; `elsewhere` holds for any other."""

    meaning: Text
    entra: Text
    okta: Text
    elsewhere: Text

    def for_dialect(self, dialect: str) -> Text:
        if dialect.startswith("entra"):
            return self.entra
        return self.okta if dialect == "okta" else self.elsewhere


# Nobody has to do anything about these: the directory helps itself, or another card says it.
HARMLESS = frozenset({Cause.CHANGED, Cause.CURSOR, Cause.RATE, Cause.PAUSED, Cause.UNSUPPORTED})
_READS = ("GET", "HEAD")
# In the log where SCIM has no word, since the answer to both is a bare 404: not the person or group
# is missing, but what was called is no endpoint at all.
NO_ENDPOINT = "noEndpoint"

CAUSE_OF_TYPE = {
    "uniqueness": Cause.TAKEN,
    "invalidValue": Cause.VALUE,
    "invalidPath": Cause.PATH,
    "noTarget": Cause.PATH,
    "mutability": Cause.MUTABILITY,
    "invalidFilter": Cause.FILTER,
    "tooMany": Cause.FILTER,
    "invalidSyntax": Cause.SYNTAX,
    "invalidCursor": Cause.CURSOR,
    "expiredCursor": Cause.CURSOR,
    "invalidCount": Cause.CURSOR,
    NO_ENDPOINT: Cause.ADDRESS,
}
CAUSE_OF_STATUS = {
    400: Cause.SYNTAX,
    401: Cause.TOKEN,
    403: Cause.FORBIDDEN,
    404: Cause.GONE,
    405: Cause.UNSUPPORTED,
    409: Cause.LAST_ADMIN,
    412: Cause.CHANGED,
    413: Cause.TOO_LARGE,
    415: Cause.SYNTAX,
    429: Cause.RATE,
    501: Cause.UNSUPPORTED,
    503: Cause.PAUSED,
}


def cause_of(status: int, scim_type: str) -> Cause:
    """The cause of a refusal, from the answer's status (400 and above) and its `scimType`."""
    if scim_type in CAUSE_OF_TYPE:
        return CAUSE_OF_TYPE[scim_type]
    if status in CAUSE_OF_STATUS:
        return CAUSE_OF_STATUS[status]
    return Cause.OURS if status >= 500 else Cause.OTHER


def wants_attention() -> Q:
    """The calls in the log that were refused for something an administrator has to mend.

    Somebody who is looked up and not there is an answer; somebody who is changed and not there is
    a directory that remembers an id we gave up.
    """
    types = [name for name, cause in CAUSE_OF_TYPE.items() if cause in HARMLESS]
    statuses = [status for status, cause in CAUSE_OF_STATUS.items() if cause in HARMLESS]
    return (
        Q(status__gte=400)
        & ~Q(scim_type__in=types)
        & ~Q(~Q(scim_type__in=CAUSE_OF_TYPE), status__in=statuses)
        & ~(Q(status=404, method__in=_READS) & ~Q(scim_type=NO_ENDPOINT))
    )


def needs_somebody(*, method: str, status: int, scim_type: str) -> bool:
    """`wants_attention`, of one call at hand."""
    is_look_up = status == 404 and method in _READS and scim_type != NO_ENDPOINT
    if status < 400 or is_look_up:
        return False
    return cause_of(status, scim_type) not in HARMLESS


WORDS: dict[Cause, Words] = {
    Cause.TAKEN: Words(
        _(
            "The directory adds somebody whose user name, or external id, is here already: a "
            "person added by hand, by a sign-in, or twice in the directory."
        ),
        _(
            "Let it take such people over with “Adopt existing people”, or rename one of the two. "
            "In Entra the code is EntryConflict: check that the matching attribute is userName."
        ),
        _(
            "Let it take such people over with “Adopt existing people”, or rename one of the two. "
            "Then in Okta: Dashboard › Tasks › Retry. For a group, use Group Linking."
        ),
        _("Let it take such people over with “Adopt existing people”, or rename one of the two."),
    ),
    Cause.LAST_ADMIN: Words(
        _(
            "The directory wants to deactivate or delete your last full admin. Then nobody could "
            "enter this console."
        ),
        _(
            "Make somebody else a full admin under People, or assign this person to the app again. "
            "Entra tries again at its next cycle."
        ),
        _(
            "Make somebody else a full admin under People, or assign this person to the app again. "
            "Then in Okta: Dashboard › Tasks › Retry."
        ),
        _("Make somebody else a full admin under People, then let the directory try again."),
    ),
    Cause.VALUE: Words(
        _(
            "A required value is missing, or one has the wrong form: an empty user name, a text "
            "where yes or no belongs, a member who is nobody here. The detail names the attribute."
        ),
        _(
            "In Entra: Provisioning › Attribute mapping. Give the attribute a source that is "
            "filled for everybody, or remove its row."
        ),
        _(
            "In Okta: Provisioning › To App › Attribute Mappings. Fill the person’s profile, or "
            "unmap the attribute; then Dashboard › Tasks › Retry. A missing member has to be "
            "assigned to the app first."
        ),
        _("Fill the value in the directory, or take the attribute out of its mapping."),
    ),
    Cause.PATH: Words(
        _("The directory writes to an attribute that this portal does not have."),
        _(
            "In Entra: Provisioning › Attribute mapping. Remove the row whose target is named in "
            "the detail; for attributes of your own use our extension’s URN."
        ),
        _(
            "In Okta: Provisioning › To App › Attribute Mappings. Unmap the attribute; for "
            "attributes of your own use our extension’s URN as external namespace. If it is the "
            "password, switch Sync Password off: passwords are never taken here."
        ),
        _("Take the attribute out of the mapping, or send it under our extension’s URN."),
    ),
    Cause.MUTABILITY: Words(
        _("The directory writes what only the portal may say, such as id, meta or groups."),
        _("In Entra: Provisioning › Attribute mapping. Remove the row named in the detail."),
        _("In Okta: Provisioning › To App › Attribute Mappings. Unmap the attribute."),
        _("Take the attribute out of the mapping."),
    ),
    Cause.FILTER: Words(
        _("The directory looks for people by something that we can’t search for."),
        _(
            "In Entra: Provisioning › Attribute mapping. Match by userName (precedence 1); other "
            "matching attributes must be ones we have."
        ),
        _("In Okta: Provisioning › Integration. Unique identifier field for users is userName."),
        _("Match people by userName or externalId."),
    ),
    Cause.SYNTAX: Words(
        _("The message was no JSON, not of the type application/scim+json, or not a SCIM message."),
        _("Entra does not do this by itself: look for a proxy that changes what passes."),
        _("Okta does not do this by itself: look for a proxy that changes what passes."),
        _("Check the directory’s JSON template, and any proxy between it and us."),
    ),
    Cause.ADDRESS: Words(
        _(
            "The directory calls something that is no part of SCIM here. Most often its base URL "
            "has a slip in it, such as a part too much at its end."
        ),
        _("In Entra: Provisioning › Tenant URL. Paste the base URL of Directory sync anew."),
        _(
            "In Okta: Provisioning › Integration › SCIM connector base URL. Paste the base URL of "
            "Directory sync anew."
        ),
        _("Paste the base URL of Directory sync into the directory anew."),
    ),
    Cause.GONE: Words(
        _(
            "The directory changes a person or group that is not here: deleted meanwhile, or from "
            "another environment whose ids it remembers."
        ),
        _(
            "In Entra: Provisioning › Restart provisioning. It forgets the ids and looks everybody "
            "up again."
        ),
        _(
            "In Okta: unassign the person from the app and assign them again; for a group, remove "
            "it under Push Groups and push it again."
        ),
        _("Let the directory forget its ids and run a full synchronization."),
    ),
    Cause.CHANGED: Words(
        _("The resource had changed since the directory read it. It reads again and repeats."),
        _("Nothing to do."),
        _("Nothing to do."),
        _("Read the resource again, then repeat the change with its new version."),
    ),
    Cause.CURSOR: Words(
        _("The directory asked for a page of a list with a cursor that is too old or not ours."),
        _("Nothing to do."),
        _("Nothing to do."),
        _("Start the list again from its first page."),
    ),
    Cause.TOO_LARGE: Words(
        _("One message held more than we take at once."),
        _("Nothing to set in Entra: tell us, with the request id of the call."),
        _(
            "In Okta: push a large group in parts, or by a rule, so that one message holds fewer "
            "members."
        ),
        _("Send fewer operations in one bulk request, or fewer members in one message."),
    ),
    Cause.UNSUPPORTED: Words(
        _("The call is one that SCIM allows and this portal refuses on purpose, such as /Me."),
        _("Entra does not do this by itself."),
        _("Okta does not do this by itself."),
        _("Leave the call out; see the list of supported features."),
    ),
    Cause.FORBIDDEN: Words(
        _(
            "Your organization is suspended, or the call asks for what nobody may have. The detail "
            "says which."
        ),
        _("If your organization is suspended, write to your contact at the learning portal."),
        _("If your organization is suspended, write to your contact at the learning portal."),
        _("If your organization is suspended, write to your contact at the learning portal."),
    ),
    Cause.RATE: Words(
        _(
            "More calls in a second than we take. The directory waits and repeats by itself. A "
            "hundred such calls a minute are listed, then the thousandth and so on."
        ),
        _("Nothing to do."),
        _("Nothing to do."),
        _("Wait as long as the header Retry-After says."),
    ),
    Cause.PAUSED: Words(
        _("The brake on mass removal holds it until somebody decides under Directory sync."),
        _("Decide in the console. Entra repeats at its next cycle."),
        _("Decide in the console, then in Okta: Dashboard › Tasks › Retry."),
        _("Decide in the console. The header Retry-After says when to come again."),
    ),
    Cause.TOKEN: Words(
        _(
            "The directory calls with a token that is revoked or has expired. Of such calls one a "
            "minute is listed, then the tenth, the hundredth and so on."
        ),
        _(
            "Make a token under Directory sync, then in Entra: Provisioning › Admin Credentials › "
            "Secret Token. If nobody needs this provisioning any more, stop it there."
        ),
        _(
            "Make a token under Directory sync, then in Okta: Provisioning › Integration › "
            "Authorization. If nobody needs this app any more, deactivate it there."
        ),
        _(
            "Make a token under Directory sync and enter it in the directory, or switch off there "
            "what nobody needs any more."
        ),
    ),
    Cause.OURS: Words(
        _("Something went wrong on our side. Nothing of the call was kept."),
        _("Entra repeats it by itself. If it stays, tell us the request id of the call."),
        _("In Okta: Dashboard › Tasks › Retry. If it stays, tell us the request id of the call."),
        _("Repeat it. If it stays, tell us the request id of the call."),
    ),
    Cause.OTHER: Words(
        _("The detail says what was wrong."),
        _("Correct what the detail names, then wait for Entra’s next cycle."),
        _("Correct what the detail names, then in Okta: Dashboard › Tasks › Retry."),
        _("Correct what the detail names, then let the directory try again."),
    ),
}


def calls_with(cause: Cause) -> Q:
    """The calls in the log that were refused for this cause; `cause_of` as a condition."""
    types = [name for name, each in CAUSE_OF_TYPE.items() if each is cause]
    statuses = [status for status, each in CAUSE_OF_STATUS.items() if each is cause]
    named = Q(scim_type__in=types)
    untyped = ~Q(scim_type__in=CAUSE_OF_TYPE)
    match cause:
        case Cause.OURS:
            return untyped & Q(status__gte=500) & ~Q(status__in=CAUSE_OF_STATUS)
        case Cause.OTHER:
            return untyped & Q(status__gte=400, status__lt=500) & ~Q(status__in=CAUSE_OF_STATUS)
        case _:
            return named | untyped & Q(status__in=statuses)
