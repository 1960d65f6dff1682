"""The code, the template and the page name the same variables."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import environ
import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("learning_portal/settings.py", "learning_portal/gunicorn_conf.py")


def variables() -> dict[str, tuple[str, object]]:
    """Each variable the code reads, with its type and its default (None where it is computed)."""
    found: dict[str, tuple[str, object]] = {}
    for source in SOURCES:
        for node in ast.walk(ast.parse((ROOT / source).read_text())):
            if not (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id == "env"
                and node.args
                and isinstance(node.args[0], ast.Constant)
            ):
                continue
            default = next((word.value for word in node.keywords if word.arg == "default"), None)
            value = default.value if isinstance(default, ast.Constant) else None
            found[str(node.args[0].value)] = (node.func.attr, value)
    return found


def template() -> dict[str, str]:
    """Variables of `.env.example`, commented out or not."""
    lines = (ROOT / ".env.example").read_text().splitlines()
    found = (re.fullmatch(r"(?:# )?([A-Z][A-Z0-9_]+)=(.*)", line) for line in lines)
    return {match[1]: match[2] for match in found if match}


def page() -> dict[str, str]:
    """Variables of the reference page with what it says about their default."""
    text = (ROOT / "docs/reference/settings.md").read_text()
    return dict(re.findall(r"^\| `([A-Z0-9_]+)` \| ([^|]+?) \|", text, flags=re.MULTILINE))


def test_the_code_reads_the_variables_that_this_test_knows_how_to_find():
    assert {"DJANGO_SECRET_KEY", "DATABASE_URL", "BIND"} <= set(variables())


def test_env_example_names_each_variable_and_no_other():
    assert set(template()) == set(variables())


def test_the_settings_page_names_each_variable_and_no_other():
    assert set(page()) == set(variables())


def test_the_settings_page_tells_the_default_that_the_code_has():
    told = page()
    wrong = {
        name: (value, told[name])
        for name, (_type, value) in variables().items()
        if value is not None and told[name] != (f"`{value}`" if value != "" else "empty")
    }

    assert wrong == {}


@pytest.mark.parametrize("name", sorted(template()))
def test_each_value_in_env_example_is_one_that_its_type_can_read(name):
    kind, _default = variables()[name]
    env = environ.Env()
    env.ENVIRON = {name: template()[name]}

    getattr(env, kind)(name)
