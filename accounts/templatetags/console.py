"""What the console's templates need beside Django's own tags: `{% load console %}`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any

from django import template
from django.contrib.admin.utils import display_for_value
from django.contrib.admin.views.main import PAGE_VAR, ChangeList
from django.contrib.admin.widgets import ForeignKeyRawIdWidget, RelatedFieldWidgetWrapper
from django.forms import Media
from django.utils.html import conditional_escape, format_html, strip_tags
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst
from django.utils.translation import gettext

from accounts.templatetags.portal import status_badge

register = template.Library()

_CELL = re.compile(r"\A\s*<(td|th)\b")
# Controls of an editable list have a heading, but no label of their own.
_CONTROL = re.compile(r'<(?:select|textarea|input(?! type="hidden"))\b')
_ROLES = {"td": "cell", "th": "rowheader"}
# Sheets that widgets bring along, and ours that puts them below our layers.
_STOCK_SHEETS = frozenset(
    {
        "admin/css/vendor/select2/select2.css",
        "admin/css/vendor/select2/select2.min.css",
        "admin/css/autocomplete.css",
    }
)
_OUR_SHEET = "console/select2.css"
_SLUG_SCRIPTS = frozenset(
    {
        "admin/js/urlify.js",
        "admin/js/prepopulate.js",
        "admin/js/vendor/xregexp/xregexp.js",
        "admin/js/vendor/xregexp/xregexp.min.js",
    }
)
_JQUERY_SCRIPTS = frozenset(
    {
        "admin/js/vendor/jquery/jquery.js",
        "admin/js/vendor/jquery/jquery.min.js",
        "admin/js/jquery.init.js",
        "admin/js/admin/RelatedObjectLookups.js",
    }
)
_ON_EVERY_PAGE = _SLUG_SCRIPTS | _JQUERY_SCRIPTS | {"admin/js/core.js", "admin/js/actions.js"}


@register.filter
def in_words(html: str) -> SafeString:
    """The stock yes and no pictures, replaced by status words. Takes what the admin rendered."""
    if "<img" in html:
        for value, (kind, icon_name, word) in {
            True: ("ok", "check", gettext("Yes")),
            False: ("", "none", gettext("No")),
            None: ("", "none", gettext("Unknown")),
        }.items():
            picture = display_for_value(value, "", boolean=True)
            html = html.replace(picture, status_badge(kind, icon_name, word))
    return mark_safe(html)  # noqa: S308 - the admin escaped it; only its own pictures change


@register.filter
def cells(row: Sequence[str], headers: Sequence[Mapping[str, Any]]) -> Iterator[SafeString]:
    """A list's row with table roles, and on each cell the heading that phones show beside it."""
    for html, header in zip_longest(row, headers[: len(row)], fillvalue=None):
        text = capfirst(strip_tags(str(header["text"]))) if header else ""
        yield in_words(_with_heading(html or "", conditional_escape(text)))


def _with_heading(html: str, text: str) -> str:
    def cell(found: re.Match[str]) -> str:
        label = f' data-label="{text}"' if text else ""
        return f'{found[0]} role="{_ROLES[found[1]]}"{label}'

    html = _CELL.sub(cell, html, count=1)
    if text and "aria-label=" not in html:
        html = _CONTROL.sub(lambda found: f'{found[0]} aria-label="{text}"', html)
    return html


@register.simple_tag(takes_context=True)
def our_media(context: template.Context) -> Media:
    """What the page's widgets need, and no more.

    Their style sheets are exchanged for ours, which keep to the layers. Of the scripts that
    Django's admin sends with every page, those stay that this page has work for: they weigh more
    than all the rest of it.
    """
    media: Media = context["media"]
    ours = [_OUR_SHEET if path in _STOCK_SHEETS else path for path in _sheets_of(media)]
    idle: set[str] = set()
    if not _fills_in_slugs(context):
        idle |= _SLUG_SCRIPTS
        if not _needs_jquery(context, media):
            idle |= _JQUERY_SCRIPTS
    return Media(
        css={"all": list(dict.fromkeys(ours))} if ours else {},
        js=[path for path in _scripts_of(media) if path not in idle],
    )


def _scripts_of(media: Media) -> list[str]:
    return list(media._js)  # type: ignore[attr-defined]  # no public way to read them


def _sheets_of(media: Media) -> list[str]:
    by_medium = media._css  # type: ignore[attr-defined]  # no public way to read them
    return [path for sheets in by_medium.values() for path in sheets]


def _fills_in_slugs(context: template.Context) -> bool:
    forms = [context.get("adminform"), *(context.get("inline_admin_formsets") or ())]
    return any(getattr(form, "prepopulated_fields", None) for form in forms)


def _needs_jquery(context: template.Context, media: Media) -> bool:
    """Pop-ups and pickers of related rows, and every script beyond the ones on each page."""
    if context.get("is_popup") or set(_scripts_of(media)) - _ON_EVERY_PAGE:
        return True
    form = getattr(context.get("adminform"), "form", None) or getattr(
        getattr(context.get("cl"), "formset", None), "empty_form", None
    )
    fields = form.fields.values() if form else ()
    return any(_opens_pop_ups(field.widget) for field in fields)


def _opens_pop_ups(widget: Any) -> bool:
    if isinstance(widget, ForeignKeyRawIdWidget):
        return True
    return isinstance(widget, RelatedFieldWidgetWrapper) and (
        widget.can_add_related
        or widget.can_change_related
        or widget.can_delete_related
        or widget.can_view_related
        or isinstance(widget.widget, ForeignKeyRawIdWidget)
    )


@register.simple_tag
def page_link(changes: ChangeList, number: int | str) -> SafeString:
    """One entry of a list's pages."""
    if number == changes.paginator.ELLIPSIS:
        return format_html("<span>{}</span>", number)
    if number == changes.page_num:
        return format_html('<span aria-current="page">{}</span>', number)
    return format_html(
        '<a href="{}" aria-label="{}">{}</a>',
        changes.get_query_string({PAGE_VAR: number}),
        gettext("Page %(number)s") % {"number": number},
        number,
    )
