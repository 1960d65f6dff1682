"""One message, read once: the tree off the wire, and pysaml2's view of that very tree.

pysaml2 hands messages around as text and parses them again wherever it needs a tree.
`WireText` is the text it is given instead: it says nothing, so no log line or error of
pysaml2 can repeat a person's data, and it remembers the message it stands for.
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Self

from lxml import etree
from saml2 import SamlBase, create_class_from_element_tree, saml, samlp

from sso.saml.guard import Envelope


class WireText(str):
    """Stands for a message wherever pysaml2 expects its XML."""

    __slots__ = ("message",)
    message: "Message"

    @classmethod
    def of(cls, message: "Message") -> Self:
        text = cls("<SAML message, not shown>")
        text.message = message
        return text

    def __getitem__(self, key: Any) -> str:
        # pysaml2 keeps "an own copy" by slicing the whole.
        return self if key == slice(None) else super().__getitem__(key)


class _OnTheWire:
    """Shows itself as the message it came with, where pysaml2 would write XML again."""

    message: "Message"

    def __str__(self) -> str:
        return self.message.text


class WireAttributeValue(SamlBase):  # type: ignore[misc]  # pysaml2 is untyped
    """A value as it was signed. pysaml2's own class turns "007" of type xs:integer into 7."""

    c_tag = "AttributeValue"
    c_namespace = saml.NAMESPACE
    c_value_type = {"base": "string"}


class WireAttribute(saml.Attribute):  # type: ignore[misc]  # pysaml2 is untyped
    c_children = saml.Attribute.c_children | {
        f"{{{saml.NAMESPACE}}}AttributeValue": ("attribute_value", [WireAttributeValue])
    }

    def harvest_element_tree(self, tree: etree._Element) -> None:
        # pysaml2 writes the default into the tree, which would break the signature.
        self.name_format = saml.NAME_FORMAT_UNSPECIFIED
        SamlBase.harvest_element_tree(self, tree)


class WireAttributeStatement(saml.AttributeStatement):  # type: ignore[misc]  # pysaml2 is untyped
    """pysaml2 writes the whole statement out for a log line nobody reads."""

    c_children = saml.AttributeStatement.c_children | {
        f"{{{saml.NAMESPACE}}}Attribute": ("attribute", [WireAttribute])
    }

    def __str__(self) -> str:
        return "<AttributeStatement, not shown>"


class WireAssertion(_OnTheWire, saml.Assertion):  # type: ignore[misc]  # pysaml2 is untyped
    c_children = saml.Assertion.c_children | {
        f"{{{saml.NAMESPACE}}}AttributeStatement": (
            "attribute_statement",
            [WireAttributeStatement],
        )
    }


class WireResponse(_OnTheWire, samlp.Response):  # type: ignore[misc]  # pysaml2 is untyped
    c_children = samlp.Response.c_children | {
        f"{{{saml.NAMESPACE}}}Assertion": ("assertion", [WireAssertion])
    }


@dataclass(eq=False)
class Message:
    """A guarded message on its way through pysaml2.

    `verified_by` holds, for each ID whose element a pinned key has signed on this tree,
    the name of that certificate. `opened_by` names our key that could decrypt, if one had to. Only
    the crypto backend writes there.
    """

    envelope: Envelope
    verified_by: dict[str, str] = field(default_factory=dict)
    was_encrypted: bool = field(init=False)
    opened_by: str = ""

    def __post_init__(self) -> None:
        self.was_encrypted = self.envelope.encrypted is not None

    @cached_property
    def text(self) -> WireText:
        return WireText.of(self)

    @cached_property
    def response(self) -> Any:
        """pysaml2's view of the tree. Asked for only once the assertion is readable."""
        response = create_class_from_element_tree(WireResponse, self.envelope.root)
        response.message = self
        for assertion in response.assertion:
            assertion.message = self
        return response

    @property
    def assertion(self) -> Any:
        """pysaml2's view of the one assertion."""
        return self.response.assertion[0] if self.response.assertion else None

    def settle(self, confirmation: Any) -> None:
        """Leave pysaml2 the confirmation that counts, and the request it answers.

        pysaml2 wants each of several confirmations to hold, where one is enough (core, 2.4.1),
        and reads the request off the envelope, which may leave it to the confirmation.
        """
        self.assertion.subject.subject_confirmation = [confirmation]
        if data := confirmation.subject_confirmation_data:
            self.response.in_response_to = data.in_response_to

    def is_verified(self, element: etree._Element | None) -> bool:
        """Whether one of the pinned keys has signed exactly this element."""
        return element is not None and element.get("ID") in self.verified_by

    def covers_assertion(self) -> bool:
        """Whether a verified signature lies on the assertion, or on the response around it."""
        return self.envelope.assertion is not None and (
            self.is_verified(self.envelope.assertion) or self.is_verified(self.envelope.root)
        )
