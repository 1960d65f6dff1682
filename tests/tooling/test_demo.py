"""`make demo` as somebody at a terminal meets it: it comes up, it says where, it ends whole."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 180  # for a busy machine; alone it takes about ten seconds


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(folder, port, sandbox_port):
    command = [sys.executable, "-m", "sandbox.demo"]
    options = [f"--port={port}", f"--sandbox-port={sandbox_port}", f"--dir={folder}"]
    return subprocess.Popen(
        [*command, *options],
        cwd=ROOT,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def manage(folder, *command):
    return subprocess.run(
        [sys.executable, "-m", "sandbox.demo", f"--dir={folder}", "--manage", *command],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def read_until(process, words):
    """What it prints up to these words; an empty line's end means it ended before them."""
    printed = ""
    for line in process.stdout:
        printed += line
        if words in line:
            return printed
    raise AssertionError(f"It ended without saying {words!r}:\n{printed}")


def is_free(port):
    """Nobody listens there. A worker that outlived its server would still hold the socket."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def status(url):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=30) as response:
        return response.status


def test_the_demo_comes_up_says_where_and_leaves_nothing_behind_when_it_is_ended(tmp_path):
    folder = tmp_path / "demo"
    port, sandbox_port = free_port(), free_port()
    process = start(folder, port, sandbox_port)
    try:
        printed = read_until(process, "Ctrl-C ends everything")

        assert f"http://127.0.0.1:{port}/o/acme/login/" in printed
        assert "oscar.okafor@globex.example" in printed
        assert 'Password of all of them: "try the learning portal"' in printed
        assert status(f"http://127.0.0.1:{port}/o/globex/login/") == 200
        assert status(f"http://127.0.0.1:{sandbox_port}/acme/") == 200
        assert (folder / "demo.env").stat().st_mode & 0o777 == 0o600
        assert not is_free(port)
        assert not is_free(sandbox_port)

        managed = manage(
            folder, "create_user", "acme", "eva@acme.example", "--email", "eva@acme.example"
        )
        assert managed.returncode == 0, managed.stderr
        assert "eva@acme.example" in managed.stdout

        second = start(tmp_path / "second", port, sandbox_port)
        said, _ = second.communicate(timeout=PATIENCE)
        assert second.returncode == 1
        assert f"Port {port} is in use" in said
        assert "Traceback" not in said

        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=PATIENCE) == 0
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        process.stdout.close()

    assert is_free(port)
    assert is_free(sandbox_port)


def test_a_command_against_a_demo_that_was_never_started_says_so(tmp_path):
    run = manage(tmp_path, "check")

    assert run.returncode == 1
    assert "start it once" in run.stderr
    assert "Traceback" not in run.stderr
    assert list(tmp_path.iterdir()) == []
