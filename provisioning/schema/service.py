"""The schemas of what describes the service: RFC 7643, sections 5 to 7, and RFC 9865, section 4.

Nobody writes by them; they are read, at `/Schemas`, by whoever wants to know what the documents of
the discovery endpoints mean.
"""

from __future__ import annotations

from provisioning.schema.attributes import Attribute, Mutability, Returned, Schema, Type

SERVICE_PROVIDER_CONFIG_URN = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
RESOURCE_TYPE_URN = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
SCHEMA_URN = "urn:ietf:params:scim:schemas:core:2.0:Schema"


def _fact(
    name: str,
    description: str,
    *parts: Attribute,
    type: Type = Type.STRING,
    multi_valued: bool = False,
    required: bool = True,
    canonical_values: tuple[str, ...] = (),
    reference_types: tuple[str, ...] = (),
) -> Attribute:
    """Something that the service says of itself, and is never told."""
    return Attribute(
        name,
        description,
        type=Type.COMPLEX if parts else type,
        multi_valued=multi_valued,
        required=required,
        # Names, URNs and addresses: all of them compare exactly.
        case_exact=type in {Type.STRING, Type.REFERENCE} and not parts,
        mutability=Mutability.READ_ONLY,
        returned=Returned.DEFAULT,
        canonical_values=canonical_values,
        reference_types=reference_types,
        sub_attributes=parts,
    )


_NAME = _fact("name", "What it is called.")
_DESCRIPTION = _fact("description", "What it is, for people.", required=False)
_SUPPORTED = _fact("supported", "Whether it is there.", type=Type.BOOLEAN)
_DOCUMENTATION = _fact(
    "documentationUri",
    "Where people read about it.",
    type=Type.REFERENCE,
    reference_types=("external",),
    required=False,
)

SERVICE_PROVIDER_CONFIG = Schema(
    id=SERVICE_PROVIDER_CONFIG_URN,
    name="ServiceProviderConfig",
    description="What this service can do.",
    attributes=(
        _DOCUMENTATION,
        _fact("patch", "Changing a part of a resource.", _SUPPORTED),
        _fact(
            "bulk",
            "Several requests in one.",
            _SUPPORTED,
            _fact("maxOperations", "How many requests at most.", type=Type.INTEGER),
            _fact("maxPayloadSize", "How many bytes at most.", type=Type.INTEGER),
        ),
        _fact(
            "filter",
            "Searching.",
            _SUPPORTED,
            _fact("maxResults", "How many resources one answer has at most.", type=Type.INTEGER),
        ),
        _fact("changePassword", "Changing passwords.", _SUPPORTED),
        _fact("sort", "Answers in an order.", _SUPPORTED),
        _fact("etag", "Versions of resources.", _SUPPORTED),
        _fact(
            "pagination",
            "Answers in pages.",
            _fact("cursor", "Whether by cursors.", type=Type.BOOLEAN),
            _fact("index", "Whether by positions.", type=Type.BOOLEAN),
            _fact(
                "defaultPaginationMethod",
                "What it is if nothing is said.",
                canonical_values=("cursor", "index"),
                required=False,
            ),
            _fact("defaultPageSize", "Resources on a page.", type=Type.INTEGER, required=False),
            _fact("maxPageSize", "Resources at most.", type=Type.INTEGER, required=False),
            _fact(
                "cursorTimeout",
                "How many seconds a cursor is good for.",
                type=Type.INTEGER,
                required=False,
            ),
            required=False,
        ),
        _fact(
            "authenticationSchemes",
            "How to say who is asking.",
            _fact(
                "type",
                "The kind of scheme.",
                canonical_values=(
                    "oauth",
                    "oauth2",
                    "oauthbearertoken",
                    "httpbasic",
                    "httpdigest",
                ),
            ),
            _NAME,
            _fact("description", "What it is, for people."),
            _fact(
                "specUri",
                "Where it is specified.",
                type=Type.REFERENCE,
                reference_types=("external",),
                required=False,
            ),
            _DOCUMENTATION,
            _fact("primary", "Whether it is preferred.", type=Type.BOOLEAN, required=False),
            multi_valued=True,
        ),
    ),
)

RESOURCE_TYPE = Schema(
    id=RESOURCE_TYPE_URN,
    name="ResourceType",
    description="A kind of resource and where it is.",
    attributes=(
        _fact("id", "The same as its name.", required=False),
        _NAME,
        _DESCRIPTION,
        _fact(
            "endpoint",
            "Its address below the base address.",
            type=Type.REFERENCE,
            reference_types=("uri",),
        ),
        _fact(
            "schema",
            "The schema that every such resource has.",
            type=Type.REFERENCE,
            reference_types=("uri",),
        ),
        _fact(
            "schemaExtensions",
            "Further schemas that such a resource may have.",
            _fact(
                "schema",
                "The extension's schema.",
                type=Type.REFERENCE,
                reference_types=("uri",),
            ),
            _fact("required", "Whether each must have it.", type=Type.BOOLEAN),
            multi_valued=True,
            required=False,
        ),
    ),
)

_CHARACTERISTICS = (
    _NAME,
    _fact("type", "The kind of value.", canonical_values=tuple(Type)),
    _fact("multiValued", "Whether there may be several.", type=Type.BOOLEAN),
    _DESCRIPTION,
    _fact("required", "Whether there must be a value.", type=Type.BOOLEAN),
    _fact("canonicalValues", "Usual values.", multi_valued=True, required=False),
    _fact("caseExact", "Whether case counts.", type=Type.BOOLEAN, required=False),
    _fact("mutability", "Who may write it, and when.", canonical_values=tuple(Mutability)),
    _fact("returned", "When it is part of an answer.", canonical_values=tuple(Returned)),
    _fact(
        "uniqueness",
        "Among what a value is unique.",
        canonical_values=("none", "server", "global"),
        required=False,
    ),
    _fact(
        "referenceTypes",
        "What a reference may point at.",
        multi_valued=True,
        required=False,
    ),
)

SCHEMA = Schema(
    id=SCHEMA_URN,
    name="Schema",
    description="The attributes that belong to one URN.",
    attributes=(
        _fact("id", "The schema's URN."),
        _fact("name", "What it is called.", required=False),
        _DESCRIPTION,
        _fact(
            "attributes",
            "The attributes.",
            *_CHARACTERISTICS,
            _fact(
                "subAttributes",
                "The parts of a complex attribute.",
                *_CHARACTERISTICS,
                multi_valued=True,
                required=False,
            ),
            multi_valued=True,
        ),
    ),
)
SERVICE_SCHEMAS = (SERVICE_PROVIDER_CONFIG, RESOURCE_TYPE, SCHEMA)
