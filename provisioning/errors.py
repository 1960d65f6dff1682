"""The ways SCIM says no: RFC 7644, section 3.12, and RFC 9865, section 2.1, for cursors.

Each is a `SCIMException` of django-scim2, so that whatever raises one ends as the same answer. The
`detail` reaches the directory's administrator (Okta shows it under *Tasks*, Entra ID in its
provisioning log): it says what was wrong and with what, and never what the database said.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django_scim.constants import SchemaURI
from django_scim.exceptions import SCIMException

from accounts.errors import AccountsError

if TYPE_CHECKING:
    from provisioning.models import ScimToken


class ScimError(SCIMException):  # type: ignore[misc]  # the library is untyped
    """A refusal with its HTTP status, and a `scimType` where the RFC names one."""

    status: int = 400
    scim_type: str | None = None
    headers: Mapping[str, str] = {}

    def __init__(self, detail: str, *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.headers = headers or {}

    def to_dict(self) -> dict[str, Any]:
        """The answer's body; `status` is text (RFC 7644, section 3.12)."""
        body: dict[str, Any] = {"schemas": [SchemaURI.ERROR], "status": str(self.status)}
        if self.scim_type:
            body["scimType"] = self.scim_type
        return body | {"detail": self.detail}


class InvalidFilter(ScimError):
    scim_type = "invalidFilter"


class TooMany(ScimError):
    """The query would go through more than one call may ask for (RFC 7644, section 3.12)."""

    scim_type = "tooMany"


class InvalidSyntax(ScimError):
    """The body is no JSON, or not the message that belongs here."""

    scim_type = "invalidSyntax"


class InvalidPath(ScimError):
    scim_type = "invalidPath"


class NoTarget(ScimError):
    scim_type = "noTarget"


class InvalidValue(ScimError):
    scim_type = "invalidValue"


class NotMutable(ScimError):
    scim_type = "mutability"


class InvalidCursor(ScimError):
    scim_type = "invalidCursor"


class ExpiredCursor(ScimError):
    scim_type = "expiredCursor"


class InvalidCount(ScimError):
    scim_type = "invalidCount"


class Unauthorized(ScimError):
    """Whoever sent a token is told that it is the token; who sent none, that one is wanted (RFC
    6750, section 3)."""

    status = 401

    def __init__(self, detail: str, *, has_token: bool = True) -> None:
        challenge = 'Bearer realm="scim"' + (', error="invalid_token"' if has_token else "")
        super().__init__(detail, headers={"WWW-Authenticate": challenge})


class TokenEnded(Unauthorized):
    """The token was some organization's once, whose log says so. To the caller it is as unknown as
    any."""

    def __init__(self, detail: str, *, token: ScimToken) -> None:
        super().__init__(detail)
        self.token = token


class Forbidden(ScimError):
    status = 403


class NotFound(ScimError):
    """The one answer for what does not exist, was deleted, or belongs to somebody else."""

    status = 404

    def __init__(self, detail: str = "There is no such resource.") -> None:
        super().__init__(detail)


class NoSuchEndpoint(NotFound):
    """The address itself is none of ours: not the resource is missing, but the way to it."""

    def __init__(self, detail: str = "There is no such endpoint.") -> None:
        super().__init__(detail)


class MethodNotAllowed(ScimError):
    status = 405

    def __init__(self, method: str, allowed: Iterable[str]) -> None:
        # Whatever can be read can be asked about.
        listed = ", ".join("GET, HEAD" if each == "GET" else each for each in allowed)
        super().__init__(f"{method} is not possible here: {listed}.", headers={"Allow": listed})


class NotUnique(ScimError):
    """`holder` finds whoever has the name: fields of the person and their values."""

    status = 409
    scim_type = "uniqueness"

    def __init__(self, detail: str, *, holder: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.holder = holder or {}


class Conflict(ScimError):
    """The request is right, and would break something that must hold."""

    status = 409


class PreconditionFailed(ScimError):
    """`If-Match` names another version than there is (RFC 7644, section 3.14)."""

    status = 412


class PayloadTooLarge(ScimError):
    status = 413


class UnsupportedMediaType(ScimError):
    status = 415


class TooManyRequests(ScimError):
    status = 429

    def __init__(self, retry_after: int) -> None:
        super().__init__(
            f"Too many requests from this organization. Try again in {retry_after} s.",
            headers={"Retry-After": str(retry_after)},
        )


class RateExceeded(TooManyRequests):
    """Refused before anybody looked at it, however many there are."""


class Unexpected(ScimError):
    """Something we did not foresee. The log line with this request's id says what."""

    status = 500

    def __init__(self) -> None:
        super().__init__("Something went wrong on our side.")


class NotImplementedHere(ScimError):
    status = 501


class Paused(ScimError):
    """The safety net holds this directory until an administrator has decided."""

    status = 503

    def __init__(self, detail: str, retry_after: int) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after)})


class ProvisioningError(AccountsError):
    """Something about the directory that the console can't do; its message is fit for a page."""


class TokenReplacedAlready(ProvisioningError):
    def __init__(self, successor: object) -> None:
        super().__init__(
            _(
                "It is replaced already, by %(token)s, which your directory has not used yet. "
                "Paste that one there. If nobody kept its text, revoke it, then replace this one "
                "again."
            )
            % {"token": successor}
        )


class TokenMadeAlready(ProvisioningError):
    def __init__(self) -> None:
        super().__init__(
            _(
                "This token is made already, and its text is shown only once. If you did not keep "
                "it, revoke the token and make another."
            )
        )
