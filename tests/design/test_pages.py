"""The frames of pages, seen over HTTP."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.template.loader import get_template, render_to_string
from django.test import RequestFactory
from django.urls import reverse

from tests.design import files

OUR_FAULT = ["500.html", *(f"500.{code}.html" for code, _name in settings.LANGUAGES[1:])]
ERROR_PAGES = ["400.html", "403.html", "403_csrf.html", "404.html", *OUR_FAULT]


def h1s(html: str) -> int:
    return len(re.findall(r"<h1\b", html))


@pytest.mark.parametrize("name", ERROR_PAGES)
def test_error_page_renders_without_any_context_and_has_one_heading(name):
    # as Django renders 400 and 500: no request, no context processors
    html = get_template(name).render()

    assert h1s(html) == 1
    assert '<a class="btn btn-primary" href="/">' in html
    assert "Sign out" not in html


@pytest.mark.parametrize("name", OUR_FAULT)
def test_the_page_for_our_own_faults_uses_nothing_that_can_break(name):
    markup = files.markup(files.TEMPLATES / name)

    assert re.findall(r"{%|{{", markup) == []
    assets = re.findall(r'"/static/([^"#]+)', markup)
    assert len(assets) > 3
    assert [asset for asset in assets if not (files.STATIC / asset).is_file()] == []


def test_a_page_that_is_not_there_says_so_with_the_right_status(client, admin, sign_in):
    sign_in(client, admin)

    response = client.get("/no/such/page/")

    assert response.status_code == 404
    assert h1s(response.content.decode()) == 1


def test_who_may_not_sees_why_and_who_can_change_it():
    html = render_to_string("403.html")

    assert "A full admin of your organization can give you another role." in html


def as_seen_by(user: object, path: str = "/") -> str:
    request = RequestFactory().get(path)
    request.user = user
    return render_to_string("base.html", {"user": user}, request=request)


def test_the_header_of_a_learner_has_no_way_into_the_console(make_user):
    html = as_seen_by(make_user("ana"))

    assert reverse("admin:index") not in html
    assert f'action="{reverse("accounts:logout")}"' in html
    assert f'href="{reverse("account")}"' in html


def test_the_header_of_an_administrator_leads_to_the_console(admin):
    assert f'href="{reverse("admin:index")}"' in as_seen_by(admin)


def test_the_menu_marks_the_page_one_is_on(admin):
    html = as_seen_by(admin, reverse("account"))

    assert re.findall(r'<a href="([^"]*)" aria-current="page"', html) == [reverse("account")]


def test_messages_say_their_level_by_icon_and_class_and_escape_their_text():
    messages = [
        SimpleNamespace(level_tag=level, __html__=None)
        for level in ("success", "warning", "error", "info", "debug")
    ]
    html = render_to_string("_messages.html", {"messages": messages})

    assert re.findall(r'<li class="(\w+)">.*?#([\w-]+)"', html) == [
        ("success", "check-circle"),
        ("warning", "warn"),
        ("error", "x-circle"),
        ("info", "info"),
        ("debug", "info"),
    ]


@pytest.fixture
def people_page(client, admin, sign_in) -> str:
    sign_in(client, admin)
    return client.get(reverse("admin:accounts_user_changelist")).content.decode()


def test_a_list_has_one_heading_and_the_name_of_what_it_lists(people_page):
    assert re.findall(r"<h1>([^<]*)</h1>", people_page) == ["People"]


def test_a_list_loads_no_page_sheet_of_the_stock_admin(people_page):
    sheets = re.findall(r'<link rel="stylesheet" href="/static/([^"]+)"', people_page)

    assert sheets == ["console/console.css", "portal/tokens.css", "portal/components.css"]


def test_a_list_names_each_cell_for_phones_and_screen_readers(people_page):
    body = people_page.partition("<tbody")[2]
    cells = re.findall(r"<t[dh]\b[^>]*>", body.partition("</tbody>")[0])

    assert cells
    assert [cell for cell in cells if " role=" not in cell] == []
    assert [cell for cell in cells if "data-label=" not in cell and "checkbox" not in cell] == []


def test_a_list_without_a_match_offers_the_way_back(client, admin, sign_in):
    sign_in(client, admin)

    page = client.get(reverse("admin:accounts_user_changelist"), {"q": "nobody at all"})

    html = page.content.decode()
    assert "No people match “nobody at all”." in " ".join(html.split())
    assert 'href="?">Show all people</a>' in html


def test_an_empty_list_says_what_fills_it_and_offers_to_add(client, admin, sign_in):
    sign_in(client, admin)

    html = client.get(reverse("admin:accounts_domain_changelist")).content.decode()

    assert "No domain yet." in html
    assert html.count(f'href="{reverse("admin:accounts_domain_add")}"') == 2
    assert 'id="changelist-search"' not in html  # there is nothing to search


def test_what_opens_after_adding_has_one_way_to_save(client, admin, sign_in):
    sign_in(client, admin)

    domain = client.get(reverse("admin:accounts_domain_add")).content.decode()
    group = client.get(reverse("admin:accounts_directorygroup_add")).content.decode()

    assert 'name="_continue"' not in domain
    assert 'name="_continue"' in group


def test_mistakes_are_listed_first_and_lead_to_their_fields(client, admin, sign_in):
    sign_in(client, admin)

    response = client.post(reverse("admin:accounts_user_add"), {"role": "sub_admin"})

    summary = response.content.decode().partition('role="alert"')[2].partition("<fieldset")[0]
    assert '<a href="#id_user_name">User name</a>' in summary
    assert '<a href="#id_abilities">' in summary
    assert 'id="id_abilities"' in response.content.decode()


def test_the_menu_of_the_console_marks_one_page(people_page):
    menu = people_page.partition('<nav id="nav-sidebar"')[2].partition("</nav>")[0]

    assert re.findall(r'<a href="([^"]*)" aria-current', menu) == [
        reverse("admin:accounts_user_changelist")
    ]


def test_a_form_sends_nothing_inline_and_one_heading(client, admin, sign_in):
    sign_in(client, admin)

    html = client.get(reverse("admin:accounts_user_change", args=[admin.pk])).content.decode()

    assert h1s(html) == 1
    assert re.findall(r"<style\b|\sstyle=|<script(?![^>]*\bsrc=)|\son\w+=", html) == []


def test_a_mistake_in_a_console_form_is_tied_to_its_field(client, admin, sign_in):
    sign_in(client, admin)

    page = client.post(reverse("admin:accounts_user_add"), {"user_name": ""})

    html = page.content.decode()
    assert "Nothing is saved yet." in html
    assert re.search(r'name="user_name"[^>]*aria-invalid="true"[^>]*id_user_name_error', html)
    assert 'id="id_user_name_error"' in html
