"""Access rules: who may sign in through a connection, decided and enforced."""

from __future__ import annotations

from itertools import chain, combinations, product

import pytest
from django.core.exceptions import ValidationError

from accounts.models import User
from audit.models import AuditEvent
from sso.access import AccessRules, check_access, field_of, said_in, spoken, stored_of
from sso.access_rules import LONGEST, MOST_RULES, MOST_VALUES, validate_access_rules
from sso.errors import InvalidOption
from sso.models import SamlIdentity, SignInTrace
from sso.policies import AccessRule, AccessVerdict, decide_access
from sso.saml import CheckName
from sso.services import change_connection
from tests.sso.conftest import is_signed_in
from tests.sso.test_sign_in import leave

# Every rule there can be of two attributes and two values, and everybody there can be.
ATTRIBUTES, VALUES = ("group", "role"), ("x", "y")


def subsets(items):
    return list(chain.from_iterable(combinations(items, size) for size in range(len(items) + 1)))


RULES = [
    AccessRule(attribute, values)
    for attribute in ATTRIBUTES
    for values in subsets(VALUES)
    if values
]
LISTS = [rules for rules in subsets(RULES) if len(rules) <= 2]
PEOPLE = [
    dict(zip(ATTRIBUTES, said, strict=True))
    for said in product(subsets(VALUES), repeat=len(ATTRIBUTES))
]


def fits(rule, person):
    return bool({*rule.values} & {*person[rule.attribute]})


def test_every_decision_of_a_small_world_is_the_written_rule():
    for allow, block, person in product(LISTS, LISTS, PEOPLE):
        decision = decide_access(allow=allow, block=block, said=person.__getitem__)

        blocked = [number for number, rule in enumerate(block, 1) if fits(rule, person)]
        listed = not allow or any(fits(rule, person) for rule in allow)
        if blocked:
            assert (decision.verdict, decision.number) == (AccessVerdict.BLOCKED, blocked[0])
        elif listed:
            assert decision.is_allowed
        else:
            assert decision.verdict is AccessVerdict.NOT_ALLOWED


@pytest.mark.parametrize(
    ("value", "said", "is_in"),
    [
        ("Sales", "sales", True),
        (" Sales ", "SALES\n", True),
        ("Straße", "STRASSE", True),
        ("Sales", "Sales EMEA", False),
        ("Sales", "", False),
        ("Sal*", "Sales", False),
    ],
)
def test_values_are_compared_whole_ignoring_case_and_blanks(value, said, is_in):
    assert AccessRule("group", (value,)).fits([said]) is is_in


# ------------------------------------------------------------------ what is said of somebody


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("mail", "email"),
        ("Groups", "groups"),
        ("jobTitle", "title"),
        ("stable_id", "stable_id"),
        (" costCenter ", "costCenter"),
    ],
)
def test_a_usual_name_is_its_field_and_any_other_itself(name, field):
    assert field_of(name) == field
    assert field_of(spoken(field)) == field


ANSWER = {
    "http://x.example/claims/Department": ("Sales",),
    "department": ("Research",),
    "kst": ("4711",),
    "https://a.example/badge": ("gold",),
    "badge": ("blue",),
    "groups": tuple(f"g{number}" for number in range(500)),
}


@pytest.mark.parametrize(
    ("name", "attribute_map", "values"),
    [
        # Both: nobody who is blocked comes in by a second attribute of the same name.
        ("department", {}, ["Sales", "Research"]),
        ("department", {"department": "kst"}, ["4711"]),
        ("KST", {}, ["4711"]),
        ("badge", {}, ["gold", "blue"]),
        ("nowhere", {}, []),
        ("email", {}, []),
    ],
)
def test_an_answer_says_everything_that_goes_by_a_name(name, attribute_map, values):
    assert [*said_in(ANSWER, attribute_map)(name)] == values


def test_a_group_at_the_end_of_a_long_list_counts():
    assert "g499" in said_in(ANSWER, {})("groups")


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("department", ["Sales"]),
        ("title", []),
        ("groups", ["a", "b"]),
        ("KST", ["4711"]),
        ("level", ["3"]),
    ],
)
def test_what_the_portal_has_is_asked_in_the_same_names(name, values):
    person = {
        "department": "Sales",
        "title": "",
        "attributes": {"groups": ["a", "b"], "http://x.example/kst": ["4711"], "level": 3},
    }

    assert [*stored_of(person)(name)] == values


def test_the_checklist_names_rules_and_no_value():
    rules = AccessRules(
        allow=(AccessRule("groups", ("learners",)), AccessRule("shoe", ("42",))),
        block=(AccessRule("title", ("a",)), AccessRule("department", ("Sales",))),
    )

    blocked = check_access(rules, said_in({"department": ("sales",)}, {}))
    missing = check_access(rules, said_in({"groups": ("others",)}, {}))
    other = check_access(rules, said_in({"groups": ("others",), "shoe": ("43",)}, {}))
    fine = check_access(rules, said_in({"shoe": ("42",)}, {}))

    assert (blocked.seen, blocked.expected) == (
        "block list, rule 2: department",
        "no rule of the block list",
    )
    assert (missing.seen, missing.expected) == ("not sent: shoe", "allow list: groups, shoe")
    assert other.seen == "other values"
    assert (fine.name, fine.passed) == (CheckName.ACCESS, True)


