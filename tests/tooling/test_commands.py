"""The commands of the Makefile are the ones people are told of, and refuse what they should."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.checks import run_checks

from learning_portal import gunicorn_conf
from sandbox.checks import sandbox_stays_on_this_machine

ROOT = Path(__file__).resolve().parents[2]
MAKEFILE = (ROOT / "Makefile").read_text()


def targets():
    (line,) = re.findall(r"^\.PHONY: (.+)$", MAKEFILE, flags=re.MULTILINE)
    return set(line.split())


def test_each_target_is_explained_in_the_list_that_make_prints():
    assert set(re.findall(r"^([a-z]+):.*## .+$", MAKEFILE, flags=re.MULTILINE)) == targets()


def test_the_readme_names_each_target():
    told = set(re.findall(r"`make ([a-z]+)", (ROOT / "README.md").read_text()))

    assert told >= targets() - {"help"}


@pytest.mark.parametrize("path", [".ci/run", ".ci/setup", "manage.py"])
def test_what_is_started_by_name_is_executable(path):
    assert os.access(ROOT / path, os.X_OK)


def test_no_lock_file_names_a_package_registry():
    for name in ("requirements.txt", "requirements-dev.txt", ".ci/uv.txt"):
        text = (ROOT / name).read_text()
        assert "--hash=sha256:" in text
        assert "://" not in text
        assert "--index" not in text


def checks(*names, **environment):
    return subprocess.run(
        [sys.executable, ".ci/checks.py", *names],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(("ci", "code"), [("", 0), ("true", 1)])
def test_a_check_that_cannot_run_says_why_and_fails_only_on_a_build_server(ci, code):
    run = checks("postgresql", CI=ci, TEST_DATABASE_URL="postgres://nobody:secret@127.0.0.1:1/none")

    assert run.returncode == code
    assert "not run: nothing usable answers at postgres://127.0.0.1:1/none" in run.stdout
    assert "secret" not in run.stdout


def test_a_check_that_nobody_knows_is_told_with_those_there_are():
    run = checks("spelling")

    assert run.returncode == 2
    assert "layers" in run.stdout


def test_the_sandbox_is_refused_in_a_portal_that_others_can_reach(settings):
    settings.PORTAL_BASE_URL = "https://learning.example"
    settings.SANDBOX_BASE_URL = "http://127.0.0.1:8001"

    (error,) = sandbox_stays_on_this_machine(None)

    assert error.id == "sandbox.E001"


def test_the_sandbox_is_refused_where_others_can_reach_it_itself(settings):
    settings.PORTAL_BASE_URL = "http://127.0.0.1:8000"
    settings.SANDBOX_BASE_URL = "https://sandbox.example"

    assert sandbox_stays_on_this_machine(None) != []


def test_the_sandbox_is_taken_on_ones_own_machine(settings):
    settings.PORTAL_BASE_URL = "http://127.0.0.1:8000"
    settings.SANDBOX_BASE_URL = "http://localhost:8001"

    assert sandbox_stays_on_this_machine(None) == []


def test_check_deploy_stops_at_a_sandbox_in_production():
    run = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy"],
        cwd=ROOT,
        env=os.environ
        | {
            "DJANGO_SETTINGS_MODULE": "learning_portal.settings",
            "DJANGO_SECRET_KEY": "x" * 20 + "0123456789abcdefghijklmnopqrstuvwxyz",
            "DATABASE_URL": "sqlite://:memory:",
            "PORTAL_BASE_URL": "https://learning.example",
            "PORTAL_SANDBOX": "True",
        },
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 1
    assert "sandbox.E001" in run.stderr


def test_without_the_sandbox_installed_its_check_is_not_there():
    assert not [message for message in run_checks() if (message.id or "").startswith("sandbox")]


def test_the_server_writes_no_access_log_and_shares_no_connection_over_a_fork():
    assert gunicorn_conf.accesslog is None
    assert gunicorn_conf.preload_app is False
    assert gunicorn_conf.worker_class == "gthread"


@pytest.mark.parametrize("command", ["migrate", "create_organization", "check"])
@pytest.mark.parametrize("key", [None, ""])
def test_without_a_secret_key_manage_says_what_to_do_in_one_line(tmp_path, command, key):
    # Elsewhere than the working tree, which may have an .env of its own.
    copy = tmp_path / "learning_portal"
    shutil.copytree(ROOT / "learning_portal", copy)
    shutil.copy(ROOT / "manage.py", tmp_path)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DJANGO_")}
    kept["PYTHONPATH"] = str(ROOT)
    run = subprocess.run(
        [sys.executable, "manage.py", command],
        cwd=tmp_path,
        env=kept if key is None else kept | {"DJANGO_SECRET_KEY": key},
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 1
    assert run.stderr == (
        "DJANGO_SECRET_KEY is not set: copy .env.example to .env and fill it in.\n"
    )
