"""Small changes to a Response element, for the forge's three hooks."""

from collections.abc import Callable
from copy import deepcopy

from lxml import etree

from sandbox.saml_messages import DS, SAML, SAMLP

Mutation = Callable[[etree._Element], None]


def find(root: etree._Element, path: str) -> etree._Element:
    """The first element by a path of prefixed names."""
    found = root.find(path, {"saml": SAML, "samlp": SAMLP, "ds": DS})
    assert found is not None, path
    return found


def put(path: str, attribute: str, value: str) -> Mutation:
    return lambda root: find(root, path).set(attribute, value)


def drop(path: str, attribute: str) -> Mutation:
    def mutate(root: etree._Element) -> None:
        del find(root, path).attrib[attribute]

    return mutate


def write(path: str, text: str | None) -> Mutation:
    def mutate(root: etree._Element) -> None:
        find(root, path).text = text

    return mutate


def remove(path: str) -> Mutation:
    def mutate(root: etree._Element) -> None:
        element = find(root, path)
        element.getparent().remove(element)

    return mutate


def repeat(path: str) -> Mutation:
    def mutate(root: etree._Element) -> None:
        element = find(root, path)
        element.addnext(deepcopy(element))

    return mutate


def insert(path: str, xml: str, *, at: int | None = None) -> Mutation:
    """A new child; `xml` may use the prefixes saml, samlp and ds."""

    def mutate(root: etree._Element) -> None:
        child = fragment(xml)
        parent = find(root, path)
        parent.insert(len(parent) if at is None else at, child)

    return mutate


def fragment(xml: str) -> etree._Element:
    wrapped = etree.fromstring(
        f'<w xmlns:saml="{SAML}" xmlns:samlp="{SAMLP}" xmlns:ds="{DS}" '
        f'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        f'xmlns:xs="http://www.w3.org/2001/XMLSchema">{xml}</w>'
    )
    return wrapped[0]


def both(*mutations: Mutation) -> Mutation:
    def mutate(root: etree._Element) -> None:
        for mutation in mutations:
            mutation(root)

    return mutate


NAME_ID = "saml:Assertion/saml:Subject/saml:NameID"
CONFIRMATION = "saml:Assertion/saml:Subject/saml:SubjectConfirmation"
CONFIRMATION_DATA = f"{CONFIRMATION}/saml:SubjectConfirmationData"
CONDITIONS = "saml:Assertion/saml:Conditions"
RESTRICTION = f"{CONDITIONS}/saml:AudienceRestriction"
STATEMENT = "saml:Assertion/saml:AuthnStatement"
ATTRIBUTES = "saml:Assertion/saml:AttributeStatement"
