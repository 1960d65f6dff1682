"""The second key of a connection, while one takes the place of another."""

from __future__ import annotations

from django.db import models

from accounts.models import Organization, OwnedQuerySet
from database.sealing import unseal
from sso.models.connections import SamlConnection


class StandbyKey(models.Model):
    """Published beside the key that signs, and opens answers as that does; signs nothing.

    It is the next key until it is promoted, and the former one afterwards: the two change places.
    Beside the connection, since a process needs it once for each version.
    """

    connection = models.OneToOneField(
        SamlConnection, on_delete=models.CASCADE, primary_key=True, related_name="standby_key"
    )
    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    # Sealed with the portal's secret key; see `private_key_pem`.
    private_key = models.TextField(editable=False)
    certificate = models.TextField(editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    # Since when it signs no more; null for one that never has.
    put_aside_at = models.DateTimeField(null=True, blank=True)
    # When it last opened an answer, true to the hour.
    opened_at = models.DateTimeField(null=True, blank=True)

    objects = OwnedQuerySet["StandbyKey"].as_manager()

    def __str__(self) -> str:
        return str(self.connection_id)

    @property
    def private_key_pem(self) -> str:
        return unseal(self.private_key)
