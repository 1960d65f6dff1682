"""How much a first visit carries, packed as the server packs it."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse

from tests.design import files

KIB = 1024
# Today 8 KB. Two more kilobytes are room for the screens to come; a framework would not fit.
LEARNER_CSS = 10 * KIB
# Today 7 KB, stock widgets.css included.
CONSOLE_CSS = 9 * KIB
# A page may carry 60 KB the first time, 15 of them its own text.
FIRST_VISIT = 60 * KIB
HTML = 15 * KIB

_LINKED = re.compile(r'(?:src|href)="/static/([^"#?]+)')
_IMPORTED = re.compile(r'@import url\("\.\./([^"]+)"\)')


def packed(*texts: str) -> int:
    return sum(len(gzip.compress(text.encode())) for text in texts)


def asset(path: str) -> str:
    """A static file with the style sheets it imports."""
    found = finders.find(path)
    assert found is not None, path
    text = Path(found).read_text()
    return text + "".join(asset(imported) for imported in _IMPORTED.findall(text))


def first_visit(client: Client, address: str) -> dict[str, int]:
    """The page and everything it asks for."""
    page = client.get(address)
    assert page.status_code == 200, address
    html = page.content.decode()
    weights = {path: packed(asset(path)) for path in set(_LINKED.findall(html))}
    if 'src="/console/jsi18n/"' in html:
        weights["jsi18n"] = packed(client.get("/console/jsi18n/").content.decode())
    return {**weights, "html": packed(html)}


def test_learner_styles_stay_within_their_budget():
    assert packed(files.TOKENS.read_text(), files.COMPONENTS.read_text()) <= LEARNER_CSS


def test_console_styles_stay_within_their_budget():
    assert packed(asset("console/console.css")) <= CONSOLE_CSS


def test_sign_in_page_stays_within_its_budget(client, db):
    weights = first_visit(client, "/login/")

    assert "portal/components.css" in weights
    assert weights["html"] <= HTML
    assert sum(weights.values()) <= FIRST_VISIT


def test_a_full_list_stays_within_its_budget(client, admin, make_user, sign_in):
    for number in range(60):
        make_user(f"learner.{number}", first_name="Karoline", last_name=f"Whitmore {number}")
    sign_in(client, admin)

    weights = first_visit(client, reverse("admin:accounts_user_changelist"))

    assert "admin/js/actions.js" in weights
    assert weights["html"] <= HTML
    assert sum(weights.values()) <= FIRST_VISIT


def test_a_form_stays_within_its_budget(client, admin, sign_in):
    sign_in(client, admin)

    weights = first_visit(client, reverse("admin:accounts_user_change", args=[admin.pk]))

    assert weights["html"] <= HTML
    assert sum(weights.values()) <= FIRST_VISIT


def test_no_style_sheet_grows_past_reading():
    long = {files.name_of(path): path.read_text().count("\n") for path in files.style_sheets()}

    assert {name: lines for name, lines in long.items() if lines > 400} == {}


def test_an_empty_page_is_small():
    assert packed(render_to_string("404.html")) <= 2 * KIB
