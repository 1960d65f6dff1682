"""The schema check: what it reads, and that threads get an answer each to their own question."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from lxml import etree

from sso.saml.schema import PROTOCOL, schema_fault

RESPONSE = (
    '<p:Response xmlns:p="urn:oasis:names:tc:SAML:2.0:protocol" ID="_a" Version="2.0"'
    ' xmlns:i="http://www.w3.org/2001/XMLSchema-instance" %s'
    ' IssueInstant="2026-01-01T00:00:00Z">%s</p:Response>'
)
STATUS = '<p:Status><p:StatusCode Value="urn:x"/></p:Status>'


def fault_in(xml):
    return schema_fault(etree.fromstring(xml), PROTOCOL)


def test_each_thread_gets_the_answer_to_its_own_question():
    documents = [RESPONSE % ("", STATUS), RESPONSE % ("", "<p:Nonsense/>")] * 200

    with ThreadPoolExecutor(16) as pool:
        faults = list(pool.map(fault_in, documents))

    assert faults == [None, "Nonsense"] * 200


def test_who_can_parse_has_the_schemas_compiled():
    # A parse in one thread takes the loader away that a compilation in another one needs.
    code = "import sso.saml.reading, sys; assert sys.modules['sso.saml.schema']._COMPILED"

    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("scheme", ["file://{}", "{}"])
def test_a_schema_that_the_message_names_is_never_fetched(tmp_path, scheme):
    theirs = tmp_path / "theirs.xsd"
    theirs.write_text(
        '<s:schema xmlns:s="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:theirs">'
        '<s:element name="number" type="s:int"/></s:schema>'
    )
    location = f'i:schemaLocation="urn:theirs {scheme.format(theirs)}"'
    extensions = '<p:Extensions><t:number xmlns:t="urn:theirs">none</t:number></p:Extensions>'

    assert fault_in(RESPONSE % (location, extensions + STATUS)) is None
