"""*Guides*: the how-to pages of `docs/`, read where they are needed.

An administrator has a browser and nothing else; the files are what the repository shows as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain

from django.conf import settings
from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from markdown_it import MarkdownIt
from markdown_it.token import Token

FOLDER = settings.BASE_DIR / "docs" / "how-to"
# Files by task, in the order in which an organization sets itself up. What is left out is for
# whoever runs the portal.
SECTIONS: Sequence[tuple[str | Promise, Sequence[str]]] = (
    (
        gettext_lazy("Single sign-on"),
        (
            "sso-okta",
            "sso-entra",
            "sso-adfs",
            "sso-google",
            "sso-onelogin",
            "sso-generic",
            "sso-connection",
            "sign-in-rules",
            "setup-links",
        ),
    ),
    (gettext_lazy("Directory"), ("scim-okta", "scim-entra", "scim-generic", "directory")),
    (gettext_lazy("People and licenses"), ("invitations", "people", "licenses", "policies")),
)
NAMES = tuple(chain.from_iterable(names for _title, names in SECTIONS))

_markdown = MarkdownIt("commonmark", {"html": False, "typographer": True})
_markdown.enable(["table", "smartquotes"])


@dataclass(frozen=True, slots=True)
class Guide:
    name: str
    title: str
    body: SafeString


@cache
def read(name: str) -> Guide:
    """The page is read once: it comes with the code and changes with it."""
    tokens = _markdown.parse((FOLDER / f"{name}.md").read_text(encoding="utf-8"))
    # The first heading is the page's own.
    title = "".join(part.content for part in tokens[1].children or [])
    rest = tokens[3:]
    for token in rest:
        # Alignment comes as a style, which the content policy refuses.
        token.attrs.pop("style", None)
        if token.type == "table_open":
            token.attrSet("class", "data")
        token.children = list(_with_our_links(token.children or []))
    return Guide(name, title, SafeString(_markdown.renderer.render(rest, _markdown.options, {})))


def _with_our_links(tokens: Sequence[Token]) -> Iterator[Token]:
    """Links to other guides lead to them here; of links to files that are not, the words stay."""
    is_kept = True
    for token in tokens:
        if token.type == "link_open":
            is_kept = _leads_somewhere(token)
        if is_kept or token.type not in {"link_open", "link_close"}:
            yield token


def _leads_somewhere(link: Token) -> bool:
    address = str(link.attrGet("href"))
    name = address.partition("#")[0].removesuffix(".md")
    if name in NAMES:
        link.attrSet("href", f"../{name}/")
        return True
    return address.startswith("https://")


def index(request: HttpRequest) -> HttpResponse:
    return _page(request, title=_("Guides"), guide=None)


def show(request: HttpRequest, name: str) -> HttpResponse:
    if name not in NAMES:
        raise Http404
    found = read(name)
    return _page(request, title=found.title, guide=found)


def _page(request: HttpRequest, *, title: str, guide: Guide | None) -> HttpResponse:
    return TemplateResponse(
        request,
        "learning_portal/console/guide.html",
        {
            **admin.site.each_context(request),
            "title": title,
            "guide": guide,
            "sections": [(words, [read(name) for name in names]) for words, names in SECTIONS],
        },
    )
