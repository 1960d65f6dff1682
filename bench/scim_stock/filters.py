"""The library's filters, with the attribute that directories look people up by besides the name."""

from django_scim.filters import UserFilterQuery


class PersonFilterQuery(UserFilterQuery):
    attr_map = UserFilterQuery.attr_map | {("externalId", None, None): "scim_external_id"}
