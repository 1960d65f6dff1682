"""What no service stores."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.errors import InvalidValue, SsoRequired
from accounts.models import Domain, Organization, SetupLink, User
from accounts.names import NameKeyField, is_comparable


def validate_fields(instance: Organization | Domain | User | SetupLink) -> None:
    """Refuse what the fields refuse; uniqueness is left to the database, which can't be raced.

    Raises `InvalidValue`.
    """
    try:
        # The organization is a row we hold, which a field would look up again; what was not read
        # is not written either.
        held = {"organization", "user_name_key"}
        instance.clean_fields(exclude=held | instance.get_deferred_fields())
        _validate_name_keys(instance)
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise InvalidValue(field, messages[0]) from error


def _validate_name_keys(instance: Organization | Domain | User | SetupLink) -> None:
    """A name can be short and its key too long."""
    for field in instance._meta.fields:
        if isinstance(field, NameKeyField) and not is_comparable(getattr(instance, field.source)):
            raise ValidationError({field.source: _("This is too long to be compared.")})


def validate_new_password(password: str, user: User) -> None:
    """Raises `InvalidValue` with all that Django's validators say of it."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise InvalidValue("password", " ".join(error.messages)) from error


def refuse_useless_password(organization_id: UUID | None) -> None:
    """Raises `SsoRequired` where people come in through single sign-on alone."""
    if organization_id is None:
        return
    closed = Organization.objects.filter(pk=organization_id, sso_required_at__isnull=False)
    organization = closed.first()
    if organization is not None:
        raise SsoRequired(organization)
