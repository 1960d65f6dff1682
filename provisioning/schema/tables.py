"""The schemas themselves: RFC 7643, sections 3.1, 4.1 to 4.3, and one of our own.

What we leave out is left out on purpose: `password`, since people's passwords are never taken from
a directory. So it is an attribute like any that nobody knows: passed over in a whole resource, and
refused where it is all that is asked for.
"""

from __future__ import annotations

from provisioning.schema.attributes import (
    Attribute,
    Mutability,
    Returned,
    Schema,
    Type,
    Uniqueness,
)

CORE_USER_URN = "urn:ietf:params:scim:schemas:core:2.0:User"
CORE_GROUP_URN = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE_USER_URN = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
# Under the prefix that Entra ID wants of custom attributes before it maps them.
CUSTOM_USER_URN = "urn:ietf:params:scim:schemas:extension:learningportal:2.0:User"


def _read_only(name: str, description: str, **more: object) -> Attribute:
    return Attribute(name, description, mutability=Mutability.READ_ONLY, **more)  # type: ignore[arg-type]


def _reference(name: str, description: str, *types: str, **more: object) -> Attribute:
    # References are URIs, and URIs compare exactly (RFC 7643, section 2.3.7).
    return Attribute(
        name,
        description,
        type=Type.REFERENCE,
        reference_types=types,
        case_exact=True,
        **more,  # type: ignore[arg-type]
    )


def _values(
    name: str, description: str, *parts: Attribute, kinds: tuple[str, ...] = ()
) -> Attribute:
    """A multi-valued attribute with the usual sub-attributes (RFC 7643, section 2.4)."""
    return Attribute(
        name,
        description,
        type=Type.COMPLEX,
        multi_valued=True,
        sub_attributes=(
            *(parts or (VALUE, DISPLAY)),
            Attribute("type", "What kind of value it is.", canonical_values=kinds),
            Attribute(
                "primary", "Whether it is the preferred one; at most one is.", type=Type.BOOLEAN
            ),
        ),
    )


VALUE = Attribute("value", "The value itself.")
DISPLAY = Attribute("display", "A name for it that people can read.")

ID = _read_only(
    "id",
    "The portal's name for the resource: opaque, and never used again.",
    required=False,
    case_exact=True,
    returned=Returned.ALWAYS,
    uniqueness=Uniqueness.SERVER,
)
EXTERNAL_ID = Attribute("externalId", "The directory's name for the resource.", case_exact=True)
META = _read_only(
    "meta",
    "What the portal keeps about the resource.",
    type=Type.COMPLEX,
    sub_attributes=(
        _read_only("resourceType", "The kind of resource.", case_exact=True),
        _read_only("created", "When it was added.", type=Type.DATE_TIME),
        _read_only("lastModified", "When it last changed.", type=Type.DATE_TIME),
        _read_only(
            "location",
            "Its address.",
            type=Type.REFERENCE,
            reference_types=("uri",),
            case_exact=True,
        ),
        _read_only("version", "Its version, as in the ETag header.", case_exact=True),
    ),
)
COMMON = (ID, EXTERNAL_ID, META)

NAME = Attribute(
    "name",
    "The parts of the person's name.",
    type=Type.COMPLEX,
    sub_attributes=(
        Attribute("formatted", "The whole name, as it is shown."),
        Attribute("familyName", "The family name, or last name."),
        Attribute("givenName", "The given name, or first name."),
        Attribute("middleName", "The middle names."),
        Attribute("honorificPrefix", "What stands before the name, such as Dr."),
        Attribute("honorificSuffix", "What stands after the name, such as III."),
    ),
)
ADDRESS_PARTS = (
    Attribute("formatted", "The whole address, as it is written on an envelope."),
    Attribute("streetAddress", "Street and number."),
    Attribute("locality", "The city."),
    Attribute("region", "The state or region."),
    Attribute("postalCode", "The postal code."),
    Attribute("country", "The country, as ISO 3166-1 alpha-2 where it is known."),
)

