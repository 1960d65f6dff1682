"""One message, read once: the tree off the wire, and pysaml2's view of that very tree.

pysaml2 hands messages around as text and parses them again wherever it needs a tree.
`WireText` is the text it is given instead: it says nothing, so no log line or error of
pysaml2 can repeat a person's data, and it remembers the message it stands for.
"""

from dataclasses import dataclass, field
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

    `verified` holds the IDs of the elements whose signature one of the pinned keys has
    confirmed on this tree; nothing else ever adds to it.
    """

    envelope: Envelope
    text: WireText = field(init=False)
    response: Any = field(init=False)
    verified: set[str] = field(default_factory=set)
    slot: etree._Element | None = field(init=False)  # what stands where the assertion will be

    def __post_init__(self) -> None:
        self.slot = self.envelope.encrypted
        self.text = WireText.of(self)
        self.response = create_class_from_element_tree(WireResponse, self.envelope.root)
        self.response.message = self
        self._adopt(self.response.assertion)

    @property
    def element(self) -> etree._Element | None:
        """The assertion, once it is readable."""
        return self.envelope.assertion

    @property
    def assertion(self) -> Any:
        """pysaml2's view of `element`."""
        return self.response.assertion[0] if self.response.assertion else None

    @property
    def was_encrypted(self) -> bool:
        return self.envelope.encrypted is not None

    def opened(self, envelope: Envelope) -> None:
        """Go on with the decrypted assertion, whose structure has passed the guard."""
        envelope.encrypted = self.envelope.encrypted
        self.envelope = envelope
        self.response.assertion = [
            create_class_from_element_tree(WireAssertion, envelope.assertion)
        ]
        self.response.encrypted_assertion = []
        self._adopt(self.response.assertion)

    def signed_element(self, identifier: str) -> etree._Element | None:
        """The element with this ID if it carries a signature of its own."""
        for element in self.envelope.signed:
            if element.get("ID") == identifier:
                return element
        return None

    def covers_assertion(self) -> bool:
        """Whether a verified signature lies on the assertion, or on the response around it."""
        element = self.element
        if element is None:
            return False
        return element.get("ID") in self.verified or self.envelope.root.get("ID") in self.verified

    def _adopt(self, assertions: list[Any]) -> None:
        for assertion in assertions:
            assertion.message = self
