"""Applying operations to a document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from provisioning.documents import Document
from provisioning.documents.members import MEMBERS, member_ids
from provisioning.documents.validation import check_count, check_open_name, complete, elements
from provisioning.documents.values import (
    MAX_OPEN_ATTRIBUTES,
    check_ignored,
    check_names,
    is_unassigned,
    wrong_type,
)
from provisioning.errors import InvalidValue, NoTarget, NotMutable, ScimError
from provisioning.patch.changes import changed, new_element
from provisioning.patch.effort import CHARACTERS_OF_A_STEP, CHARACTERS_OF_A_VALUE, Effort
from provisioning.patch.members import MembersChange, MembersFold, PresentMembers
from provisioning.patch.operations import Kind, Operation
from provisioning.patch.targets import Target, no_such_attribute, parse_target
from provisioning.paths import AttributePath
from provisioning.schema import GROUP, ResourceType, Schema


@dataclass(frozen=True)
class PatchResult:
    """The full document afterwards, without a group's members, and what happens to these."""

    document: Document
    members: MembersChange | None


def apply_patch(
    document: Document,
    operations: list[Operation],
    resource_type: ResourceType,
    *,
    present_members: PresentMembers | None = None,
) -> PatchResult:
    """What the operations, one after the other, make of the document, which stays as it is.

    `document` is a full one; with its `id`, an `id` in a message is compared with it. A group's
    members are not part of it: `present_members` is called for them only where an operation chooses
    by something else than their ids.

    Raises `InvalidPath`, `InvalidFilter`, `InvalidValue`, `NoTarget` or `NotMutable`, and then no
    operation counts.
    """
    patch = _Patch(document, resource_type, present_members)
    for operation in operations:
        patch.apply(operation)
    return patch.result()


