"""People as a directory writes them. Each function is one change, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet

from accounts.models import Organization, User
from accounts.names import name_key
from accounts.roles import Role
from accounts.services import (
    add_user,
    change_user,
    close_account,
    reopen_account,
    take_from_closed,
)
from database.compiled import Blank, CompiledQuery
from database.inserts import adds_by_one_statement
from licenses.policies import Source
from licenses.services import assign_licenses
from provisioning.authentication import Directory
from provisioning.documents import Document, search_form
from provisioning.errors import NotFound, NotUnique
from provisioning.mapping import IN_ROW, manager_value, profile_of
from provisioning.models import DirectoryRecord
from provisioning.people import is_active, parse_id, people_of, person_document
from provisioning.schema import USER
from provisioning.services.brake import allow_removal
from provisioning.services.changes import RemovalHeld, change, difference
from provisioning.versions import require, version_of

# What becomes of a document: PATCH and PUT differ in nothing else.
Revision = Callable[[Document], Document]


@dataclass(frozen=True, slots=True)
class Written:
    """The user after a write, and in which attributes it differs from before."""

    user: User
    changes: dict[str, Any] = field(default_factory=dict)


def provision_user(*, directory: Directory, document: Document) -> Written:
    """Add a person. Raises `NotUnique` where the name is taken and not to be adopted."""
    try:
        # Person, record and event, where they are all that is written.
        is_one_statement = adds_by_one_statement() and not directory.configuration.auto_assign
        with change(directory, is_one_statement=is_one_statement):
            return _add(directory, document)
    except NotUnique:
        if not directory.configuration.adopts_people:
            raise
        adopted = _adopt(directory, document)
        if adopted is None:
            raise
        return adopted


def _add(directory: Directory, document: Document) -> Written:
    starts_active = document.get("active", True)
    manager = _manager(directory, document)
    stored = _stored(document)

    def record_of(user: User) -> list[DirectoryRecord]:
        return [
            DirectoryRecord(
                user=user,
                organization=directory.organization,
                document=stored,
                search=search_form(stored, USER),
                manager=manager,
            )
        ]

    user = add_user(
        organization=directory.organization,
        user_name=document["userName"],
        external_id=document.get("externalId"),
        source=User.Source.SCIM,
        actor=directory.actor,
        state=User.State.ACTIVE if starts_active else User.State.DEACTIVATED,
        beside=record_of,
        **_profile(document, manager),
    )
    _know_manager(user, manager)
    if starts_active:
        _give_license(directory, user)
    return Written(user, difference({}, document))


def _adopt(directory: Directory, document: Document) -> Written | None:
    """Take over somebody of this name who is not, or no longer, looked after; None: there is none.

    Whoever the directory looks after already it can find and change; a second one is a mistake.
    """
    with change(directory):
        named = _locked(directory.organization).filter(
            user_name_key=name_key(document["userName"].strip())
        )
        user = named.first()
        if user is None or (
            user.source == User.Source.SCIM and user.state != User.State.DEACTIVATED
        ):
            return None
        written = _write(directory, user, {"active": True, **document})
        if user.state == User.State.DEACTIVATED:
            _take_what_was_kept(directory, user)
        return written


def revise_user(
    *, directory: Directory, id: str, revision: Revision, if_match: str = ""
) -> Written:
    """Write what `revision` makes of a person's document, under the person's lock.

    Raises `NotFound`, `PreconditionFailed`, and whatever `revision` and `change` raise.
    """
    with change(directory):
        user = _get(directory, id)
        require(if_match, version_of(user.updated_at))
        before = person_document(user)
        written = _write(directory, user, revision(before))
        keeps_role = user.state == User.State.DEACTIVATED and user.role != Role.LEARNER
        # What is said of them as if they were open is the directory's own word, not what it found.
        if keeps_role and revision({**before, "active": True}).get("active") is False:
            _take_what_was_kept(directory, user)
        return written


def deprovision_user(*, directory: Directory, id: str, if_match: str = "") -> User:
    """Close a person's account and hide it; the name can be given again. Raises `NotFound`."""
    with change(directory):
        user = _get(directory, id)
        require(if_match, version_of(user.updated_at))
        if user.state != User.State.DEACTIVATED:  # who is gone already is removed once
            _ask_brake(directory)
        close_account(
            user=user, actor=directory.actor, reason="directory", state=User.State.DELETED
        )
        return user


