import pytest

from licenses.policies import (
    ENDING_SOURCES,
    LicenseState,
    SeatOutcome,
    Source,
    are_few_free,
    at_sign_in,
    is_deliberate,
)

HELD, TRY, WAITING, NOT_OFFERED = (
    SeatOutcome.HELD,
    SeatOutcome.GRANTED,
    SeatOutcome.WAITING,
    SeatOutcome.NOT_OFFERED,
)


@pytest.mark.parametrize(
    ("state", "is_withheld", "auto_assign", "outcome"),
    [
        (LicenseState.ACTIVE, False, True, HELD),
        (LicenseState.ACTIVE, False, False, HELD),
        (LicenseState.WAITING, False, True, WAITING),
        (LicenseState.WAITING, False, False, WAITING),
        (LicenseState.NONE, False, True, TRY),
        (LicenseState.NONE, False, False, NOT_OFFERED),
        (LicenseState.REVOKED, False, True, TRY),
        (LicenseState.REVOKED, True, True, NOT_OFFERED),
        (LicenseState.REVOKED, True, False, NOT_OFFERED),
        (LicenseState.EXPIRED, False, True, TRY),
        (LicenseState.EXPIRED, False, False, NOT_OFFERED),
    ],
)
def test_what_single_sign_on_does_about_a_license(state, is_withheld, auto_assign, outcome):
    decided = at_sign_in(state=state, is_withheld=is_withheld, auto_assign=auto_assign)

    assert decided is outcome


@pytest.mark.parametrize("source", Source)
def test_only_people_decide_deliberately(source):
    assert is_deliberate(source) == (source in {"admin", "api", "csv", "command"})


def test_what_only_ends_licenses_is_no_decision_about_a_person():
    assert not any(is_deliberate(source) for source in ENDING_SOURCES)


@pytest.mark.parametrize(
    ("free", "seats", "are_few"),
    [
        (0, 0, True),
        (0, 1, True),
        (1, 1, False),
        (5, 100, True),
        (6, 100, False),
        (51, 1_000, False),
    ],
)
def test_the_twentieth_part_of_the_seats_is_few(free, seats, are_few):
    assert are_few_free(free=free, seats=seats) is are_few
