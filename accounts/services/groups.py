"""Groups made by hand. What a directory owns is the directory's to change, never the console's."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.db import transaction
from django.utils import timezone

from accounts.emails import kept_form
from accounts.errors import GroupIsDirectoryOwned, InvalidValue, PeopleNotFound
from accounts.models import DirectoryGroup, DirectoryGroupMembership, Organization, User
from accounts.names import is_comparable, name_key
from audit.actions import Action
from audit.actors import Actor
from audit.services import record


@transaction.atomic
def create_group(*, organization: Organization, display_name: str, actor: Actor) -> DirectoryGroup:
    """A group of the console's own. Raises `InvalidValue`."""
    group = DirectoryGroup.objects.create(
        organization=organization,
        display_name=_name(display_name),
        source=DirectoryGroup.Source.CONSOLE,
    )
    record(Action.GROUP_CREATED, organization=organization, actor=actor, target=group)
    return group


@transaction.atomic
def rename_group(*, group: DirectoryGroup, display_name: str, actor: Actor) -> None:
    """Raises `GroupIsDirectoryOwned` and `InvalidValue`. The same name changes nothing."""
    row = _locked(group)
    name = _name(display_name)
    if row.display_name == name:
        return
    # update() walks past NameKeyField, so both columns are named.
    DirectoryGroup.objects.filter(pk=row.pk).update(
        display_name=name, display_name_key=name_key(name), updated_at=timezone.now()
    )
    group.display_name = name
    record(
        Action.GROUP_CHANGED,
        organization=row.organization,
        actor=actor,
        target=group,
        changes={"display_name": [row.display_name, name]},
    )


@transaction.atomic
def change_members(
    *,
    group: DirectoryGroup,
    actor: Actor,
    add: Iterable[User] = (),
    remove: Iterable[User] = (),
) -> None:
    """Put people in and take people out. Whoever is there, or gone, already changes nothing.

    Raises `GroupIsDirectoryOwned`, and `PeopleNotFound` for people of another organization.
    """
    row = _locked(group)
    coming, leaving = list(add), list(remove)
    if any(user.organization_id != row.organization_id for user in [*coming, *leaving]):
        raise PeopleNotFound([user.user_name for user in coming])
    memberships = DirectoryGroupMembership.objects.filter(group=row)
    known = set(memberships.filter(user__in=coming).values_list("user_id", flat=True))
    added = [user for user in coming if user.pk not in known]
    DirectoryGroupMembership.objects.bulk_create(
        [DirectoryGroupMembership(group=row, user=user) for user in added], ignore_conflicts=True
    )
    removed = list(
        User.objects.get_queryset().filter(memberships__group=row, pk__in=[u.pk for u in leaving])
    )
    memberships.filter(user__in=removed).delete()
    if not (added or removed):
        return
    DirectoryGroup.objects.filter(pk=row.pk).update(updated_at=timezone.now())
    record(
        Action.GROUP_MEMBERS_CHANGED,
        organization=row.organization,
        actor=actor,
        target=row,
        changes={"added": [str(user) for user in added], "removed": [str(u) for u in removed]},
    )


def find_people(*, organization: Organization, names: Collection[str]) -> list[User]:
    """The people of this organization with these user names or e-mail addresses.

    Raises `PeopleNotFound` naming every entry that fits nobody, or more than one person.
    """
    wanted = [name.strip() for name in names if name.strip()]
    keys = {name_key(name) for name in wanted}
    people = User.objects.in_organization(organization).present()
    by_name = {user.user_name_key: user for user in people.filter(user_name_key__in=keys)}
    by_email: dict[str, list[User]] = {}
    for user in people.filter(email__in={kept_form(name) for name in wanted}):
        by_email.setdefault(user.email, []).append(user)
    found: dict[User, None] = {}
    missing = []
    for name in wanted:
        owners = by_email.get(kept_form(name), [])
        person = by_name.get(name_key(name)) or (owners[0] if len(owners) == 1 else None)
        if person is None:
            missing.append(name)
        else:
            found[person] = None
    if missing:
        raise PeopleNotFound(missing)
    return list(found)


def _name(display_name: str) -> str:
    name = display_name.strip()
    if not name:
        raise InvalidValue("display_name", "A name is needed.")
    if not is_comparable(name):
        raise InvalidValue("display_name", "This is too long to be compared.")
    return name


def _locked(group: DirectoryGroup) -> DirectoryGroup:
    row = (
        DirectoryGroup.objects.select_for_update(of=("self",))
        .select_related("organization")
        .get(pk=group.pk)
    )
    if row.source != DirectoryGroup.Source.CONSOLE:
        raise GroupIsDirectoryOwned
    return row
