"""Addresses below /scim/v2/, under the names that django-scim2 gives them."""

from django.urls import re_path

from provisioning import endpoints
from provisioning.handlers.bulk import BULK
from provisioning.handlers.nowhere import ME, NOWHERE, TWICE
from provisioning.schema import GROUP, USER
from provisioning.views import endpoint

app_name = "scim"

ID = r"(?P<id>[^/]+)"

urlpatterns = [
    re_path(r"^$", endpoint(endpoints.ROOT), name="root"),
    re_path(r"^\.search/?$", endpoint(endpoints.SEARCH_EVERYTHING), name="search"),
    re_path(r"^Users/?$", endpoint(endpoints.USERS, USER), name="users"),
    re_path(r"^Users/\.search/?$", endpoint(endpoints.SEARCH_USERS, USER), name="users-search"),
    re_path(rf"^Users/{ID}/?$", endpoint(endpoints.ONE_USER, USER), name="user"),
    re_path(r"^Groups/?$", endpoint(endpoints.GROUPS, GROUP), name="groups"),
    re_path(r"^Groups/\.search/?$", endpoint(endpoints.SEARCH_GROUPS, GROUP), name="groups-search"),
    re_path(rf"^Groups/{ID}/?$", endpoint(endpoints.ONE_GROUP, GROUP), name="group"),
    re_path(r"^Bulk/?$", endpoint(BULK), name="bulk"),
    re_path(r"^Me/?$", endpoint(ME), name="me"),
    re_path(
        r"^ServiceProviderConfig/?$",
        endpoint(endpoints.SERVICE_PROVIDER_CONFIG),
        name="service-provider-config",
    ),
    re_path(
        rf"^ResourceTypes(?:/{ID})?/?$",
        endpoint(endpoints.RESOURCE_TYPES),
        name="resource-types",
    ),
    re_path(rf"^Schemas(?:/{ID})?/?$", endpoint(endpoints.SCHEMAS), name="schemas"),
    re_path(r"^(?:scim|SCIM|v2)(?:/|$)", endpoint(TWICE)),
    # A directory that asks for something else is answered in its own language.
    re_path(r"", endpoint(NOWHERE)),
]
