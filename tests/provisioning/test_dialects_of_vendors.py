"""What Entra ID and Okta really send."""

from __future__ import annotations

from typing import Any

import pytest

from provisioning.dialects import (
    Dialect,
    normalize_patch,
    normalize_resource,
)
from provisioning.documents import validate
from provisioning.errors import InvalidPath, InvalidValue, NoTarget
from provisioning.patch import apply_patch, read_operations
from provisioning.schema import GROUP, USER
from provisioning.schema.tables import CORE_USER_URN, CUSTOM_USER_URN, ENTERPRISE_USER_URN
from tests.provisioning.sending import created, members, message, sent

WORK = {"value": "bo@acme.example", "type": "work", "primary": True}


class TestEntra:
    def test_disables_with_a_capital_letter_and_a_word(self):
        operation = {"op": "Replace", "path": "active", "value": "False"}

        assert sent(operation, active=True)["active"] is False

    def test_enables_likewise(self):
        assert sent({"op": "Add", "path": "active", "value": "True"})["active"] is True

    def test_replaces_several_attributes_in_several_operations(self):
        after = sent(
            {"op": "Replace", "path": "displayName", "value": "Pvlo"},
            {"op": "Replace", "path": 'emails[type eq "work"].value', "value": "new@acme.example"},
            {"op": "Replace", "path": "name.familyName", "value": "Pkqf"},
            {"op": "Replace", "path": f"{ENTERPRISE_USER_URN}:employeeNumber", "value": "7"},
            emails=[WORK],
        )

        assert after == {
            "userName": "bo",
            "displayName": "Pvlo",
            "emails": [WORK | {"value": "new@acme.example"}],
            "name": {"familyName": "Pkqf"},
            ENTERPRISE_USER_URN: {"employeeNumber": "7"},
        }

    @pytest.mark.parametrize("op", ["Add", "Replace", "add"])
    def test_gives_a_first_work_email(self, op: str):
        after = sent({"op": op, "path": 'emails[type eq "work"].value', "value": "bo@acme.example"})

        assert after["emails"] == [{"type": "work", "value": "bo@acme.example"}]

    def test_gives_a_first_work_email_with_the_flag_too(self):
        operation = {"op": "replace", "path": 'emails[type eq "work"].value', "value": "b@x"}
        others = {"op": "replace", "value": {"displayName": "B", "name.givenName": "B"}}

        assert sent(operation, others)["emails"] == [{"type": "work", "value": "b@x"}]
        assert sent(operation, dialect=Dialect.ENTRA_OPTSCIM)["emails"]

    def test_anybody_else_hears_that_there_is_none(self):
        operation = {"op": "replace", "path": 'emails[type eq "work"].value', "value": "b@x"}

        with pytest.raises(NoTarget):
            sent(operation)

    def test_hears_it_too_where_nothing_can_be_made(self):
        with pytest.raises(NoTarget):
            sent({"op": "Replace", "path": 'emails[type eq "work"]', "value": {"value": "x"}})
        with pytest.raises(NoTarget):
            sent({"op": "Replace", "path": 'emails[value ew "x"].value', "value": "x"})

    def test_builds_one_address_from_several_operations(self):
        after = sent(
            {"op": "Add", "path": 'addresses[type eq "work"].locality', "value": "Lund"},
            {"op": "Replace", "path": 'addresses[type eq "work"].country', "value": "SE"},
        )

        assert after["addresses"] == [{"type": "work", "locality": "Lund", "country": "SE"}]

    def test_chooses_the_primary_role_by_a_word(self):
        after = sent(
            {"op": "add", "path": 'roles[primary eq "True"].display', "value": "Admin"},
            {"op": "add", "path": 'roles[primary eq "True"].value', "value": "admin"},
        )

        assert after["roles"] == [{"primary": True, "display": "Admin", "value": "admin"}]

    def test_adds_roles_as_text(self):
        role = '{"id":"06b07648","value":"25","displayName":"Role1234"}'

        after = sent({"op": "Add", "path": "roles", "value": [{"value": role, "primary": "False"}]})

        assert after["roles"] == [{"value": role, "primary": False}]

    def test_names_parts_of_attributes_without_a_path(self):
        after = sent(
            {
                "op": "add",
                "value": {
                    "displayName": "Bo",
                    "name.givenName": "Bo",
                    "NAME.familyName": "Ek",
                    f"{ENTERPRISE_USER_URN}:department": "Sales",
                    f"{CORE_USER_URN}:title": "Seller",
                    f"{CUSTOM_USER_URN}:badge": 7,
                    'emails[type eq "work"].value': "bo@acme.example",
                    "meta.version": "ignored",
                    f"{ENTERPRISE_USER_URN}:manager.displayName": "ignored",
                    "active": "True",
                },
            }
        )

        assert after == {
            "userName": "bo",
            "displayName": "Bo",
            "active": True,
            "name": {"givenName": "Bo", "familyName": "Ek"},
            "title": "Seller",
            "emails": [{"type": "work", "value": "bo@acme.example"}],
            ENTERPRISE_USER_URN: {"department": "Sales"},
            CUSTOM_USER_URN: {"badge": 7},
        }

    def test_may_name_nothing_but_parts(self):
        value = {"name.givenName": "Bo"}

        assert sent({"op": "replace", "value": value})["name"] == {"givenName": "Bo"}
        with pytest.raises(InvalidPath, match=r"“nobody\.knows”"):
            sent({"op": "replace", "value": value | {"nobody.knows": "x"}})

    def test_paths_are_not_looked_for_without_end(self):
        value = {"title": "x"} | {f"nobody.knows{n}": n for n in range(500)}
        body = message({"op": "replace", "value": value})

        assert normalize_patch(body, USER) == body

    def test_may_name_what_is_read_only(self):
        assert sent({"op": "replace", "value": {"meta.version": "x"}}) == {"userName": "bo"}

    @pytest.mark.parametrize("op", ["Add", "Replace"])
    @pytest.mark.parametrize(
        "value",
        [
            "9",
            {"value": "9"},
            [{"value": "9"}],
            {"VALUE": "9"},
        ],
    )
    def test_sets_a_manager(self, op: str, value: Any):
        after = sent({"op": op, "path": f"{ENTERPRISE_USER_URN}:manager", "value": value})

        assert after[ENTERPRISE_USER_URN] == {"manager": {"value": "9"}}

    @pytest.mark.parametrize("value", ["", " ", {"value": ""}, None, [], {}])
    def test_takes_a_manager_away(self, value: Any):
        before = {ENTERPRISE_USER_URN: {"manager": {"value": "9"}}}

        after = sent(
            {"op": "Replace", "path": f"{ENTERPRISE_USER_URN}:manager", "value": value}, **before
        )

        assert after == {"userName": "bo"}

    def test_takes_a_managers_id_away(self):
        before = {ENTERPRISE_USER_URN: {"manager": {"value": "9"}}}
        path = f"{ENTERPRISE_USER_URN}:manager.value"

        assert sent({"op": "Replace", "path": path, "value": ""}, **before) == {"userName": "bo"}
        assert sent({"op": "Replace", "path": path, "value": "8"}, **before) == {
            "userName": "bo",
            ENTERPRISE_USER_URN: {"manager": {"value": "8"}},
        }

    def test_wraps_a_single_value(self):
        after = sent(
            {"op": "Replace", "path": "displayName", "value": [{"$ref": None, "value": "User X"}]},
            {"op": "Replace", "path": "active", "value": [{"value": "False"}]},
        )

        assert after == {"userName": "bo", "displayName": "User X", "active": False}

    @pytest.mark.parametrize("value", [["a"], [{"value": "a"}, {"value": "b"}], [{"display": "a"}]])
    def test_other_lists_are_no_single_value(self, value: Any):
        with pytest.raises(InvalidValue, match="title must be a string"):
            sent({"op": "Replace", "path": "title", "value": value})

    def test_creates_groups_with_a_schema_of_its_own(self):
        body = {
            "schemas": [
                "urn:ietf:params:scim:schemas:core:2.0:Group",
                "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group",
            ],
            "externalId": "8aa1a0c0",
            "displayName": "Sales",
            "meta": {"resourceType": "Group"},
        }

        assert validate(normalize_resource(body, GROUP), GROUP) == {
            "externalId": "8aa1a0c0",
            "displayName": "Sales",
        }

    def test_adds_and_removes_members_by_lists(self):
        listed = [{"$ref": None, "value": "1"}, {"value": "2"}]

        assert members({"op": "Add", "path": "members", "value": listed}) == (
            False,
            ("1", "2"),
            (),
        )
        assert members({"op": "Remove", "path": "members", "value": listed}) == (
            False,
            (),
            ("1", "2"),
        )
        assert members({"op": "Remove", "path": "members", "value": {"value": "1"}}) == (
            False,
            (),
            ("1",),
        )

    def test_removes_a_value_and_says_which(self):
        after = sent(
            {"op": "Remove", "path": 'emails[type eq "work"].value', "value": "bo@acme.example"},
            emails=[WORK],
        )

        assert after == {"userName": "bo"}


