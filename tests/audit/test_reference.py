"""The page of audit actions and the code say the same."""

import re
from pathlib import Path

from audit.actions import Action

PAGE = Path("docs/reference/audit-actions.md").read_text()


def test_the_page_lists_every_action_by_its_name_and_no_other():
    rows = re.findall(r"^\| `([\w.]+)` \| ([^|]+) \| [^|]{10,} \|$", PAGE, re.M)

    assert dict(rows) == {action.value: str(action.label) for action in Action}
    assert len(rows) == len(Action)


def test_every_action_is_area_subject_verb():
    areas = {"accounts", "sso", "provisioning", "licenses", "profiles"}

    for action in Action:
        area, subject, verb = action.value.split(".")
        assert area in areas
        assert re.fullmatch(r"[a-z]+", subject)
        assert re.fullmatch(r"[a-z_]+", verb)
