"""What `make catalogs` collects, and what its check refuses."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import polib
import pytest
from django.utils import translation

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def catalogs() -> Any:
    spec = importlib.util.spec_from_file_location("catalogs", ROOT / ".ci/catalogs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["catalogs"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    yield module
    del sys.modules["catalogs"]


def entry(text: str, german: str, **more: Any) -> polib.POEntry:
    return polib.POEntry(msgid=text, msgstr=german, **more)


def faults(catalogs: Any, said: list[str], *entries: polib.POEntry, binary: bytes = b"") -> str:
    catalog = polib.POFile()
    catalog.metadata = {"Content-Type": "text/plain; charset=UTF-8"}
    catalog.extend(entries)
    wanted = {catalogs.Text(text): ["a.html"] for text in said}
    made = binary or catalogs.compiled(catalog)
    return "\n".join(catalogs.faults_of(wanted, catalog, made))


def test_german_is_complete(catalogs: Any) -> None:
    with translation.override(None):
        wanted = catalogs.collect(catalogs.sources())
    german = polib.pofile(str(catalogs.PO))

    assert list(catalogs.faults_of(wanted, german, catalogs.MO.read_bytes())) == []
    assert len(wanted) > 800


def test_collecting_again_changes_nothing(catalogs: Any) -> None:
    german = polib.pofile(str(catalogs.PO))
    with translation.override(None):
        catalogs.merge(german, catalogs.collect(catalogs.sources()))

    assert str(german) == catalogs.PO.read_text()


def test_no_line_numbers_are_in_it(catalogs: Any) -> None:
    german = polib.pofile(str(catalogs.PO))

    assert {line for each in german for _file, line in each.occurrences} == {""}


def test_a_text_without_german_is_refused(catalogs: Any) -> None:
    assert "no German for 'Hello'" in faults(catalogs, ["Hello"])
    assert "no German for 'Hello'" in faults(catalogs, ["Hello"], entry("Hello", ""))


def test_a_guess_is_no_translation(catalogs: Any) -> None:
    fuzzy = entry("Hello", "Hallo", flags=["fuzzy"])

    assert "no German for 'Hello'" in faults(catalogs, ["Hello"], fuzzy)


def test_what_nobody_says_any_more_has_to_go(catalogs: Any) -> None:
    assert "nobody says 'Bye' any more" in faults(catalogs, [], entry("Bye", "Tschüss"))


def test_a_catalog_that_was_not_compiled_is_refused(catalogs: Any) -> None:
    hello = entry("Hello", "Hallo")

    assert "is not made of" in faults(catalogs, ["Hello"], hello, binary=b"old")
    assert faults(catalogs, ["Hello"], hello) == ""


@pytest.mark.parametrize(
    ("text", "german", "fault"),
    [
        ("Hello %(name)s", "Hallo", "placeholders"),
        ("Hello %(name)s", "Hallo %(nam)s", "placeholders"),
        ("{idp} is off", "Okta ist aus", "placeholders"),
        ("Ask <b>us</b>", "Fragen Sie <b>uns<b>", "tags"),
        ('Ask <a href="%(url)s">us</a>', "Fragen Sie uns %(url)s", "tags"),
        ("Hello,\n", "Hallo,", "beginning or end"),
    ],
)
def test_a_translation_keeps_what_the_page_needs(
    catalogs: Any, text: str, german: str, fault: str
) -> None:
    assert fault in faults(catalogs, [text], entry(text, german))


def test_texts_are_collected_as_they_are_looked_up(catalogs: Any) -> None:
    module = """
class One:
    words = _("a " "b")
class Two:
    words = ngettext("%(n)d day", "%(n)d days", 2), pgettext("whose", "mine"), other("no")
"""
    everything = set(catalogs.in_module(module))

    assert everything == {
        catalogs.Text("a b"),
        catalogs.Text("%(n)d day", "%(n)d days"),
        catalogs.Text("mine", context="whose"),
    }
    assert list(catalogs.in_module(module, ["One"])) == [catalogs.Text("a b")]


def test_each_part_that_is_named_exists(catalogs: Any) -> None:
    """A class that was renamed would silently lose its German."""
    for name, parts in catalogs.PARTS.items():
        source = (ROOT / name).read_text()
        for part in parts:
            assert list(catalogs.in_module(source, [part])), f"{name}: {part}"
    for pattern in (*catalogs.SOURCES, *catalogs.ENGLISH):
        assert list(ROOT.glob(pattern)), pattern