def test_rules_are_kept_as_they_were_made():
    rules = AccessRules(block=(AccessRule("department", ("Sales", "Ops")),))

    assert AccessRules.of(rules.stored()) == rules
    assert AccessRules().stored() == {}
    assert not AccessRules.of({})


def rule(attribute="a", values=("x",)):
    return {"attribute": attribute, "values": [*values]}


@pytest.mark.parametrize(
    "stored",
    [
        [],
        {"deny": []},
        {"allow": "x"},
        {"allow": [{"attribute": "a"}]},
        {"allow": ["a"]},
        {"allow": [rule(values=())]},
        {"allow": [rule(attribute=" ")]},
        {"allow": [rule(values=(" ",))]},
        {"allow": [rule(values=(1,))]},
        {"allow": [{"attribute": "a", "values": "x"}]},
        {"allow": [rule()] * MOST_RULES, "block": [rule()]},
        {"block": [rule(values=["x"] * (MOST_VALUES + 1))]},
        {"block": [rule(values=["x" * (LONGEST + 1)])]},
    ],
)
def test_rules_of_another_shape_are_refused(stored):
    with pytest.raises(ValidationError):
        validate_access_rules(stored)


def test_as_many_rules_as_are_promised_fit():
    validate_access_rules(
        {"allow": [rule(values=["x" * LONGEST] * MOST_VALUES)] * MOST_RULES, "block": []}
    )


# ------------------------------------------------------------------ enforced

ONLY_SALES = {"allow": [rule("department", ["Sales"])]}
NO_CONTRACTORS = {"block": [rule("groups", ["contractors"])]}


@pytest.fixture
def ruled(at_acme, actor):
    """A connection's rules, set as the console sets them."""

    def ruled(**rules):
        change_connection(
            connection=at_acme.connection, changes={"access_rules": rules}, actor=actor
        )
        return at_acme

    return ruled


@pytest.mark.django_db
class TestASignIn:
    @pytest.mark.parametrize(
        ("rules", "attributes"),
        [
            (ONLY_SALES, {}),
            (ONLY_SALES, {"department": ["Research"]}),
            (NO_CONTRACTORS, {"groups": ["staff", "Contractors"]}),
        ],
    )
    def test_whom_the_rules_leave_out_nobody_makes(self, ruled, rules, attributes):
        at_acme = ruled(**rules)
        events = AuditEvent.objects.count()

        response = at_acme.sign_in("eve@acme.example", attributes=attributes)

        assert response.status_code == 403
        assert "You don’t have access here" in response.content.decode()
        assert not is_signed_in(at_acme.client)
        assert not User.objects.filter(user_name="eve@acme.example").exists()
        assert not SamlIdentity.objects.exists()
        assert AuditEvent.objects.count() == events
        trace = SignInTrace.objects.get()
        assert trace.cause == "access_denied"
        failed = [check for check in trace.checks if not check["passed"]]
        assert len(failed) == 1
        assert "esearch" not in str(failed), "the attributes' values are nobody's business"

    @pytest.mark.parametrize(
        ("rules", "attributes"),
        [
            (ONLY_SALES, {"department": ["sales"]}),
            (NO_CONTRACTORS, {"groups": ["staff"]}),
            (NO_CONTRACTORS, {}),
        ],
    )
    def test_whom_they_let_in_comes_in_and_the_checklist_says_so(self, ruled, rules, attributes):
        at_acme = ruled(**rules)

        at_acme.sign_in("ana@acme.example", attributes=attributes)

        assert is_signed_in(at_acme.client)
        checks = SignInTrace.objects.get().checks
        assert [check["passed"] for check in checks if check["name"] == "access"] == [True]

    def test_somebody_known_is_asked_again_each_time(self, ruled, at_acme):
        at_acme.sign_in("ana@acme.example", attributes={"department": ["Sales"]})
        ruled(**ONLY_SALES)

        response = at_acme.sign_in("ana@acme.example", attributes={"department": ["Ops"]})

        assert response.status_code == 403
        assert User.objects.get(user_name="ana@acme.example").department == "Sales"

    def test_without_rules_the_checklist_has_no_line_of_them(self, at_acme):
        at_acme.sign_in("ana@acme.example")

        assert "access" not in [check["name"] for check in SignInTrace.objects.get().checks]

    def test_rules_of_one_connection_are_not_anothers(self, ruled, at_globex):
        ruled(**ONLY_SALES)

        at_globex.sign_in("bo@globex.example")

        assert is_signed_in(at_globex.client)

    def test_a_returning_sign_in_takes_no_statement_more(
        self, ruled, django_assert_max_num_queries
    ):
        at_acme = ruled(**ONLY_SALES)
        said = {"attributes": {"department": ["Sales"]}}
        at_acme.sign_in("ana@acme.example", **said)
        leave(at_acme.client)
        xml = at_acme.answer("ana@acme.example", in_response_to=at_acme.begin(), **said)

        with django_assert_max_num_queries(12):
            assert at_acme.post(xml).status_code == 302

    def test_rules_that_make_no_sense_are_not_kept(self, ruled):
        with pytest.raises(InvalidOption):
            ruled(deny=[])
