"""Names: when two are the same, and how they are spoken."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils.translation import pgettext

if TYPE_CHECKING:
    _NameKeyBase = models.CharField[str, str]
else:
    _NameKeyBase = models.CharField


def name_key(name: str) -> str:
    """The form under which names are compared: NFKC, case folded (Unicode 3.13, toNFKC_Casefold).

    The database's own LOWER() knows ASCII alone on SQLite and one locale on PostgreSQL, so the
    comparison is done here, once, and the database makes the result unique.
    """
    folded = unicodedata.normalize("NFKC", name).casefold()
    return unicodedata.normalize("NFKC", folded)


KEY_LENGTH = 255

# Embeddings, overrides and isolates of direction: one left open runs on over our own words.
_TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def is_comparable(name: str) -> bool:
    """Whether a name's key fits its column: one letter of some scripts unfolds into eighteen."""
    return len(name_key(name)) <= KEY_LENGTH


def is_one_line(name: str) -> bool:
    """Without what ends a line or moves a cursor: in the text of a mail, a name with lines of its
    own would speak for us. Letters that only join others stay: some scripts need them."""
    return not any(_breaks_a_line(letter) for letter in name)


def one_line(text: str) -> str:
    """`text` for places that speak for us, a mail or its subject: no line ends in it, and nothing
    turns the direction of what follows."""
    kept = "".join(
        " " if _breaks_a_line(letter) else letter for letter in text if letter not in _TURNS
    )
    return " ".join(kept.split())


def _breaks_a_line(letter: str) -> bool:
    return unicodedata.category(letter) in {"Cc", "Zl", "Zp"}


def possessive(name: str) -> str:
    """As in “Acme’s”, “Acme Robotics’”; it stands before what is theirs, in German behind it."""
    if name.endswith("s"):
        return pgettext("whose", "%(name)s’") % {"name": name}
    return pgettext("whose", "%(name)s’s") % {"name": name}


class NameKeyField(_NameKeyBase):
    """Keeps `name_key` of another field beside it, in `save()` and in `bulk_create()` alike.

    `QuerySet.update()` walks past every field, so whoever updates the source names both columns.
    """

    def __init__(self, *args: Any, source: str, **kwargs: Any) -> None:
        self.source = source
        kwargs.setdefault("max_length", KEY_LENGTH)
        kwargs["editable"] = False
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        kwargs["source"] = self.source
        return name, path, args, kwargs

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        value = name_key(getattr(model_instance, self.source))
        setattr(model_instance, self.attname, value)
        return value
