"""How an organization's directory is treated, changed and refused."""

from __future__ import annotations

import pytest

from accounts.errors import InvalidValue
from accounts.services import update_profile
from audit.actions import Action
from audit.models import AuditEvent
from provisioning.errors import ProvisioningError
from provisioning.models import DirectoryRecord, ScimConfiguration
from provisioning.services import configure_directory


def test_a_change_is_one_event_and_the_same_again_none(acme, make_pool, actor):
    pool = make_pool(seats=5)
    wanted = {"auto_assign": True, "pool": pool}

    changed = configure_directory(organization=acme, changes=wanted, actor=actor)
    again = configure_directory(organization=acme, changes=wanted, actor=actor)

    assert set(changed) == {"auto_assign", "pool"}
    assert again == {}
    event = AuditEvent.objects.get(action=Action.DIRECTORY_CHANGED)
    assert event.changes == {"auto_assign": [False, True], "pool": [None, pool.name]}


def test_a_pool_of_another_organization_is_refused(acme, globex, make_pool, actor):
    pool = make_pool(seats=5, organization=globex)

    with pytest.raises(ProvisioningError):
        configure_directory(organization=acme, changes={"pool": pool}, actor=actor)


@pytest.mark.parametrize(
    "changes", [{"brake_percent": 0}, {"brake_percent": 101}, {"brake_minimum": 0}, {"color": 1}]
)
def test_what_no_configuration_can_be_is_refused(acme, actor, changes):
    with pytest.raises(InvalidValue):
        configure_directory(organization=acme, changes=changes, actor=actor)
    assert not ScimConfiguration.objects.exclude(brake_percent=20, brake_minimum=5).exists()


def test_somebody_without_a_record_gets_one_with_the_first_change(make_user, actor):
    ana = make_user("ana")
    assert not DirectoryRecord.objects.filter(user=ana).exists()

    update_profile(user=ana, values={"title": "Buyer"}, actor=actor)

    assert DirectoryRecord.objects.get(user=ana).document["title"] == "Buyer"
