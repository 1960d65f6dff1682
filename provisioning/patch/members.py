"""What a PATCH does to the members of a group, without knowing them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from provisioning.documents.members import MEMBERS
from provisioning.errors import NoTarget
from provisioning.filters import Comparison, Filter, Operator, Or, matches_element
from provisioning.patch.effort import Effort

# The members there are, as elements with `value`, `display` and `type`.
PresentMembers: TypeAlias = Callable[[], Iterable[Mapping[str, Any]]]

_VALUE = MEMBERS.sub("value")


@dataclass(frozen=True)
class MembersChange:
    """The operations on members, folded into what set-based statements can do.

    Who is a member afterwards: those before, or nobody of them if `is_replaced`, without `removed`,
    with `added`. Nobody is in both; `removed` is empty if `is_replaced`. Ids are text as it was
    sent, each once, in the order of the message.
    """

    is_replaced: bool = False
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self.is_replaced or bool(self.added) or bool(self.removed)


class MembersFold:
    """Folds one operation after the other."""

    def __init__(self, present: PresentMembers | None, effort: Effort) -> None:
        self._present = present
        self._effort = effort
        self._before: list[Mapping[str, Any]] | None = None
        self._is_replaced = False
        # Dicts for their order.
        self._added: dict[str, None] = {}
        self._removed: dict[str, None] = {}

    def add(self, ids: Iterable[str]) -> None:
        for member in ids:
            self._removed.pop(member, None)
            self._added[member] = None

    def remove(self, ids: Iterable[str]) -> None:
        for member in ids:
            self._added.pop(member, None)
            if not self._is_replaced:
                self._removed[member] = None

    def clear(self) -> None:
        self._is_replaced = True
        self._added.clear()
        self._removed.clear()

    def remove_where(self, chosen: Filter, length: int) -> None:
        """Those whom a filter chooses. Who is no member any more is no fault: twice is once."""
        ids = _ids(chosen)
        if ids is None:
            members = self._current()
            # Who came and went in this message is gone through as well.
            self._effort.spend(length, len(members) + len(self._added) + len(self._removed))
            ids = [
                member["value"] for member in members if matches_element(chosen, member, MEMBERS)
            ]
        self.remove(ids)

    def _current(self) -> list[Mapping[str, Any]]:
        """The members at this point, for filters by something else than ids."""
        if self._present is None:
            raise NoTarget("Members are chosen by their value here.")
        gone = self._added.keys() | self._removed.keys()
        if self._before is None and not self._is_replaced:
            self._before = list(self._present())
        before = [] if self._is_replaced else self._before or []
        added = [{"value": member, "type": "User"} for member in self._added]
        return [*(member for member in before if member["value"] not in gone), *added]

    @property
    def change(self) -> MembersChange:
        return MembersChange(self._is_replaced, tuple(self._added), tuple(self._removed))


def _ids(chosen: Filter) -> list[str] | None:
    """The ids that a filter names, if it does nothing else."""
    match chosen:
        case Comparison(path, Operator.EQ, str(member)) if path.sub is _VALUE:
            return [member]
        case Or(operands):
            each = [_ids(operand) for operand in operands]
            return None if None in each else [member for ids in each if ids for member in ids]
        case _:
            return None
