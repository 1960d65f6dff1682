"""Everything the portal holds on one person, for that person.

Each app says in a file of its own what it holds (`tell_rows`, or `@register` for what is no plain
row), and imports it in its `AppConfig.ready()`. What a part answers is about the person alone: of
others it has roles, never names, ids or addresses.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import Model, QuerySet

from accounts.models import User
from audit.actions import Action
from audit.actors import Actor
from audit.services import record

Collect = Callable[[User], Any]


@dataclass(frozen=True, slots=True)
class Part:
    """One key of the file, and the models whose rows about the person it tells."""

    key: str
    models: frozenset[str]
    collect: Collect


_parts: dict[str, Part] = {}


def register(key: str, *models: type[Model]) -> Callable[[Collect], Collect]:
    """`collect(user)` answers a value for JSON, or a generator of rows, which is written by row.

    `models` are those of which it tells all that is known of the person.
    """

    def add(collect: Collect) -> Collect:
        _parts[key] = Part(key, frozenset(model._meta.label for model in models), collect)
        return collect

    return add


def tell_rows(
    key: str,
    model: type[Model],
    *,
    person: str = "user",
    order: Sequence[str] = (),
    also: Sequence[type[Model]] = (),
    **names: str,
) -> None:
    """Register the rows of a model that lead to somebody by the field `person`, in this `order`.

    `names` as for `rows`. `also` are models that are told by the way, through a name of theirs.
    """

    @register(key, model, *also)
    def collect(user: User) -> Generator[dict[str, Any]]:
        return rows(model._default_manager.filter(**{person: user}).order_by(*order), **names)


def told_models() -> frozenset[str]:
    return frozenset().union(*(part.models for part in _parts.values()))


def rows(found: QuerySet[Any], **names: str) -> Generator[dict[str, Any]]:
    """Each row as a dictionary: `names` maps what the file calls a value to where it stands."""
    for values in found.values_list(*names.values()).iterator(chunk_size=500):
        yield dict(zip(names, values, strict=True))


@transaction.atomic
def note_download(*, user: User, actor: Actor) -> None:
    """Keep that the file was asked for."""
    record(Action.DATA_DOWNLOADED, organization=user.organization, actor=actor, target=user)


def document(user: User, about: dict[str, Any]) -> Iterator[str]:
    """The file's text, in pieces: however long a history is, it is never in memory."""
    yield f'{{\n"about": {_written(about)}'
    for part in _parts.values():
        yield f',\n"{part.key}": '
        value = part.collect(user)
        yield from _listed(value) if isinstance(value, Generator) else [_written(value)]
    yield "\n}\n"


def _listed(found: Iterator[Any]) -> Iterator[str]:
    yield "["
    for number, row in enumerate(found):
        yield f"{',' if number else ''}\n{_written(row)}"
    yield "\n]"


def _written(value: Any) -> str:
    return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1)
