"""German, complete for what learners meet: `make catalogs` keeps its catalog, `--check` judges it.

The texts of `SOURCES` are collected as Django looks them up: templates as its engine compiles them,
modules by their calls of gettext. What is new comes into `django.po` empty, what is gone leaves it,
and `django.mo` is made anew, since a machine that serves the portal has no msgfmt.
"""

from __future__ import annotations

import ast
import os
import re
import sys
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from string import Formatter
from typing import Any

import polib

ROOT = Path(__file__).resolve().parent.parent
PO = ROOT / "locale/de/LC_MESSAGES/django.po"
MO = PO.with_suffix(".mo")

# What learners meet. The console, the set-up by links and mails to administrators stay English, and
# so does what these modules say to them alone (docs/decisions/0015).
SOURCES = (
    "templates/*.html",
    "templates/accounts/*.html",
    "templates/accounts/*.txt",
    "templates/django/forms/**/*.html",
    "templates/learning_portal/*.html",
    "templates/learning_portal/account/*.html",
    "templates/licenses/*.html",
    "templates/mail/*.html",
    "templates/profiles/**/*.html",
    "templates/profiles/*.txt",
    "templates/sso/*.html",
    "accounts/*.py",
    "accounts/models/*.py",
    "accounts/services/validation.py",
    "accounts/templatetags/portal.py",
    "learning_portal/*.py",
    "licenses/policies.py",
    "profiles/*.py",
    "sso/causes/kinds.py",
    "sso/causes/texts.py",
    "sso/models/connections.py",
    "sso/ways_in.py",
)
# Of those, what administrators, IT people and operators read alone.
ENGLISH = (
    "templates/_switch_sentence.html",
    "templates/accounts/domain_*_mail.txt",
    "templates/accounts/policies_not_changed_mail.txt",
    "templates/accounts/recovery_code*_mail.txt",
    "templates/accounts/setup_*.html",
    "templates/accounts/sso_*_mail.txt",
    "templates/sso/shared_trace.html",
    "accounts/*admin*.py",
    "accounts/change_words.py",
    "accounts/jobs.py",
    "accounts/notices.py",
    "accounts/own_data.py",
    "accounts/plain_words.py",
    "accounts/receipts.py",
    "accounts/session_length.py",
    "accounts/verbs.py",
    "learning_portal/setup_pages.py",
    "profiles/own_data.py",
    "profiles/admin.py",
    "profiles/jobs.py",
    "profiles/receipts.py",
    "profiles/verbs.py",
)
# Of modules that speak to both, the classes and functions whose words learners read.
PARTS = {
    "accounts/errors.py": (
        "SsoRequired",
        "RecoveryRefused",
        "SecondFactorNeeded",
        "CodeRefused",
        "PersonalCodeRefused",
        "TooManyCodes",
        "SecondFactorThere",
        "SecondFactorMandatory",
        "PasskeyRefused",
        "PasskeyKnown",
        "TooManyPasskeys",
        "LastWayIn",
        "InvitationClosed",
        "ActivationClosed",
        "AddressNotTheirs",
        "AddressTicketClosed",
        "ResetClosed",
    ),
    "accounts/models/factors.py": (),
    "accounts/models/groups.py": (),
    "accounts/models/invitations.py": (),
    "accounts/models/organizations.py": (),
    "accounts/models/people.py": ("Theme",),
    "accounts/models/policy_changes.py": (),
    "accounts/models/sessions.py": ("Door", "SecondFactor"),
    "accounts/models/setup_links.py": (),
    "accounts/roles.py": ("Role",),
    "licenses/policies.py": ("LicenseState",),
    "profiles/models.py": ("EndReason",),
    "sso/models/connections.py": ("spoken_name",),
}

# How gettext is called here: the name, then which arguments are context, singular and plural.
CALLS = {
    "_": (None, 0, None),
    "gettext": (None, 0, None),
    "gettext_lazy": (None, 0, None),
    "gettext_noop": (None, 0, None),
    "ngettext": (None, 0, 1),
    "ngettext_lazy": (None, 0, 1),
    "pgettext": (0, 1, None),
    "pgettext_lazy": (0, 1, None),
    "npgettext": (0, 1, 2),
}


@dataclass(frozen=True, order=True)
class Text:
    singular: str
    plural: str = ""
    context: str = ""


def main(arguments: list[str]) -> int:
    wanted = collect(sources())
    if "--check" in arguments:
        faults = list(faults_of(wanted, polib.pofile(str(PO)), MO.read_bytes()))
        print("\n".join(faults) or f"German says all {len(wanted)} texts.")
        return 1 if faults else 0
    catalog = polib.pofile(str(PO))
    merge(catalog, wanted)
    catalog.save()
    MO.write_bytes(compiled(catalog))
    missing = [entry for entry in catalog if not is_translated(entry)]
    print(f"{len(catalog)} texts, {len(missing)} without German.")
    return 0


def sources() -> list[Path]:
    found = {path for pattern in SOURCES for path in ROOT.glob(pattern)}
    return sorted(found - {path for pattern in ENGLISH for path in ROOT.glob(pattern)})


def collect(paths: Iterable[Path]) -> dict[Text, list[str]]:
    """Each text with the files that say it."""
    said: dict[Text, list[str]] = {}
    for path in paths:
        name = str(path.relative_to(ROOT))
        if path.suffix == ".py":
            found = in_module(path.read_text(), PARTS.get(name))
        else:
            found = in_template(path)
        for text in found:
            files = said.setdefault(text, [])
            if name not in files:
                files.append(name)
    return dict(sorted(said.items(), key=lambda item: (item[1][0], item[0])))


