"""What no service stores."""

from __future__ import annotations

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from accounts.errors import InvalidValue
from accounts.models import Domain, Organization, User


def validate_fields(instance: Organization | Domain | User) -> None:
    """Refuse what the fields refuse; uniqueness is left to the database, which can't be raced."""
    try:
        # The organization is a row we hold, which a field would look up again.
        instance.clean_fields(exclude={"organization", "user_name_key"})
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise InvalidValue(field, messages[0]) from error


def validate_new_password(password: str, user: User) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise InvalidValue("password", " ".join(error.messages)) from error