class TestOkta:
    def test_deactivates_without_a_path(self):
        assert sent({"op": "replace", "value": {"active": False}})["active"] is False

    def test_renames_a_group_repeating_its_id(self):
        body = message({"op": "replace", "value": {"id": "7", "displayName": "Law"}})
        operations = read_operations(normalize_patch(body, GROUP))

        after = apply_patch({"id": "7", "displayName": "Sales"}, operations, GROUP).document
        assert after == {"displayName": "Law"}

    def test_removes_and_adds_members_in_one_message(self):
        assert members(
            {"op": "remove", "path": 'members[value eq "1"]'},
            {"op": "add", "path": "members", "value": [{"value": "2", "display": "bo@x"}]},
        ) == (False, ("2",), ("1",))

    def test_empties_a_group(self):
        assert members({"op": "replace", "path": "members", "value": []}) == (True, (), ())

    def test_creates_with_a_password_that_is_not_kept(self):
        body = {"password": "1mz050nq", "groups": [], "name": {"givenName": "Bo"}, "active": True}

        assert created(**body) == {"name": {"givenName": "Bo"}, "active": True}

    @pytest.mark.parametrize(
        "operation",
        [
            {"op": "replace", "value": {"password": "secret"}},
            {"op": "replace", "path": "password", "value": "secret"},
        ],
    )
    def test_pushes_passwords_in_vain(self, operation: dict[str, Any]):
        with pytest.raises(InvalidPath, match="Switch off password synchronization") as refused:
            sent(operation)

        assert "secret" not in refused.value.detail