def in_module(source: str, parts: Collection[str] | None = None) -> Iterator[Text]:
    """What a module looks up, or `parts` of it alone."""
    tree = ast.parse(source)
    if parts is not None:
        chosen = [
            node
            for node in ast.walk(tree)
            if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name in parts
        ]
        tree = ast.Module(body=list(chosen), type_ignores=[])
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (places := CALLS.get(_name_of(node.func))):
            values = [getattr(argument, "value", None) for argument in node.args]
            context, singular, plural = (
                values[place] if place is not None and place < len(values) else ""
                for place in places
            )
            if isinstance(singular, str):
                yield Text(singular, str(plural), str(context))


def _name_of(function: ast.expr) -> str:
    return getattr(function, "id", getattr(function, "attr", ""))


def in_template(path: Path) -> Iterator[Text]:
    from django.template import engines

    name = str(path.relative_to(ROOT / "templates"))
    return _in_node(engines["django"].engine.get_template(name).nodelist, set())


def _in_node(node: Any, seen: set[int]) -> Iterator[Text]:
    """What a compiled piece of a template looks up, and everything that hangs on it."""
    from django.template import Origin  # leads to the engine, and to every other template
    from django.templatetags.i18n import BlockTranslateNode, TranslateNode
    from django.utils.functional import Promise

    if isinstance(node, Promise):  # what _("…") has become
        yield Text(str(node))
    if isinstance(node, list | tuple | set | dict):
        for each in node.values() if isinstance(node, dict) else node:
            yield from _in_node(each, seen)
        return
    is_template = type(node).__module__.startswith("django.template")
    if not is_template or isinstance(node, Origin) or id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, TranslateNode | BlockTranslateNode):
        context = str(node.message_context.resolve({})) if node.message_context else ""
        if isinstance(node, TranslateNode):
            yield Text(str(node.filter_expression.var.literal), context=context)
        else:
            singular = node.render_token_list(node.singular)[0]
            plural = node.render_token_list(node.plural)[0] if node.plural else ""
            yield Text(singular, plural, context)
    for slot in (*getattr(node, "__slots__", ()), *getattr(node, "__dict__", ())):
        yield from _in_node(getattr(node, slot, None), seen)


def merge(catalog: polib.POFile, wanted: dict[Text, list[str]]) -> None:
    """Order and comments are the sources'; what was translated stays as it was."""
    known = {text_of(entry): entry for entry in catalog}
    catalog.clear()
    for text, files in wanted.items():
        entry = known.get(text) or polib.POEntry(
            msgctxt=text.context or None,
            msgid=text.singular,
            msgid_plural=text.plural,
            msgstr_plural={0: "", 1: ""} if text.plural else {},
        )
        # Files without lines: a line that moves is no change of a text.
        entry.occurrences = [(name, "") for name in files]
        catalog.append(entry)


def text_of(entry: polib.POEntry) -> Text:
    return Text(entry.msgid, entry.msgid_plural or "", entry.msgctxt or "")


def strings_of(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def is_translated(entry: polib.POEntry) -> bool:
    return all(strings_of(entry)) and not entry.fuzzy


def faults_of(wanted: dict[Text, list[str]], catalog: polib.POFile, binary: bytes) -> Iterator[str]:
    known = {text_of(entry): entry for entry in catalog if not entry.obsolete}
    for text, files in wanted.items():
        entry = known.get(text)
        if entry is None or not is_translated(entry):
            yield f"{files[0]}: no German for {text.singular!r}"
            continue
        for string in strings_of(entry):
            for fault in differences(text, string):
                yield f"{files[0]}: {fault} in the German of {text.singular!r}"
    for text in known.keys() - wanted.keys():
        yield f"{PO.name}: nobody says {text.singular!r} any more"
    if binary != compiled(catalog):
        yield f"{MO.name} is not made of {PO.name}: make catalogs"


def differences(text: Text, german: str) -> Iterator[str]:
    """What a translation must have as its text has it, lest a page break or a name be missing."""
    originals = [text.singular, text.plural] if text.plural else [text.singular]
    for what, parts in (
        ("other placeholders", _placeholders),
        ("other tags", _tags),
        ("another beginning or end", _edges),
    ):
        if parts(german) not in [parts(original) for original in originals]:
            yield what


def _placeholders(text: str) -> set[str]:
    percent = re.findall(r"%\(\w+\)[a-z]", text)
    try:
        braces = [name for _, name, _, _ in Formatter().parse(text) if name is not None]
    except ValueError:  # a brace that is meant
        braces = []
    return {*percent, *braces}


def _tags(text: str) -> Counter[str]:
    return Counter(re.findall(r"</?\w+[^>]*>", text))


def _edges(text: str) -> tuple[str, str]:
    """Line ends count in mails, and a space at an edge joins two sentences."""
    inner = text.strip()
    return text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :] if inner else ""


def compiled(catalog: polib.POFile) -> bytes:
    return bytes(catalog.to_binary())


def set_up() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "learning_portal.settings")
    os.environ.setdefault("DJANGO_SECRET_KEY", "only-to-read-templates")
    sys.path.insert(0, str(ROOT))
    import django
    from django.utils import translation

    django.setup()
    translation.deactivate_all()  # texts are themselves


if __name__ == "__main__":
    set_up()
    sys.exit(main(sys.argv[1:]))
