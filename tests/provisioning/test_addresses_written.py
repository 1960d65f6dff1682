"""A directory that writes another address opens nobody's account by it."""

from __future__ import annotations

import pytest

from accounts.errors import InvitationClosed
from accounts.models import User
from accounts.resets import reset_tokens, resettable, user_of_reset
from accounts.services import accept_invitation, why_invitation_closed
from audit.actors import Actor
from tests.accounts.invited import PASSWORD, invited
from tests.provisioning.conftest import user

ANA, THIEF = "ana@acme.example", "thief@acme.example"


def body(email):
    return user(ANA, emails=[{"value": email, "type": "work", "primary": True}])


@pytest.fixture
def ana(directory):
    """A directory's person who has a password and has proved the address."""
    made = directory.call("POST", "/Users", body(ANA)).json()
    person = User.objects.get(pk=made["id"])
    person.set_password(PASSWORD)
    person.verified_email = person.email
    person.save()
    return person


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_forgotten_password_goes_to_neither_address(directory, ana, method):
    assert resettable(ANA) == [ana]
    token = reset_tokens.make_token(ana)

    if method == "PUT":
        answer = directory.call("PUT", f"/Users/{ana.pk}", body(THIEF))
    else:
        change = {"op": "replace", "path": 'emails[type eq "work"].value', "value": THIEF}
        answer = directory.patch(f"/Users/{ana.pk}", change)

    assert answer.status_code == 200
    ana.refresh_from_db()
    assert ana.email == THIEF
    assert resettable(THIEF) == resettable(ANA) == []
    assert user_of_reset(ana.pk, token) is None
    assert ana.check_password(PASSWORD)


def test_an_invitation_that_is_under_way_opens_nothing(directory, ana):
    invitation, _secret = invited(ana)

    directory.call("PUT", f"/Users/{ana.pk}", body(THIEF))

    with pytest.raises(InvitationClosed) as refused:
        accept_invitation(invitation=invitation, actor=Actor.from_user(ana))
    assert refused.value.why is InvitationClosed.Why.OTHER_ADDRESS
    ana.refresh_from_db()
    invitation.user = ana
    assert why_invitation_closed(invitation) is InvitationClosed.Why.OTHER_ADDRESS


def test_the_other_organization_s_directory_reaches_nobody_here(other_directory, ana):
    """Its own person of the same address is another account, and proved nothing."""
    other_directory.call("POST", "/Users", body(ANA))

    assert resettable(ANA) == [ana]
    assert other_directory.call("PUT", f"/Users/{ana.pk}", body(THIEF)).status_code == 404
    assert resettable(ANA) == [ana]
