"""Every way a sign-in is refused. A cause is stored with its trace, so its value never changes."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Cause(TextChoices):
    """Why nobody was signed in. The label is the short name for lists and filters."""

    MALFORMED = "malformed", _("Unreadable answer")
    TOO_LARGE = "too_large", _("Answer too large")
    FORBIDDEN_XML = "forbidden_xml", _("Forbidden XML")
    WRONG_VERSION = "wrong_version", _("Wrong SAML version")
    IDP_REFUSED = "idp_refused", _("Refused by the identity provider")
    ASSERTION_COUNT = "assertion_count", _("Not exactly one assertion")
    UNSIGNED = "unsigned", _("Not signed")
    MISPLACED_SIGNATURE = "misplaced_signature", _("Signature in the wrong place")
    BAD_SIGNATURE = "bad_signature", _("Wrong signature")
    WEAK_ALGORITHM = "weak_algorithm", _("Weak or unknown algorithm")
    NO_CERTIFICATE = "no_certificate", _("No certificate on file")
    WRONG_ISSUER = "wrong_issuer", _("Wrong issuer")
    WRONG_DESTINATION = "wrong_destination", _("Wrong destination")
    WRONG_AUDIENCE = "wrong_audience", _("Wrong audience")
    WRONG_RECIPIENT = "wrong_recipient", _("Wrong recipient")
    BAD_CONFIRMATION = "bad_confirmation", _("Unusable confirmation")
    UNKNOWN_CONDITION = "unknown_condition", _("Unknown condition")
    EXPIRED = "expired", _("Too late")
    NOT_YET_VALID = "not_yet_valid", _("Too early")
    NO_SUBJECT = "no_subject", _("No usable NameID")
    CANNOT_DECRYPT = "cannot_decrypt", _("Can’t be decrypted")
    UNKNOWN_REQUEST = "unknown_request", _("Unknown request")
    REQUEST_MISMATCH = "request_mismatch", _("Two different requests")
    UNSOLICITED = "unsolicited", _("Nobody asked")
    REPLAYED = "replayed", _("Used before")

    CONNECTION_INACTIVE = "connection_inactive", _("Connection is off")
    ORGANIZATION_SUSPENDED = "organization_suspended", _("Organization is suspended")
    PERSON_UNKNOWN = "person_unknown", _("Unknown person")
    PERSON_DEACTIVATED = "person_deactivated", _("Deactivated person")
    PERSON_CONFLICT = "person_conflict", _("Name already taken")
    STAFF_NOT_ALLOWED = "staff_not_allowed", _("Staff can’t use SSO")
    ACCESS_DENIED = "access_denied", _("Left out by access rules")
    EMAIL_MISSING = "email_missing", _("No e-mail address")
    NOT_ASKED_AGAIN = "not_asked_again", _("Didn’t ask again")
    OTHER_PERSON = "other_person", _("Somebody else answered")
    RATE_LIMITED = "rate_limited", _("Too many attempts")
    TEST_LOST = "test_lost", _("Lost test sign-in")
    COOKIES_MISSING = "cookies_missing", _("No cookies")
    SERVER_BUSY = "server_busy", _("Too busy")