def _locked(organization: Organization | Blank) -> QuerySet[User]:
    # The key stays unlocked, so that whoever adds a row that names the person need not wait.
    return people_of(organization).select_for_update(of=("self",), no_key=True)


_LOCKED_BY_ID = CompiledQuery(lambda: _locked(Blank("organization")).filter(pk=Blank("id")))


def _get(directory: Directory, id: str) -> User:
    """The person of this id, locked. Raises `NotFound`."""
    key = parse_id(id)
    user = _LOCKED_BY_ID.first(organization=directory.organization.pk, id=key) if key else None
    if user is None:
        raise NotFound
    return user


def _write(directory: Directory, user: User, document: Document) -> Written:
    user.organization = directory.organization
    before = person_document(user)
    changes = difference(before, document)
    manager = _manager(directory, document, known=DirectoryRecord.of(user))
    in_row = set(IN_ROW)
    if ("active" in before) != ("active" in document):
        # That it is not said at all stands in the record.
        in_row.discard("active")
    beside_row = sorted(changes.keys() - in_row)
    change_user(
        user=user,
        values={
            "user_name": document["userName"].strip(),
            "external_id": document.get("externalId"),
            # From now on the directory looks after this person.
            "source": User.Source.SCIM,
            **_profile(document, manager),
        },
        actor=directory.actor,
        besides={"attributes": beside_row} if beside_row else None,
    )
    if beside_row or DirectoryRecord.of(user) is None:
        _store(directory, user, document, manager)
    if "active" in document:
        _switch(directory, user, to_active=document["active"])
    return Written(user, changes)


def _store(directory: Directory, user: User, document: Document, manager: User | None) -> None:
    stored = _stored(document)
    withheld_active = None if "active" in document else is_active(user)
    found: Mapping[str, Any] = {
        "document": stored,
        "search": search_form(stored, USER),
        "manager": manager,
        "withheld_active": withheld_active,
    }
    record = DirectoryRecord.of(user)
    if record is None or manager is not record.manager:
        _know_manager(user, manager)
    if record is None:
        record = DirectoryRecord(user=user, organization=directory.organization, **found)
        record.save(force_insert=True)
        return
    DirectoryRecord.objects.filter(pk=record.pk).update(**found)
    record.document, record.manager = stored, manager
    record.withheld_active = withheld_active


def _switch(directory: Directory, user: User, *, to_active: bool) -> None:
    """`active` as the directory wants it: false closes the account, true opens it again."""
    if not to_active and is_active(user):
        _ask_brake(directory)
        close_account(user=user, actor=directory.actor, reason="directory")
    elif to_active and reopen_account(user=user, actor=directory.actor):
        _give_license(directory, user)


def _take_what_was_kept(directory: Directory, user: User) -> None:
    """Somebody else closed them, and kept the role for the day they are opened again."""
    take_from_closed(user=user, actor=directory.actor, reason="directory")


def _ask_brake(directory: Directory) -> None:
    if not allow_removal(directory.configuration):
        raise RemovalHeld


def _give_license(directory: Directory, user: User) -> None:
    """A license, or a place in line, where the directory's configuration says so."""
    configuration = directory.configuration
    if configuration.auto_assign:
        assign_licenses(
            organization=directory.organization,
            users=[user.pk],
            source=Source.SCIM,
            actor=directory.actor,
            pool=configuration.pool,
        )


def _stored(document: Document) -> Document:
    return {name: value for name, value in document.items() if name not in IN_ROW}


def _manager(
    directory: Directory, document: Document, known: DirectoryRecord | None = None
) -> User | None:
    """Whom the document names as manager, if that is somebody here.

    Anything else stays the directory's own text: some send a name or a personnel number. The id of
    somebody elsewhere is such a text like any other. `known` saves looking up whom we know already.
    """
    key = parse_id(manager_value(document))
    if key is None:
        return None
    if known is not None and known.manager_id == key:
        return known.manager
    people = User.objects.in_organization(directory.organization).present()
    return people.select_related("directory_record").filter(pk=key).first()


def _know_manager(user: User, manager: User | None) -> None:
    """Keep what the answer says of a manager beside their row, as `people_of` reads it."""
    record = DirectoryRecord.of(manager) if manager else None
    display_name = record.document.get("displayName") if record else None
    user.manager_display_name = display_name  # type: ignore[attr-defined]  # as `annotate` does


def _profile(document: Document, manager: User | None) -> dict[str, Any]:
    return {**profile_of(document), "manager_name": manager.display_name if manager else ""}