class _Patch:
    def __init__(
        self,
        document: Document,
        resource_type: ResourceType,
        present_members: PresentMembers | None,
    ) -> None:
        self.id = document.get("id")
        self.resource_type = resource_type
        self.effort = Effort()
        self.members = MembersFold(present_members, self.effort)
        # Extensions are changed in place; everything else is replaced by something new.
        self.document = {
            name: dict(value) if resource_type.schema_of(name) else value
            for name, value in document.items()
            if name != "id"
        }

    def apply(self, operation: Operation) -> None:
        kind, value = operation.kind, operation.value
        if operation.path is None:
            if kind is Kind.REMOVE:
                raise NoTarget("remove needs a path.")
            self._object(kind, self.resource_type.schema, value)
        elif operation.path.lower() == "schemas":
            # It follows from what there is.
            if kind is Kind.REMOVE:
                raise NotMutable("schemas can't be removed.")
        else:
            target = parse_target(operation.path, self.resource_type)
            if isinstance(target, Target):
                self._attribute(kind, target, value)
            else:
                self._schema(kind, target, value)

    def result(self) -> PatchResult:
        kept = {name: value for name, value in self.document.items() if not is_unassigned(value)}
        is_group = self.resource_type is GROUP
        return PatchResult(
            complete(kept, self.resource_type), self.members.change if is_group else None
        )

    def _schema(self, kind: Kind, schema: Schema, value: Any) -> None:
        """All attributes of a schema: an extension's, or those of the resource itself."""
        if schema is self.resource_type.schema:
            if kind is Kind.REMOVE:
                raise NoTarget("remove needs the path of an attribute.")
            self._object(kind, schema, value)
        elif kind is Kind.REMOVE or is_unassigned(value):
            if kind is not Kind.ADD:
                self.document.pop(schema.id, None)
        else:
            self._object(kind, schema, value)

    def _object(self, kind: Kind, schema: Schema, value: Any) -> None:
        """An object of attributes.

        Those that nobody knows or may write are passed over, as in POST and PUT, unless there are
        no others.
        """
        if not isinstance(value, dict):
            raise wrong_type("value", "an object of attributes", value)
        check_names(value, "value")
        passed_over = [
            refusal
            for name, part in value.items()
            if (refusal := self._named(kind, schema, name, part)) is not None
        ]
        if passed_over and len(passed_over) == len(value):
            raise passed_over[0]

    def _named(self, kind: Kind, schema: Schema, name: str, value: Any) -> ScimError | None:
        """Change the attribute of this name; else why it can't be, for whom it is all there is."""
        is_core = schema is self.resource_type.schema
        inner = self.resource_type.schema_of(name)
        if is_core and inner is not None and inner is not schema:
            self._schema(kind, inner, value)
            return None
        attribute = (self.resource_type if is_core else schema).attribute(name)
        if attribute is None:
            if is_core and name.lower() == "schemas":
                return None
            check_ignored(name, value)
            return no_such_attribute(name)
        if schema.is_open:
            check_open_name(schema, name, self.resource_type)
        target = Target(AttributePath(attribute, schema=None if is_core else schema))
        if not attribute.is_read_only:
            self._attribute(kind, target, value)
            return None
        # Full resources come with what is read-only; Okta repeats the id when it renames a group.
        if attribute.name != "id":
            return _read_only(target)
        if self.id not in (None, value):
            raise NotMutable("The id of a resource never changes.")
        return None

    def _attribute(self, kind: Kind, target: Target, value: Any) -> None:
        if target.attribute.is_read_only or target.path.leaf.is_read_only:
            raise _read_only(target)
        if is_unassigned(value) and kind is not Kind.REMOVE:
            if kind is Kind.ADD:
                return
            # Giving it no value is taking its value (RFC 7643, section 2.5).
            kind, value = Kind.REMOVE, None
        if target.attribute is MEMBERS:
            self._change_members(kind, target, value)
            return
        schema = target.path.schema
        holder = self.document if schema is None else self.document.setdefault(schema.id, {})
        name = _name_in(holder, target.path)
        if kind is Kind.REMOVE and target.attribute.required and not target.sub:
            raise NotMutable(f"{target.where} is required and can't be removed.")
        before = holder.pop(name, None)
        if target.attribute.multi_valued:
            self.effort.spend(CHARACTERS_OF_A_STEP, len(before or ()))
        if target.filter is not None:
            self.effort.spend(len(target.filter_text), len(before or ()))
        elif kind is Kind.REMOVE and isinstance(value, list):
            self.effort.spend(CHARACTERS_OF_A_VALUE * len(value), len(before or ()))
        after = changed(kind, target, before, value)
        if not is_unassigned(after):
            holder[name] = after
        # Each time and not at the end: what a message piles up must not slow down its other half.
        if target.attribute.multi_valued:
            check_count(after, target.attribute.name)
        if schema is not None and schema.is_open:
            check_count(holder, schema.id, MAX_OPEN_ATTRIBUTES)

    def _change_members(self, kind: Kind, target: Target, value: Any) -> None:
        if target.sub is not None or (target.filter is not None and kind is Kind.REPLACE):
            raise NotMutable("A member is who it is: remove one and add the other.")
        if target.filter is not None:
            if kind is Kind.REMOVE:
                self.members.remove_where(target.filter, len(target.filter_text))
            else:
                self.members.add(member_ids([new_element(target, value)]))
        elif kind is Kind.REMOVE:
            self._remove_members(target, value)
        else:
            ids = member_ids(elements(target.attribute, value, target.where))
            if kind is Kind.REPLACE:
                self.members.clear()
            self.members.add(ids)

    def _remove_members(self, target: Target, value: Any) -> None:
        if value is None:
            self.members.clear()
            return
        listed = elements(target.attribute, value, target.where)
        if not all(member.get("value") for member in listed):
            raise InvalidValue("Each of members needs a value: the id of a person.")
        self.members.remove(member["value"] for member in listed)


def _read_only(target: Target) -> NotMutable:
    return NotMutable(f"{target.where} is read-only.")


def _name_in(holder: Document, path: AttributePath) -> str:
    """Under which name the attribute stands; in an open schema as it was first written."""
    name = path.attribute.name
    if not path.is_open:
        return name
    return next((each for each in holder if each.lower() == name.lower()), name)