CORE_USER = Schema(
    id=CORE_USER_URN,
    name="User",
    description="A Learning account: one person's place in one organization.",
    attributes=(
        Attribute(
            "userName",
            "The name to sign in with, unique in the organization whatever its case.",
            required=True,
            uniqueness=Uniqueness.SERVER,
        ),
        NAME,
        Attribute("displayName", "The name shown to others."),
        Attribute("nickName", "What the person is called casually."),
        _reference("profileUrl", "A page about the person.", "external"),
        Attribute("title", "The job title."),
        Attribute("userType", "How the person belongs to the organization, such as Employee."),
        Attribute("preferredLanguage", "Languages, as in the Accept-Language header."),
        Attribute("locale", "For dates and numbers, such as en-US."),
        Attribute("timezone", "In the form of the IANA database, such as Europe/Berlin."),
        Attribute("active", "Whether the person may sign in.", type=Type.BOOLEAN),
        _values("emails", "E-mail addresses.", kinds=("work", "home", "other")),
        _values(
            "phoneNumbers",
            "Phone numbers.",
            kinds=("work", "home", "mobile", "fax", "pager", "other"),
        ),
        _values(
            "ims",
            "Addresses for messages.",
            kinds=("aim", "gtalk", "icq", "xmpp", "msn", "skype", "qq", "yahoo"),
        ),
        _values(
            "photos",
            "Addresses of pictures. Kept and given back, never loaded.",
            _reference("value", "Where the picture is.", "external"),
            DISPLAY,
            kinds=("photo", "thumbnail"),
        ),
        _values(
            "addresses",
            "Postal addresses.",
            *ADDRESS_PARTS,
            kinds=("work", "home", "other"),
        ),
        Attribute(
            "groups",
            "The groups the person is in. Changed on the groups, never here.",
            type=Type.COMPLEX,
            multi_valued=True,
            mutability=Mutability.READ_ONLY,
            sub_attributes=(
                _read_only("value", "The group's id.", case_exact=True),
                _read_only(
                    "$ref",
                    "The group's address.",
                    type=Type.REFERENCE,
                    reference_types=("Group",),
                    case_exact=True,
                ),
                _read_only("display", "The group's name."),
                _read_only("type", "Always direct.", canonical_values=("direct",)),
            ),
        ),
        _values("entitlements", "What the person is entitled to. Kept, without effect."),
        _values("roles", "Roles the directory knows. Kept, without effect on roles here."),
        _values(
            "x509Certificates",
            "Certificates, DER in Base64.",
            Attribute("value", "The certificate.", type=Type.BINARY, case_exact=True),
            DISPLAY,
        ),
    ),
)

ENTERPRISE_USER = Schema(
    id=ENTERPRISE_USER_URN,
    name="EnterpriseUser",
    description="What an employer knows of the person.",
    attributes=(
        Attribute("employeeNumber", "The personnel number."),
        Attribute("costCenter", "The cost center."),
        Attribute("organization", "The organization."),
        Attribute("division", "The division."),
        Attribute("department", "The department."),
        Attribute(
            "manager",
            "The person's manager.",
            type=Type.COMPLEX,
            sub_attributes=(
                Attribute("value", "The manager's id.", case_exact=True),
                _reference("$ref", "The manager's address.", "User"),
                _read_only("displayName", "The manager's name."),
            ),
        ),
    ),
)

CUSTOM_USER = Schema(
    id=CUSTOM_USER_URN,
    name="LearningPortalUser",
    description=(
        "Attributes of the organization's own. Besides those listed it takes any further "
        "attribute, of whatever name, as a string, a number, a boolean or a list of these."
    ),
    attributes=(Attribute("location", "Where the person works, as people say it."),),
    is_open=True,
)

CORE_GROUP = Schema(
    id=CORE_GROUP_URN,
    name="Group",
    description="A group of people.",
    attributes=(
        Attribute("displayName", "The group's name.", required=True),
        Attribute(
            "members",
            "The people in the group. Groups in groups are refused.",
            type=Type.COMPLEX,
            multi_valued=True,
            sub_attributes=(
                Attribute(
                    "value",
                    "The person's id.",
                    mutability=Mutability.IMMUTABLE,
                    case_exact=True,
                ),
                _reference(
                    "$ref", "The person's address.", "User", mutability=Mutability.IMMUTABLE
                ),
                Attribute(
                    "type",
                    "Always User.",
                    mutability=Mutability.IMMUTABLE,
                    canonical_values=("User",),
                ),
                _read_only("display", "The person's name."),
            ),
        ),
    ),
)
